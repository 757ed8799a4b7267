import { listRowDimensions, listTotals, type OutputColumn, type ResultDefinition } from './catalog.ts';
import { type Cell, type Column, textColumn } from './columns.ts';
import { addDecimals, type Decimals, formatDecimal, makeDecimals } from './decimals.ts';
import type { CheckedRequest } from './request.ts';
import { RequestError } from './request-error.ts';
import type { Presented } from './view.ts';

/** What one span of months presents; `label` is its billing period when rows are grouped by it. */
export type Part = Presented & { label: string };

/** All rows of an answer: row `i` is row `indexes[i]` of `parts[partOf[i]]`. */
export type Rows = {
  count: number;
  names: readonly string[];
  parts: readonly (readonly Column[])[];
  partOf: Int32Array;
  indexes: Int32Array;
};

/** Puts the parts one after the other, with the columns in the order of the catalog. */
export function joinParts(parts: readonly Part[], definition: ResultDefinition, by: readonly string[]): Rows {
  const dimensions = listRowDimensions(definition, by);
  const names = [...dimensions, ...definition.columns.map(({ name }) => name)];
  const columns = parts.map(({ view, columns: measures, label }) =>
    names.map((name) => {
      if (name === 'billing_period') return textColumn(() => label);
      return dimensions.includes(name) ? view.text(name) : (measures[name] as Column);
    }),
  );
  const count = parts.reduce((sum, { view }) => sum + view.count, 0);
  const partOf = new Int32Array(count);
  const indexes = new Int32Array(count);
  let next = 0;
  for (const [part, { view }] of parts.entries()) {
    for (let index = 0; index < view.count; index += 1, next += 1) {
      partOf[next] = part;
      indexes[next] = index;
    }
  }
  return { count, names, parts: columns, partOf, indexes };
}

/** The rows' positions in the order asked for; equal rows stay in the order of their dimensions. */
export function orderRows(rows: Rows, sort: CheckedRequest['sort']): Int32Array {
  const order = Int32Array.from(rows.indexes, (_, row) => row);
  if (!sort) return order;
  const position = rows.names.indexOf(sort.column);
  const majors = Array.from(order, (row) => columnOf(rows, row, position).major(rows.indexes[row] as number));
  const minors = Float64Array.from(
    order,
    (row) => columnOf(rows, row, position).minor?.(rows.indexes[row] as number) ?? 0,
  );
  const sign = sort.isDescending ? -1 : 1;
  return order.sort((a, b) => {
    const majorA = majors[a] as number | string | null;
    const majorB = majors[b] as number | string | null;
    if (majorA === null || majorB === null) return Number(majorA === null) - Number(majorB === null) || a - b;
    if (majorA !== majorB) return majorA < majorB ? -sign : sign;
    return sign * ((minors[a] as number) - (minors[b] as number)) || a - b;
  });
}

/** Rows of one page as objects. Throws RequestError for a page after the last. */
export function cutPage(
  rows: Rows,
  order: Int32Array,
  { page, pageSize }: Pick<CheckedRequest, 'page' | 'pageSize'>,
) {
  const size = pageSize ?? Math.max(1, rows.count);
  const pages = Math.max(1, Math.ceil(rows.count / size));
  if (page > pages) {
    throw new RequestError(400, `page ${page} is after the last`, {
      parameter: 'page',
      allowed: [`1 to ${pages}`],
    });
  }
  const positions = order.subarray((page - 1) * size, page * size);
  return {
    rows: Array.from(positions, (row) => readRow(rows, row)),
    page: { number: page, size, rows: rows.count, pages },
  };
}

/** Sums over all rows, one total for each currency and whatever else must not be added. */
export function sumTotals(
  rows: Rows,
  definition: ResultDefinition,
  by: readonly string[],
): Record<string, Cell>[] {
  const { dimensions: names, columns: additive } = listTotals(definition, by);
  const positions = names.map((name) => rows.names.indexOf(name));
  const slotOf = new Map<string, number>();
  const keys: Cell[][] = [];
  const slots = new Int32Array(rows.count);
  for (let row = 0; row < rows.count; row += 1) {
    const texts = positions.map((position) => columnOf(rows, row, position).at(rows.indexes[row] as number));
    const key = texts.length === 1 ? String(texts[0]) : JSON.stringify(texts);
    let slot = slotOf.get(key);
    if (slot === undefined) {
      slot = slotOf.size;
      slotOf.set(key, slot);
      keys.push(texts);
    }
    slots[row] = slot;
  }
  const sums = additive.map((column) => sumColumn(rows, column, slots, keys.length));
  return keys.map((texts, slot) => ({
    ...Object.fromEntries(names.map((name, index) => [name, texts[index] as Cell])),
    ...Object.fromEntries(additive.map(({ name }, index) => [name, sums[index]?.(slot) as Cell])),
  }));
}

function sumColumn(
  rows: Rows,
  { name }: OutputColumn,
  slots: Int32Array,
  count: number,
): (slot: number) => Cell {
  const position = rows.names.indexOf(name);
  const decimals = makeDecimals(count);
  const counts = new Float64Array(count);
  let isDecimal = false;
  let start = 0;
  for (const columns of rows.parts) {
    const column = columns[position] as Column;
    const length = (column.decimals?.whole ?? column.counts)?.length ?? 0;
    const partSlots = slots.subarray(start, start + length);
    if (column.decimals) {
      isDecimal = true;
      addDecimals(decimals, partSlots, column.decimals as Decimals, 0);
    } else {
      partSlots.forEach((slot, index) => {
        counts[slot] = (counts[slot] as number) + (column.counts?.[index] ?? 0);
      });
    }
    start += length;
  }
  return (slot) => (isDecimal ? formatDecimal(decimals, slot) : (counts[slot] as number));
}

function readRow(rows: Rows, row: number): Record<string, Cell> {
  const columns = rows.parts[rows.partOf[row] as number] as readonly Column[];
  const index = rows.indexes[row] as number;
  const cells: Record<string, Cell> = {};
  for (const [position, name] of rows.names.entries()) cells[name] = (columns[position] as Column).at(index);
  return cells;
}

function columnOf(rows: Rows, row: number, position: number): Column {
  return rows.parts[rows.partOf[row] as number]?.[position] as Column;
}
