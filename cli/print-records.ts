import type { RecordColumn } from '../analytics/results/records/definition.ts';
import type { RecordAnswer, RecordRow } from '../analytics/results/records/query.ts';
import { formatAmount, formatRatio, formatTable } from './print-table.ts';

const MAXIMUM_TEXT = 72;
const PRICE_CHARACTERS = 14;

/** A list of records as a table with its heading and totals. All columns, or those of `only` in that order; where it has no rows, why. */
export function formatRecords(
  answer: RecordAnswer,
  columns: readonly RecordColumn[],
  {
    only = columns.map(({ name }) => name),
    emptyBecause = '',
  }: { only?: readonly string[] | undefined; emptyBecause?: string } = {},
): string {
  const shown = only.flatMap((name) => columns.filter((column) => column.name === name));
  const table = formatTable(
    shown.map(({ name, type }) => ({ title: name, isNumber: ['decimal', 'number', 'count'].includes(type) })),
    answer.rows.map((row) =>
      shown.map((column, index) => shorten(formatCell(column, row), index === shown.length - 1)),
    ),
  );
  const { page, control } = answer;
  const heading = [
    answer.result,
    `as of ${answer.as_of}`,
    `version ${answer.version}`,
    control.is_reconciled ? 'reconciled' : 'NOT RECONCILED: see headroom show reconciliation',
  ];
  const totals = control.totals.map((total) => {
    const parts = Object.entries(total)
      .filter(([name]) => name !== 'billing_currency')
      .map(([name, value]) => `${name} ${formatAmount(String(value))}`);
    return `total ${[total.billing_currency, ...parts].filter(Boolean).join('  ')}\n`;
  });
  const rest = page.rows > answer.rows.length ? `${answer.rows.length} of ${page.rows} rows\n` : '';
  const body = answer.rows.length === 0 ? `(no rows: ${emptyBecause})\n` : table;
  return `${heading.join(' | ')}\n${body}${rest}${totals.join('')}`;
}

function formatCell({ name, type }: RecordColumn, row: RecordRow): string {
  const cell = row[name] ?? null;
  if (cell === null) return '';
  if (type === 'flag') return cell ? 'yes' : 'no';
  // Prices an hour are often below a cent.
  if (name.startsWith('hourly_')) return String(cell).slice(0, PRICE_CHARACTERS);
  if (type === 'decimal') return formatAmount(String(cell));
  if (type === 'number') {
    const isRatio = name.endsWith('_ratio') || row.unit === 'ratio';
    return isRatio ? formatRatio(Number(cell)) : String(cell);
  }
  if (type === 'instant') return String(cell).slice(0, 16).replace('T', ' ');
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
}

/** What stands last may be a sentence: nothing after it is pushed aside. */
function shorten(text: string, isLast: boolean): string {
  return isLast || text.length <= MAXIMUM_TEXT ? text : `${text.slice(0, MAXIMUM_TEXT - 1)}…`;
}
