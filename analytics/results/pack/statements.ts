import { formatScaled, parseScaled } from '../../decimal-text.ts';
import { groupBy } from '../../group-by.ts';
import type { ManifestMonth } from '../manifest.ts';
import { answerQuery, type Row } from '../query.ts';
import type { ResultRequest } from '../request.ts';
import type { Snapshot } from '../snapshot.ts';

/** The columns that amounts of a statement stand in; together they are the billed cost. */
export const STATEMENT_PARTS = ['direct_cost', 'shared_cost', 'credits_cost', 'tax_cost'] as const;
type Part = (typeof STATEMENT_PARTS)[number];

/** What a cost centre is charged for a product. Amounts are decimal text. */
export type StatementLine = { service_name: string; total_cost: string } & Record<Part, string>;
export type Statement = {
  cost_center: string;
  billing_currency: string;
  lines: StatementLine[];
  total: StatementLine;
};

/** A cost of the month as the ledger is booked from: billed cost by cost centre, product and charge category. */
export type BilledCost = {
  cost_center: string;
  service_name: string;
  charge_category: string;
  allocation_kind: string;
  billing_currency: string;
  billed_cost: string;
};

/** A line of a statement with what it belongs to, as files and the API have it. */
export type StatementRow = StatementLine & {
  billing_period: string;
  cost_center: string;
  billing_currency: string;
};

/** The columns of a StatementRow in order. */
export const STATEMENT_COLUMNS = [
  ...['billing_period', 'cost_center', 'billing_currency', 'service_name'].map((name) => ({
    name,
    type: 'text',
  })),
  ...[...STATEMENT_PARTS, 'total_cost'].map((name) => ({ name, type: 'decimal' })),
];

/**
 * The billed cost of a month. Its sum by currency is the bill.
 *
 * @param filters cost centres that are asked for, and those that the caller may see; absent: all.
 * @throws RequestError where the month is not published.
 */
export async function readBilledCosts(
  snapshot: Snapshot,
  month: string,
  filters: Pick<ResultRequest, 'filters' | 'costCenters'> = {},
): Promise<(BilledCost & { effective_cost: string })[]> {
  const by = ['cost_center', 'service_name', 'charge_category', 'allocation_kind'];
  const { rows } = await answerQuery(snapshot, { result: 'costs', month, by, ...filters });
  return rows as Row[] as (BilledCost & { effective_cost: string })[];
}

/** What is known of a month that is not complete. */
export function describeIncomplete({
  complete_days,
  days,
}: Pick<ManifestMonth, 'complete_days' | 'days'>): string {
  return `not complete: ${complete_days} of ${days} days are known`;
}

/** The lines of statements one below the other. */
export function listStatementRows(statements: readonly Statement[], month: string): StatementRow[] {
  return statements.flatMap(({ cost_center, billing_currency, lines }) =>
    lines.map((line) => ({ billing_period: month, cost_center, billing_currency, ...line })),
  );
}

/** A statement for each cost centre and currency, in order; they add up to the billed cost exactly. */
export function makeStatements(costs: readonly BilledCost[]): Statement[] {
  const groups = groupBy(costs, (row) => JSON.stringify([row.cost_center, row.billing_currency]));
  return [...groups].sort(byKey).map(([key, rows]) => {
    const [cost_center = '', billing_currency = ''] = JSON.parse(key) as string[];
    const lines = [...groupBy(rows, (row) => row.service_name)]
      .sort(byKey)
      .map(([service_name, own]) => addUp(service_name, own))
      .filter((line) => STATEMENT_PARTS.some((part) => line[part] !== '0'));
    return { cost_center, billing_currency, lines, total: addUp('Total', rows) };
  });
}

function addUp(service_name: string, rows: readonly BilledCost[]): StatementLine {
  const sums: Record<Part, bigint> = { direct_cost: 0n, shared_cost: 0n, credits_cost: 0n, tax_cost: 0n };
  for (const row of rows) sums[choosePart(row)] += parseScaled(row.billed_cost);
  const texts = STATEMENT_PARTS.map((part) => [part, formatScaled(sums[part])] as const);
  const total = STATEMENT_PARTS.reduce((sum, part) => sum + sums[part], 0n);
  return {
    service_name,
    ...(Object.fromEntries(texts) as Record<Part, string>),
    total_cost: formatScaled(total),
  };
}

/** Tax and credits are told apart wherever they come from; what is left is the cost centre's own or shared. */
function choosePart({ charge_category, allocation_kind }: BilledCost): Part {
  if (charge_category === 'Tax') return 'tax_cost';
  if (charge_category === 'Credit') return 'credits_cost';
  return allocation_kind === 'shared' ? 'shared_cost' : 'direct_cost';
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : Number(a > b);
}
