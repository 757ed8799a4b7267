import { InputError } from '../errors.ts';
import { ALLOCATION_DIMENSIONS, type AllocationDimension } from '../vocabulary.ts';
import { openConversion } from './convert-budgets.ts';
import type { Configuration } from './schema.ts';
import type { BudgetRow, FxRow, Scope } from './tables.ts';

/**
 * A budget of one scope, net of the budgets inside it, so that every amount is counted once however the scopes nest.
 * `scope` is as written; `filled` has what lookups tell of it (a team's cost centre).
 */
export type ResolvedBudget = {
  month: string;
  /** The reporting currency where a rate leads there, else as written. */
  currency: string;
  writtenCurrency: string;
  scope: Scope;
  filled: Scope;
  /** At the budget rate, in units of 1e-12 of the currency. */
  amount: bigint;
  /** At the actual rate less at the budget rate, net as the amount is. */
  currencyCost: bigint;
  /** The budget as written, with what is budgeted inside it. */
  gross: bigint;
  /** How many budgets are taken out of it. */
  innerCount: number;
  driver: string | null;
  plannedVolume: string | null;
};

/**
 * The budget version in effect of each month: of those that have the month the one that comes last in budgets.csv, and not
 * after the version that `budget_version` names.
 *
 * @throws InputError where no line has that version.
 */
export function chooseVersions(
  rows: readonly BudgetRow[],
  { budget_version: named }: Pick<Configuration, 'budget_version'>,
): Map<string, string> {
  const order = listVersions(rows);
  if (named !== undefined && rows.length > 0 && !order.includes(named)) {
    throw new InputError(`budget_version names '${named}', which no line of budgets.csv has`, {
      where: 'headroom.yml',
      remedy: `Name one of ${order.join(', ')}, or leave it out for the last.`,
    });
  }
  const last = named === undefined ? order.length : order.indexOf(named);
  const versionOf = new Map<string, string>();
  for (const { month, version } of rows) {
    const rank = order.indexOf(version);
    const known = versionOf.get(month);
    if (rank <= last && (known === undefined || rank > order.indexOf(known))) versionOf.set(month, version);
  }
  return versionOf;
}

/** In the order in which they first stand in budgets.csv. */
export function listVersions(rows: readonly BudgetRow[]): string[] {
  return [...new Set(rows.map((row) => row.version))];
}

/**
 * The budgets in effect, each net of those inside it.
 *
 * @param rates convert budgets into the reporting currency; without them each stays as written.
 * @throws InputError where two scopes overlap and neither contains the other, or a budget with a driver contains others.
 */
export function resolveBudgets(
  rows: readonly BudgetRow[],
  configuration: Configuration,
  rates: readonly FxRow[] = [],
): ResolvedBudget[] {
  const versionOf = chooseVersions(rows, configuration);
  const convert = openConversion(rates, configuration.reporting_currency);
  const groups = new Map<string, ResolvedBudget[]>();
  for (const row of rows) {
    if (versionOf.get(row.month) !== row.version) continue;
    const { currency, amount, currencyCost } = convert(row);
    const key = `${row.month} ${currency}`;
    const budget = {
      month: row.month,
      currency,
      writtenCurrency: row.currency,
      scope: pickScope(row),
      filled: fillScope(pickScope(row), configuration),
      amount,
      currencyCost,
      gross: amount,
      innerCount: 0,
      driver: row.driver,
      plannedVolume: row.planned_volume,
    };
    groups.set(key, [...(groups.get(key) ?? []), budget]);
  }
  return [...groups.values()].flatMap(takeOutNested);
}

/** What lookups say of the dimensions that a scope leaves open. */
function fillScope(scope: Scope, configuration: Configuration): Scope {
  const filled = { ...scope };
  for (const { from, values } of configuration.allocation.lookups) {
    const known = scope[from] === null ? undefined : values[scope[from]];
    for (const [name, value] of Object.entries(known ?? {}) as [AllocationDimension, string][])
      filled[name] ??= value;
  }
  return filled;
}

function pickScope(row: Scope): Scope {
  return Object.fromEntries(ALLOCATION_DIMENSIONS.map((name) => [name, row[name]])) as Scope;
}

/** Each budget gives what it holds to the narrowest budget around it, whose own amount becomes the rest. */
function takeOutNested(budgets: readonly ResolvedBudget[]): ResolvedBudget[] {
  const net = new Map(budgets.map((budget) => [budget, { ...budget }]));
  for (const inner of budgets) {
    const parent = findNarrowestAround(inner, budgets);
    const outer = parent && net.get(parent);
    if (!outer) continue;
    if (outer.driver !== null) {
      throw new InputError(
        `the budget ${describeScope(outer.scope)} of ${outer.month} names a driver and contains ${describeScope(inner.scope)}`,
        { where: 'budgets.csv', remedy: 'name the driver on the inner budgets instead' },
      );
    }
    outer.amount -= inner.amount;
    outer.currencyCost -= inner.currencyCost;
    outer.innerCount += 1;
  }
  return [...net.values()];
}

function findNarrowestAround(
  inner: ResolvedBudget,
  budgets: readonly ResolvedBudget[],
): ResolvedBudget | undefined {
  let narrowest: ResolvedBudget | undefined;
  for (const outer of budgets) {
    if (outer === inner || addsTo(inner, outer) || !overlaps(inner.filled, outer.filled)) continue;
    if (contains(outer.filled, inner.filled)) {
      if (!narrowest || contains(narrowest.filled, outer.filled)) narrowest = outer;
    } else if (!contains(inner.filled, outer.filled)) {
      throw new InputError(
        `budgets of ${inner.month} overlap: ${describeScope(inner.scope)} and ${describeScope(outer.scope)} share costs, and neither contains the other`,
        {
          where: 'budgets.csv',
          remedy: 'budget the part that they share as a scope of its own, or drop a dimension',
        },
      );
    }
  }
  return narrowest;
}

/** One scope may be budgeted in several currencies; the amounts add up. */
function addsTo(a: ResolvedBudget, b: ResolvedBudget): boolean {
  return (
    a.writtenCurrency !== b.writtenCurrency &&
    ALLOCATION_DIMENSIONS.every((name) => a.scope[name] === b.scope[name])
  );
}

function overlaps(a: Scope, b: Scope): boolean {
  return ALLOCATION_DIMENSIONS.every((name) => a[name] === null || b[name] === null || a[name] === b[name]);
}

function contains(outer: Scope, inner: Scope): boolean {
  return (
    ALLOCATION_DIMENSIONS.every((name) => outer[name] === null || outer[name] === inner[name]) &&
    ALLOCATION_DIMENSIONS.some((name) => outer[name] === null && inner[name] !== null)
  );
}

/** A scope as people read it. */
export function describeScope(scope: Scope): string {
  const parts = ALLOCATION_DIMENSIONS.filter((name) => scope[name] !== null).map(
    (name) => `${name}=${scope[name]}`,
  );
  return parts.join(' ') || '(everything)';
}
