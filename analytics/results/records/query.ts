import { formatScaled } from '../../decimal-text.ts';
import { RequestError } from '../request-error.ts';
import type { Snapshot } from '../snapshot.ts';
import { listShownColumns, type RecordColumn, type RecordDefinition } from './definition.ts';
import { presentValue, type RecordTable, type RecordValue, type StoredValue } from './record-table.ts';
import type { RecordRequest } from './request.ts';

export type RecordRow = Record<string, RecordValue>;

/** What is known of rows since they were published: the first key column to the columns that changed, as stored. */
export type Overlay = ReadonlyMap<string, Readonly<Record<string, StoredValue>>>;

/** The answer of the API and of `headroom show --format json`. */
export type RecordAnswer = {
  result: string;
  version: string;
  as_of: string;
  rows: RecordRow[];
  /** Sums over all rows of the answer, not only of this page. */
  control: { is_reconciled: boolean; totals: Record<string, RecordValue>[] };
  page: { number: number; size: number; rows: number; pages: number };
};

/** Answers a request for a list from a published version. Throws RequestError. */
export async function answerRecords(
  snapshot: Snapshot,
  request: RecordRequest,
  overlay?: Overlay,
): Promise<RecordAnswer> {
  const { definition, sort } = request;
  const view = openRecords(definition, await snapshot.records(definition), overlay);
  const matching = selectRows(view, request);
  if (sort) sortRows(matching, view, sort);
  const size = request.pageSize ?? Math.max(1, matching.length);
  const pages = Math.max(1, Math.ceil(matching.length / size));
  if (request.page > pages) {
    throw new RequestError(400, `page ${request.page} is after the last`, {
      parameter: 'page',
      allowed: [`1 to ${pages}`],
    });
  }
  const shown = listShownColumns(definition);
  const onPage = matching.slice((request.page - 1) * size, request.page * size);
  return {
    result: definition.name,
    version: snapshot.version,
    as_of: snapshot.manifest.as_of,
    rows: onPage.map((row) => presentRow(view, shown, row)),
    control: {
      is_reconciled: snapshot.manifest.control.is_reconciled,
      totals: sumRows(view, definition, matching),
    },
    page: { number: request.page, size, rows: matching.length, pages },
  };
}

/**
 * One row with all its columns, whatever the default filters say.
 *
 * @throws RequestError (404) where there is none, or none that the caller may see.
 */
export async function answerRecord(
  snapshot: Snapshot,
  request: RecordRequest,
  key: string,
  overlay?: Overlay,
): Promise<{ result: string; version: string; as_of: string; row: RecordRow }> {
  const { definition, filters } = request;
  const view = openRecords(definition, await snapshot.records(definition), overlay);
  const [column = ''] = definition.key;
  const row = Array.from({ length: view.rowCount }, (_, index) => index).find(
    (index) => view.at(column, index) === key,
  );
  const centers = filters.get('cost_center');
  if (row === undefined || (centers && !centers.has(String(view.at('cost_center', row))))) {
    throw new RequestError(404, `${definition.name} has no ${column} '${key}'`);
  }
  const { version, manifest } = snapshot;
  return {
    result: definition.name,
    version,
    as_of: manifest.as_of,
    row: presentRow(view, definition.columns, row),
  };
}

type View = { rowCount: number; at(column: string, row: number): StoredValue };

function openRecords(definition: RecordDefinition, table: RecordTable, overlay?: Overlay): View {
  const { rowCount, columns } = table;
  const stored = (column: string, row: number) => columns[column]?.[row] ?? null;
  if (!overlay || overlay.size === 0) return { rowCount, at: stored };
  const [key = ''] = definition.key;
  return {
    rowCount,
    at(column, row) {
      const changed = overlay.get(String(stored(key, row)));
      return changed && column in changed ? (changed[column] ?? null) : stored(column, row);
    },
  };
}

function selectRows(view: View, { filters, ranges, months }: RecordRequest): number[] {
  const tests: ((row: number) => boolean)[] = [...filters].map(
    ([column, values]) =>
      (row) =>
        values.has(String(view.at(column, row))),
  );
  for (const { column, min, max } of ranges) {
    tests.push((row) => {
      const value = view.at(column.name, row);
      return value !== null && (min === undefined || value >= min) && (max === undefined || value <= max);
    });
  }
  if (months) {
    tests.push((row) => {
      const month = String(view.at('billing_period', row));
      return month >= months.from && month <= months.to;
    });
  }
  const rows: number[] = [];
  for (let row = 0; row < view.rowCount; row += 1) if (tests.every((test) => test(row))) rows.push(row);
  return rows;
}

/** Nulls come last; equal rows stay in the order of their key. */
function sortRows(
  rows: number[],
  view: View,
  { column, isDescending }: NonNullable<RecordRequest['sort']>,
): void {
  const sign = isDescending ? -1 : 1;
  rows.sort((a, b) => {
    const valueA = view.at(column.name, a);
    const valueB = view.at(column.name, b);
    if (valueA === null || valueB === null) return Number(valueA === null) - Number(valueB === null) || a - b;
    if (valueA === valueB) return a - b;
    return valueA < valueB ? -sign : sign;
  });
}

function presentRow(view: View, columns: readonly RecordColumn[], row: number): RecordRow {
  return Object.fromEntries(columns.map(({ name, type }) => [name, presentValue(type, view.at(name, row))]));
}

function sumRows(
  view: View,
  { totals = [], columns }: RecordDefinition,
  rows: readonly number[],
): Record<string, RecordValue>[] {
  if (totals.length === 0) return [];
  const hasCurrency = columns.some(({ name }) => name === 'billing_currency');
  const sums = new Map<string, (bigint | undefined)[]>();
  for (const row of rows) {
    const currency = hasCurrency ? String(view.at('billing_currency', row)) : '';
    const sum = sums.get(currency) ?? totals.map(() => undefined);
    sums.set(currency, sum);
    totals.forEach((name, index) => {
      const cost = view.at(name, row) as bigint | null;
      if (cost !== null) sum[index] = (sum[index] ?? 0n) + cost;
    });
  }
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, sum]) => ({
      ...(hasCurrency ? { billing_currency: currency } : {}),
      // What is known of no row has no sum.
      ...Object.fromEntries(
        totals.flatMap((name, index) => {
          const total = sum[index];
          return total === undefined ? [] : [[name, formatScaled(total)]];
        }),
      ),
    }));
}
