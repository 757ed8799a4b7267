import { InputError } from '../errors.ts';
import { ALLOCATION_DIMENSIONS } from '../vocabulary.ts';
import type { CsvFile } from './csv-file.ts';
import type { Scope } from './tables.ts';

/** So many bad lines are named in one error. */
const SHOWN_PROBLEMS = 20;

/** The cells of a line by column; null is empty. `where` is `file:line`. */
export type Cells = { where: string; get(column: string): string | null };

/** Reads every line; those that are wrong are told all at once. */
export function readLines<Row>(csv: CsvFile, read: (cells: Cells) => Row): Row[] {
  return readEach(csv.records, csv.file, (record) => read(readCells(csv, record)));
}

/** Reads each part of a file. Throws InputError that names all that cannot be read, up to twenty. */
export function readEach<Part, Row>(parts: readonly Part[], file: string, read: (part: Part) => Row): Row[] {
  const problems: InputError[] = [];
  const rows = parts.flatMap((part) => {
    try {
      return [read(part)];
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push(error);
      return [];
    }
  });
  const [first] = problems;
  if (!first) return rows;
  if (problems.length === 1) throw first;
  const shown = problems
    .slice(0, SHOWN_PROBLEMS)
    .map(({ where, message, remedy }) => `${where}: ${message} (${remedy})`);
  const more = problems.length - shown.length;
  throw new InputError(
    [`${problems.length} lines are wrong`, ...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('\n'),
    { where: first.where ?? file, remedy: 'correct them; nothing was read' },
  );
}

function readCells(csv: CsvFile, record: CsvFile['records'][number]): Cells {
  return { where: `${csv.file}:${record.line}`, get: (column) => record.values[column] || null };
}

export function readScope(cells: Cells): Scope {
  return Object.fromEntries(ALLOCATION_DIMENSIONS.map((name) => [name, cells.get(name)])) as Scope;
}

export function problem(cells: Cells, column: string, message: string, remedy: string): InputError {
  return new InputError(`${column}: ${message}`, { where: cells.where, remedy });
}

export function need(cells: Cells, column: string): string {
  const value = cells.get(column);
  if (value === null) throw problem(cells, column, 'is empty', 'fill the cell or delete the line');
  return value;
}

/** ISO 4217 has three letters; whether the bill has that currency shows in the result. */
export function readCurrency(cells: Cells, column = 'currency'): string | null {
  const value = cells.get(column)?.toUpperCase() ?? null;
  if (value === null || /^[A-Z]{3}$/.test(value)) return value;
  throw problem(cells, column, `'${value}' is not a currency`, 'write it as USD');
}

export function needCurrency(cells: Cells, column: string): string {
  return readCurrency(cells, column) ?? need(cells, column);
}

export function needDecimal(cells: Cells, column: string): string {
  const value = need(cells, column);
  if (!/^-?\d{1,20}(\.\d{1,12})?$/.test(value)) {
    throw problem(
      cells,
      column,
      `'${value}' is not a number`,
      'write it as 1234.56, without separators or currency sign',
    );
  }
  return value;
}

export function needMonth(cells: Cells, column: string): string {
  const value = need(cells, column);
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(value))
    throw problem(cells, column, `'${value}' is not a month`, 'write it as 2026-10');
  return value;
}

export function needDate(cells: Cells, column: string): string {
  const value = need(cells, column);
  const time = /^\d{4}-\d{2}-\d{2}$/.test(value) ? Date.parse(`${value}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== value) {
    throw problem(cells, column, `'${value}' is not a date`, 'write it as 2026-10-31');
  }
  return value;
}
