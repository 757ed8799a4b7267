import { phaseAmount } from '../configuration/phase-budget.ts';
import type { BudgetLine } from '../configuration/read-budget-sheet.ts';
import type { Configuration } from '../configuration/schema.ts';
import type { Engine } from '../engine/duckdb.ts';
import { createLakeView } from '../engine/lake-view.ts';
import { BUDGETS } from '../lake/collected-tables.ts';
import { openTable } from '../lake/delta-table.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { addMonths, countMonths } from '../results/months.ts';
import { ALLOCATION_DIMENSIONS } from '../vocabulary.ts';

/** A row of the lake's table budgets. */
export type AwsBudget = {
  budget_name: string;
  budget_type: string;
  time_unit: string;
  period_start: string;
  period_end: string;
  scope: string;
  amount: string | null;
  unit: string | null;
};

const UNITS = new Set(['MONTHLY', 'QUARTERLY', 'ANNUALLY']);

/** AWS Budgets as they were collected last; `version` is undefined where none were. */
export async function readAwsBudgets(
  engine: Engine,
  store: ObjectStore,
): Promise<{ version: string | undefined; budgets: AwsBudget[] }> {
  const table = openTable(store, BUDGETS);
  const { files } = await table.snapshot();
  const version = files
    .map(({ partition }) => partition.version ?? '')
    .sort()
    .at(-1);
  if (version === undefined) return { version, budgets: [] };
  const own = files.filter(({ partition }) => partition.version === version);
  const paths = await store.localPaths(own.map((file) => table.dataKey(file)));
  await createLakeView(engine, BUDGETS, [{ values: { version }, paths }]);
  const columns = 'budget_name, budget_type, time_unit, period_start, period_end, scope, amount, unit';
  return {
    version,
    budgets: (await engine.query(`select ${columns} from budgets order by all`)) as AwsBudget[],
  };
}

/**
 * Lines for budgets.csv from AWS Budgets of cost: those of everything, and those of tags that dimensions are read from. A budget
 * of a quarter or a year is phased evenly, to the cent, over its months.
 */
export function mapAwsBudgets(
  budgets: readonly AwsBudget[],
  configuration: Configuration,
): { lines: BudgetLine[]; skipped: { budget: string; reason: string }[] } {
  const lines = new Map<string, BudgetLine>();
  const skipped = new Map<string, string>();
  for (const budget of budgets) {
    const scope = readScope(budget.scope, configuration);
    const reason = findReason(budget, scope);
    if (reason || !scope || budget.amount === null) {
      skipped.set(budget.budget_name, reason ?? 'it has no amount');
      continue;
    }
    for (const { month, amount } of phase(budget.amount, budget.period_start, budget.period_end)) {
      const line = { month, amount, ...(budget.unit ? { currency: budget.unit } : {}), ...scope };
      const key = JSON.stringify([month, budget.unit, scope]);
      if (lines.has(key)) skipped.set(budget.budget_name, `another budget has the same scope in ${month}`);
      else lines.set(key, line);
    }
  }
  return {
    lines: [...lines.values()],
    skipped: [...skipped].map(([budget, reason]) => ({ budget, reason })),
  };
}

function findReason({ budget_type, time_unit, amount }: AwsBudget, scope: unknown): string | undefined {
  if (budget_type !== 'COST') return `it is of ${budget_type}, not of cost`;
  if (!UNITS.has(time_unit)) return `its period is ${time_unit}`;
  if (amount === null) return 'it has no amount';
  return scope ? undefined : 'its filter is not of tags that name a dimension';
}

/** Evenly over its months. */
function phase(amount: string, from: string, until: string): { month: string; amount: string }[] {
  const first = from.slice(0, 7);
  const months = Array.from({ length: countMonths(first, until.slice(0, 7)) - 1 }, (_, index) =>
    addMonths(first, index),
  );
  const parts = phaseAmount(
    amount,
    months.map(() => 1n),
  );
  return months.map((month, index) => ({ month, amount: parts[index] ?? '0' }));
}

type Filter = {
  TagKeyValue?: string[];
  Tags?: { Key?: string; Values?: string[] };
  And?: Filter[];
  [other: string]: unknown;
};

/** The scope in Headroom's dimensions; undefined where the filter says more than they can. */
function readScope(text: string, configuration: Configuration): BudgetLine | undefined {
  const filter = JSON.parse(text) as Filter;
  const parts = filter.And ?? [filter];
  const scope: BudgetLine = {};
  for (const part of parts) {
    const names = Object.keys(part);
    if (names.length === 0) continue;
    const pair = names.length === 1 ? readTag(part) : undefined;
    const dimension = ALLOCATION_DIMENSIONS.find((name) =>
      configuration.tags[name]?.keys.some((key) => key.toLowerCase() === pair?.key),
    );
    if (!pair || !dimension || scope[dimension] !== undefined) return undefined;
    scope[dimension] = configuration.tags[dimension]?.values[pair.value] ?? pair.value;
  }
  return scope;
}

/** One tag with one value, as old (`user:team$payments`) and new filters say it. */
function readTag({ TagKeyValue, Tags }: Filter): { key: string; value: string } | undefined {
  const [old = '', ...others] = TagKeyValue ?? [];
  const [key, value] = Tags
    ? [Tags.Key, Tags.Values?.length === 1 ? Tags.Values[0] : undefined]
    : old.split('$');
  if (others.length > 0 || !key || !value) return undefined;
  return { key: key.replace(/^user:/, '').toLowerCase(), value };
}
