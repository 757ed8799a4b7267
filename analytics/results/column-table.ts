import { parseScaled } from '../decimal-text.ts';
import { ContractError } from '../errors.ts';
import { addDecimals, checkDecimals, type Decimals, makeDecimals, setScaled } from './decimals.ts';
import { groupRows } from './grouping.ts';
import type { TableDefinition } from './tables.ts';

/** Text as codes: `values` ascending and distinct, so that codes compare as their texts do. */
export type TextColumn = { readonly values: readonly string[]; readonly codes: Int32Array };

/** One result table in memory. */
export type ColumnTable = {
  readonly rowCount: number;
  readonly texts: Readonly<Record<string, TextColumn>>;
  readonly decimals: Readonly<Record<string, Decimals>>;
  readonly counts: Readonly<Record<string, Float64Array>>;
};

/**
 * Rows as a run computes them, column by column, in any order. Dimensions are text or null; decimals are bigint in
 * units of 10^-12 or decimal text; counts are integers.
 */
export type RawTable = { name: string; columns: Readonly<Record<string, readonly RawValue[]>> };
export type RawValue = string | bigint | number | null;

/** What a dimension says when the rows do not. */
export const NO_VALUE = '(none)';

/**
 * The table in the one form that is published: rows with the same dimensions added up, sorted by billing period and
 * then by the other dimensions. Throws ContractError for missing columns, nulls in measures and amounts given as
 * binary numbers.
 */
export function buildTable(definition: TableDefinition, raw: RawTable): ColumnTable {
  const rowCount = Object.values(raw.columns)[0]?.length ?? 0;
  const column = (name: string) => {
    const values = raw.columns[name];
    if (values?.length !== rowCount) {
      const problem = values ? `${values.length} values for ${rowCount} rows` : 'no such column';
      throw new ContractError(`result table ${definition.name}: ${name}: ${problem}`);
    }
    return values;
  };
  const texts = Object.fromEntries(definition.dimensions.map((name) => [name, encodeTexts(column(name))]));
  const decimals: Record<string, Decimals> = {};
  const counts: Record<string, Float64Array> = {};
  for (const { name, type } of definition.measures) {
    const where = `${definition.name}.${name}`;
    if (type === 'decimal') decimals[name] = readDecimals(where, column(name));
    else counts[name] = readCounts(where, column(name));
  }
  return addEqualRows(definition, { rowCount, texts, decimals, counts });
}

/** The half-open range of rows whose billing period lies in [from, to], both months included. */
export function findRows(table: ColumnTable, from: string, to: string): { start: number; end: number } {
  const { values, codes } = table.texts.billing_period as TextColumn;
  const first = values.findIndex((value) => value >= from);
  if (first < 0) return { start: table.rowCount, end: table.rowCount };
  const after = values.findIndex((value) => value > to);
  return { start: lowerBound(codes, first), end: after < 0 ? table.rowCount : lowerBound(codes, after) };
}

/** Codes for texts in any order; null and '' become '(none)'. */
export function encodeTexts(values: readonly RawValue[]): TextColumn {
  const found = new Map<string, number>();
  const codes = new Int32Array(values.length);
  for (const [row, value] of values.entries()) {
    const text = value === null || value === '' ? NO_VALUE : String(value);
    let code = found.get(text);
    if (code === undefined) {
      code = found.size;
      found.set(text, code);
    }
    codes[row] = code;
  }
  return orderTexts([...found.keys()], codes);
}

/** The same texts with their values in ascending order. */
export function orderTexts(values: readonly string[], codes: Int32Array): TextColumn {
  const sorted = [...values].sort((a, b) => (a < b ? -1 : 1));
  const rank = new Map(sorted.map((value, index) => [value, index]));
  const recode = Int32Array.from(values, (value) => rank.get(value) as number);
  return { values: sorted, codes: codes.map((code) => recode[code] as number) };
}

function addEqualRows(definition: TableDefinition, table: ColumnTable): ColumnTable {
  const order = ['billing_period', ...definition.dimensions.filter((name) => name !== 'billing_period')];
  const groups = groupRows(table, order, { start: 0, end: table.rowCount });
  const decimals = mapValues(table.decimals, (source, name) => {
    checkDecimals(`${definition.name}.${name}`, source);
    const target = makeDecimals(groups.count);
    addDecimals(target, groups.slots, source, 0);
    return target;
  });
  const counts = mapValues(table.counts, (source) => {
    const target = new Float64Array(groups.count);
    groups.slots.forEach((slot, row) => {
      target[slot] = (target[slot] as number) + (source[row] as number);
    });
    return target;
  });
  const texts = mapValues(table.texts, ({ values, codes }) => ({
    values,
    codes: groups.firstRows.map((row) => codes[row] as number),
  }));
  return { rowCount: groups.count, texts, decimals, counts };
}

function readDecimals(where: string, values: readonly RawValue[]): Decimals {
  const target = makeDecimals(values.length);
  for (const [row, value] of values.entries()) {
    if (typeof value !== 'bigint' && typeof value !== 'string') {
      throw new ContractError(`result column ${where}: an amount is bigint or decimal text, not ${value}`);
    }
    setScaled(target, row, typeof value === 'bigint' ? value : parseScaled(value));
  }
  return target;
}

function readCounts(where: string, values: readonly RawValue[]): Float64Array {
  return Float64Array.from(values, (value) => {
    const count = value === null ? Number.NaN : Number(value);
    if (!Number.isSafeInteger(count)) {
      throw new ContractError(`result column ${where}: ${value} is not a count`);
    }
    return count;
  });
}

function lowerBound(codes: Int32Array, code: number): number {
  let low = 0;
  let high = codes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((codes[middle] as number) < code) low = middle + 1;
    else high = middle;
  }
  return low;
}

function mapValues<A, B>(
  record: Readonly<Record<string, A>>,
  map: (value: A, name: string) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value, name)]));
}
