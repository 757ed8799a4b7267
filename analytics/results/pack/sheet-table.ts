import type { Worksheet } from 'exceljs';
import type { Cell } from '../columns.ts';
import type { Row } from '../query.ts';

/** Puts the formula of a cell together from the addresses of other columns in its row. */
type Formula = (address: (name: string) => string) => string;

export type SheetColumn = {
  name: string;
  title: string;
  kind: 'text' | 'money' | 'ratio' | 'count' | 'flag';
  /** Instead of the row's value. */
  formula?: Formula;
  /** Added up in the rows of totals. */
  isAdded?: boolean;
};

export type SheetTable = {
  columns: readonly SheetColumn[];
  rows: readonly Row[];
  /** Text columns that totals are kept apart by. */
  totalsBy: readonly string[];
  /** What the rows of totals must come to, exactly as published. */
  published: readonly Row[];
  /** The column that is compared with the published totals. */
  checked: string;
};

const FORMATS: Readonly<Record<SheetColumn['kind'], string>> = {
  text: '@',
  money: '#,##0.00;[Red]-#,##0.00',
  ratio: '0.0%',
  count: '#,##0',
  flag: 'General',
};
const WIDTHS: Readonly<Record<SheetColumn['kind'], number>> = {
  text: 22,
  money: 16,
  ratio: 11,
  count: 12,
  flag: 11,
};
/** Doubles of large sums agree to so many places. */
export const CHECK_PLACES = 4;
const CHECK_TITLE = 'check (0)';
// XML has no place for these; a spreadsheet would call the file damaged.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const NOT_IN_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
/** A spreadsheet reads these as one character. */
const XML_ESCAPE = /_(?=x[0-9a-f]{4}_)/gi;

/**
 * Writes a table with a frozen header, its rows, and a row of totals for each group of `totalsBy`, in native formulas.
 *
 * @returns the addresses of the check cells: each is the total in the sheet less the published total, and 0.
 */
export function addSheetTable(sheet: Worksheet, table: SheetTable): string[] {
  const { columns, rows, totalsBy, published, checked } = table;
  const titles = sheet.addRow([...columns.map(({ title }) => title), CHECK_TITLE]);
  titles.font = { bold: true };
  const header = titles.number;
  sheet.views = [{ state: 'frozen', xSplit: 0, ySplit: header }];
  const letters = new Map(columns.map(({ name }, index) => [name, sheet.getColumn(index + 1).letter]));
  const letter = (name: string) => letters.get(name) ?? '';
  columns.forEach(({ kind }, index) => {
    sheet.getColumn(index + 1).width = WIDTHS[kind];
    const horizontal = kind === 'text' || kind === 'flag' ? 'left' : 'right';
    titles.getCell(index + 1).alignment = { wrapText: true, vertical: 'bottom', horizontal };
  });
  for (const row of rows) {
    const added = sheet.addRow([]);
    columns.forEach((column, index) => {
      const cell = added.getCell(index + 1);
      cell.numFmt = FORMATS[column.kind];
      cell.value = column.formula
        ? {
            formula: column.formula((name) => `${letter(name)}${added.number}`),
            result: toValue(row[column.name], column.kind) as number,
          }
        : toValue(row[column.name], column.kind);
    });
  }
  const first = header + 1;
  const last = header + Math.max(rows.length, 1);
  if (rows.length === 0) sheet.addRow([]);
  return published.map((total) => {
    const added = sheet.addRow([]);
    added.font = { bold: true };
    added.border = { top: { style: 'thin' } };
    columns.forEach((column, index) => {
      const { name, kind } = column;
      const cell = added.getCell(index + 1);
      cell.numFmt = FORMATS[kind];
      if (index === 0) cell.value = 'Total';
      if (totalsBy.includes(name)) cell.value = toValue(total[name], kind);
      if (!column.isAdded) return;
      const conditions = totalsBy.map(
        (key) => `${letter(key)}$${first}:${letter(key)}$${last},${letter(key)}${added.number}`,
      );
      cell.value = {
        formula: `SUMIFS(${[`${letter(name)}$${first}:${letter(name)}$${last}`, ...conditions].join(',')})`,
        result: toValue(total[name], kind) as number,
      };
    });
    const check = added.getCell(columns.length + 1);
    check.value = {
      formula: `ROUND(${letter(checked)}${added.number}-${Number(total[checked] ?? 0)},${CHECK_PLACES})`,
      result: 0,
    };
    return `'${sheet.name}'!${check.address}`;
  });
}

/** A cell's value: texts stay texts whatever they begin with, amounts become the nearest double. */
export function toValue(
  cell: Cell | object | undefined,
  kind: SheetColumn['kind'],
): string | number | boolean | null {
  if (cell === null || cell === undefined) return null;
  if (kind === 'flag') return Boolean(cell);
  if (kind !== 'text') return Number(cell);
  return String(cell).replace(NOT_IN_XML, '').replace(XML_ESCAPE, '_x005F_');
}
