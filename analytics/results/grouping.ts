import type { ColumnTable } from './column-table.ts';
import { addDecimals, type Decimals, makeDecimals } from './decimals.ts';

/** A half-open range of rows. */
export type RowRange = { start: number; end: number };

/** Which texts each named dimension may have. */
export type Filters = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Groups of the rows in `range`: `slots[i]` is the group of row `start + i`, or -1 for rows that were filtered out.
 * Groups are in ascending order of their texts; `firstRows` has one row of each.
 */
export type Groups = { range: RowRange; count: number; slots: Int32Array; firstRows: Int32Array };

/** Above this many possible keys, and eight times the rows, keys are sorted rather than looked up. */
const DIRECT_KEYS = 65_536;

/** Groups the rows of a range that pass the filters by the texts of the dimensions. */
export function groupRows(
  table: ColumnTable,
  dimensions: readonly string[],
  range: RowRange,
  filters: Filters = new Map(),
): Groups {
  const slots = new Int32Array(range.end - range.start);
  for (const [dimension, allowed] of filters) filterSlots(slots, table, dimension, allowed, range.start);
  let count = 1;
  for (const dimension of dimensions) {
    const { values, codes } = getText(table, dimension);
    if (values.length > 1) count = refineSlots(slots, count, codes, values.length, range.start);
  }
  if (!slots.some((slot) => slot >= 0)) count = 0;
  return { range, count, slots, firstRows: findFirstRows(slots, count, range.start) };
}

/** Only the groups that have a row in `range`, a part of the groups' own range; other rows belong to no group. */
export function keepGroupsIn(groups: Groups, range: RowRange): Groups {
  const offset = groups.range.start;
  const kept = new Int32Array(groups.count).fill(-1);
  for (let row = range.start; row < range.end; row += 1) {
    const slot = groups.slots[row - offset] as number;
    if (slot >= 0) kept[slot] = 1;
  }
  let count = 0;
  for (let slot = 0; slot < kept.length; slot += 1) if (kept[slot] === 1) kept[slot] = count++;
  const slots = groups.slots.map((slot) => (slot < 0 ? -1 : (kept[slot] as number)));
  return { range: groups.range, count, slots, firstRows: findFirstRows(slots, count, offset) };
}

/** The sum of each group over those of its rows that are in `range`, exactly. */
export function sumDecimals(groups: Groups, source: Decimals, range: RowRange): Decimals {
  const sums = makeDecimals(groups.count);
  addDecimals(sums, takeSlots(groups, range), source, range.start);
  return sums;
}

/** The same for counts. */
export function sumCounts(groups: Groups, source: Float64Array, range: RowRange): Float64Array {
  const sums = new Float64Array(groups.count);
  takeSlots(groups, range).forEach((slot, i) => {
    if (slot >= 0) sums[slot] = (sums[slot] as number) + (source[range.start + i] as number);
  });
  return sums;
}

function takeSlots(groups: Groups, range: RowRange): Int32Array {
  return groups.slots.subarray(range.start - groups.range.start, range.end - groups.range.start);
}

function filterSlots(
  slots: Int32Array,
  table: ColumnTable,
  dimension: string,
  allowed: ReadonlySet<string>,
  start: number,
): void {
  const { values, codes } = getText(table, dimension);
  const isAllowed = Uint8Array.from(values, (value) => Number(allowed.has(value)));
  for (let i = 0; i < slots.length; i += 1) if (!isAllowed[codes[start + i] as number]) slots[i] = -1;
}

/** Splits groups by one more dimension and numbers them anew in order; returns how many there are. */
function refineSlots(
  slots: Int32Array,
  count: number,
  codes: Int32Array,
  size: number,
  start: number,
): number {
  if (count * size > Math.max(DIRECT_KEYS, 8 * slots.length)) {
    return refineBySorting(slots, codes, size, start);
  }
  const ranks = new Int32Array(count * size);
  for (let i = 0; i < slots.length; i += 1) {
    const slot = slots[i] as number;
    if (slot < 0) continue;
    const key = slot * size + (codes[start + i] as number);
    slots[i] = key;
    ranks[key] = 1;
  }
  let next = 0;
  for (let key = 0; key < ranks.length; key += 1) if (ranks[key] === 1) ranks[key] = next++;
  for (let i = 0; i < slots.length; i += 1) {
    const key = slots[i] as number;
    if (key >= 0) slots[i] = ranks[key] as number;
  }
  return next;
}

function refineBySorting(slots: Int32Array, codes: Int32Array, size: number, start: number): number {
  const keys = Float64Array.from(slots, (slot, i) =>
    slot < 0 ? -1 : slot * size + (codes[start + i] as number),
  );
  const ranks = new Map<number, number>([[-1, -1]]);
  for (const key of keys.toSorted()) if (!ranks.has(key)) ranks.set(key, ranks.size - 1);
  for (const [i, key] of keys.entries()) slots[i] = ranks.get(key) as number;
  return ranks.size - 1;
}

function findFirstRows(slots: Int32Array, count: number, start: number): Int32Array {
  const firstRows = new Int32Array(count).fill(-1);
  for (let i = 0; i < slots.length; i += 1) {
    const slot = slots[i] as number;
    if (slot >= 0 && firstRows[slot] === -1) firstRows[slot] = start + i;
  }
  return firstRows;
}

function getText(table: ColumnTable, dimension: string) {
  const column = table.texts[dimension];
  if (!column) throw new RangeError(`no dimension ${dimension}`);
  return column;
}
