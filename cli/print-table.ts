import Table from 'cli-table3';
import { formatMoney, formatPercent } from '../analytics/money-text.ts';

export type TableColumn = { title: string; isNumber: boolean };

/** A plain table for people: no colours, numbers to the right. */
export function formatTable(columns: readonly TableColumn[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: columns.map(({ title }) => title),
    colAligns: columns.map(({ isNumber }) => (isNumber ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
    chars: {
      mid: '',
      'left-mid': '',
      'mid-mid': '',
      'right-mid': '',
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      right: '',
      middle: '  ',
    },
  });
  table.push(...rows.map((row) => [...row]));
  return `${table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`;
}

/** `1234.5` as `1,234.50`, rounded to two decimals. */
export function formatAmount(text: string): string {
  return formatMoney(text, '');
}

export function formatRatio(value: number | null): string {
  return value === null ? '' : formatPercent(value);
}
