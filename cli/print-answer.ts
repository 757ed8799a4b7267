import type { OutputColumn } from '../analytics/results/catalog.ts';
import type { Answer } from '../analytics/results/query.ts';
import { formatAmount, formatRatio, formatTable } from './print-table.ts';
import { SHOWN_WHERE_USED } from './table-columns.ts';

type Cell = Answer['rows'][number][string];

/** An answer as a table with its heading and control line. All columns, or those of `only`; where it has no rows, why. */
export function formatAnswer(
  answer: Answer,
  columns: readonly OutputColumn[],
  { only, emptyBecause = '' }: { only?: readonly string[] | undefined; emptyBecause?: string } = {},
): string {
  const shown = columns.filter((column) => isShown(column, answer, only));
  const table = formatTable(
    shown.map(({ name, type }) => ({ title: name, isNumber: type !== 'text' && type !== 'flag' })),
    answer.rows.map((row) => shown.map((column) => formatCell(column, row[column.name] ?? null))),
  );
  const { page, control } = answer;
  const body = answer.rows.length === 0 ? `(no rows: ${emptyBecause})\n` : table;
  const heading = [
    answer.result,
    answer.month,
    answer.currency,
    `as of ${answer.as_of}`,
    `version ${answer.version}`,
    control.is_reconciled ? 'reconciled' : 'NOT RECONCILED: see headroom show reconciliation',
  ];
  const rest = page.rows > answer.rows.length ? `${answer.rows.length} of ${page.rows} rows\n` : '';
  return `${heading.filter(Boolean).join(' | ')}\n${body}${rest}`;
}

/** The currency stands in the heading when all rows have the same. */
function isShown({ name, type }: OutputColumn, answer: Answer, only: readonly string[] | undefined): boolean {
  if (name === 'billing_currency') return answer.currency === undefined;
  if (only && SHOWN_WHERE_USED.has(name))
    return answer.rows.some((row) => Math.abs(Number(row[name])) >= 0.005);
  return type === 'text' || (only?.includes(name) ?? true);
}

function formatCell({ name, type }: OutputColumn, cell: Cell): string {
  if (cell === null) return '';
  if (type === 'ratio') return formatRatio(Number(cell));
  if (type === 'flag') return cell ? 'yes' : 'NO';
  if (type !== 'decimal') return String(cell);
  return name.endsWith('unit_cost') ? String(cell).slice(0, 14) : formatAmount(String(cell));
}
