import { createHash } from 'node:crypto';
import {
  chooseVersions,
  describeScope,
  listVersions,
  type ResolvedBudget,
  resolveBudgets,
} from '../configuration/resolve-budgets.ts';
import type { Configuration } from '../configuration/schema.ts';
import type { BudgetRow, Scope } from '../configuration/tables.ts';
import { formatScaled, parseScaled } from '../decimal-text.ts';
import type { RelationRow } from '../engine/relation.ts';
import { groupBy } from '../group-by.ts';
import { ALLOCATION_DIMENSIONS } from '../vocabulary.ts';

/** The journal that keeps who approved a budget version, by version. */
export const BUDGETS_JOURNAL = 'budgets';

export type BudgetApproval = { at: string; by: string; note: string | null; content: string };

/** Says the same of a version as long as its lines stay as they are, in any order. */
export function hashVersion(rows: readonly BudgetRow[], version: string): string {
  const lines = rows.filter((row) => row.version === version).map((row) => JSON.stringify(row));
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex');
}

/**
 * Every line of every version; of those in effect with what is budgeted inside them and the difference to it.
 *
 * @param approvals the newest of each version.
 */
export function listBudgetLines(
  rows: readonly BudgetRow[],
  configuration: Configuration,
  approvals: ReadonlyMap<string, BudgetApproval>,
): RelationRow[] {
  const versionOf = chooseVersions(rows, configuration);
  const inEffect = new Map<string, ResolvedBudget>(
    resolveBudgets(rows, configuration).map((budget) => [
      makeKey(budget.month, budget.currency, budget.scope),
      budget,
    ]),
  );
  const states = new Map(
    listVersions(rows).map((version) => [version, judge(approvals.get(version), hashVersion(rows, version))]),
  );
  return rows.map((row) => {
    const isInEffect = versionOf.get(row.month) === row.version;
    const resolved = isInEffect ? inEffect.get(makeKey(row.month, row.currency, row)) : undefined;
    const approval = approvals.get(row.version);
    const hasInner = resolved !== undefined && resolved.innerCount > 0;
    return {
      budget_id: `${row.version} ${makeKey(row.month, row.currency, row)}`,
      version: row.version,
      billing_period: row.month,
      scope: describeScope(row),
      ...Object.fromEntries(ALLOCATION_DIMENSIONS.map((name) => [name, row[name] ?? '(all)'])),
      billing_currency: row.currency,
      budget_cost: row.amount,
      inner_count: resolved?.innerCount ?? 0,
      inner_cost: hasInner ? formatScaled(resolved.gross - resolved.amount) : null,
      difference_cost: hasInner ? formatScaled(resolved.amount) : null,
      state: isInEffect ? 'in effect' : 'not in effect',
      driver: row.driver,
      planned_volume: row.planned_volume,
      approval: states.get(row.version) ?? 'none',
      approved_by: approval?.by ?? null,
      approved_at: approval?.at ?? null,
      approval_note: approval?.note ?? null,
    };
  });
}

/** What each version changed of the one that was in effect before it, in the months that it has. */
export function listBudgetChanges(rows: readonly BudgetRow[]): RelationRow[] {
  const order = listVersions(rows);
  const byMonth = groupBy(rows, (row) => row.month);
  return [...byMonth].sort(byKey).flatMap(([month, ofMonth]) => {
    const versions = order.filter((version) => ofMonth.some((row) => row.version === version));
    return versions.slice(1).flatMap((to, index) => {
      const from = versions[index] as string;
      return compareVersions(
        ofMonth.filter(({ version }) => version === from),
        ofMonth.filter(({ version }) => version === to),
      ).map((change) => ({
        change_id: `${to} ${makeKey(month, change.billing_currency, change.row)}`,
        from_version: from,
        to_version: to,
        billing_period: month,
        scope: describeScope(change.row),
        cost_center: change.row.cost_center ?? '(all)',
        billing_currency: change.billing_currency,
        change: change.change,
        from_cost: formatScaled(change.from),
        to_cost: formatScaled(change.to),
        change_cost: formatScaled(change.to - change.from),
      }));
    });
  });
}

function compareVersions(from: readonly BudgetRow[], to: readonly BudgetRow[]) {
  const keyOf = (row: BudgetRow) => makeKey(row.month, row.currency, row);
  const before = new Map(from.map((row) => [keyOf(row), row]));
  const after = new Map(to.map((row) => [keyOf(row), row]));
  return [...new Map([...before, ...after])].sort(byKey).flatMap(([key, row]) => {
    const amounts = [before.get(key), after.get(key)].map((each) => parseScaled(each?.amount ?? '0'));
    const [old, now] = amounts as [bigint, bigint];
    if (before.has(key) && after.has(key) && old === now) return [];
    const change = !before.has(key) ? 'added' : !after.has(key) ? 'removed' : 'changed';
    return [{ row, billing_currency: row.currency, change, from: old, to: now }];
  });
}

function judge(approval: BudgetApproval | undefined, content: string): string {
  if (!approval) return 'none';
  return approval.content === content ? 'approved' : 'changed since it was approved';
}

function makeKey(month: string, currency: string, scope: Scope): string {
  return `${month} ${describeScope(scope)} ${currency}`;
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : Number(a > b);
}
