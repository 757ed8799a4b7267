import {
  bool,
  type Column,
  columnFromArray,
  type DataType,
  decimal,
  dictionary,
  float64,
  int32,
  int64,
  tableFromColumns,
  tableFromIPC,
  tableToIPC,
  utf8,
} from '@uwdata/flechette';
import { DECIMAL_PLACES, formatScaled, parseScaled } from '../../decimal-text.ts';
import { ContractError } from '../../errors.ts';
import type { RecordColumn, RecordDefinition } from './definition.ts';

/** As stored: decimals are integers of 10^-12. */
export type StoredValue = string | number | bigint | boolean | null;
/** As answered. */
export type RecordValue = string | number | boolean | null | object;

/** The rows of a record result, a column at a time. */
export type RecordTable = { rowCount: number; columns: Readonly<Record<string, readonly StoredValue[]>> };

const DECIMAL_DIGITS = 38;
const NUMBER_SCALE = 1e6;
const ARROW_TYPES: Readonly<Record<RecordColumn['type'], () => DataType>> = {
  text: () => dictionary(utf8(), int32()),
  date: () => dictionary(utf8(), int32()),
  instant: utf8,
  json: utf8,
  decimal: () => decimal(DECIMAL_DIGITS, DECIMAL_PLACES, 128),
  number: float64,
  count: int64,
  flag: bool,
};

/**
 * Makes a table of rows as the engine reads them: decimals as text, dates and instants as text.
 *
 * @throws ContractError where a column that must have a value has none, or two rows have the same key.
 */
export function buildRecords(
  definition: RecordDefinition,
  rows: readonly Record<string, unknown>[],
): RecordTable {
  const columns: Record<string, StoredValue[]> = {};
  for (const column of definition.columns) {
    columns[column.name] = rows.map((row) => toStored(column, row[column.name] ?? null, definition, row));
  }
  const table = { rowCount: rows.length, columns };
  checkKeys(definition, table);
  return table;
}

/** An Arrow IPC file. Same table, same bytes. */
export function encodeRecords(definition: RecordDefinition, table: RecordTable): Uint8Array {
  const columns = definition.columns.map(({ name, type }): [string, Column<unknown>] => [
    name,
    columnFromArray([...(table.columns[name] ?? [])], ARROW_TYPES[type]()),
  ]);
  const bytes = tableToIPC(tableFromColumns(columns), { format: 'file' });
  if (!bytes) throw new ContractError(`records ${definition.name} were not encoded`);
  return bytes;
}

/** Reads what encodeRecords wrote. */
export function decodeRecords(definition: RecordDefinition, bytes: Uint8Array): RecordTable {
  // Views of 64-bit words need an aligned start.
  const file = tableFromIPC(bytes.byteOffset % 8 === 0 ? bytes : bytes.slice(), {
    useBigInt: true,
    useDecimalInt: true,
  });
  const columns: Record<string, StoredValue[]> = {};
  for (const { name, type, isNullable } of definition.columns) {
    const column = file.getChild(name);
    if (!column && isNullable) {
      // Published before the column was known.
      columns[name] = Array.from({ length: file.numRows }, () => null);
      continue;
    }
    if (!column) throw new ContractError(`published records ${definition.name} lack the column ${name}`);
    const values = Array.from(column as Iterable<StoredValue>);
    columns[name] =
      type === 'count' ? values.map((value) => (value === null ? null : Number(value))) : values;
  }
  return { rowCount: file.numRows, columns };
}

/** A stored value as answers have it. */
export function presentValue(type: RecordColumn['type'], value: StoredValue): RecordValue {
  if (value === null) return null;
  if (type === 'decimal') return formatScaled(value as bigint);
  if (type === 'json') return JSON.parse(String(value)) as object;
  return value as string | number | boolean;
}

function toStored(
  { name, type, isNullable }: RecordColumn,
  value: unknown,
  definition: RecordDefinition,
  row: Record<string, unknown>,
): StoredValue {
  if (value === null) {
    if (isNullable) return null;
    throw new ContractError(`records ${definition.name}: ${name} has no value`, [row]);
  }
  if (type === 'decimal') return parseScaled(String(value));
  if (type === 'count') return BigInt(value as number | bigint);
  if (type === 'flag') return value === true;
  if (type === 'number') return roundNumber(Number(value));
  return String(value);
}

/** Binary sums may differ in their last digits from run to run; what is published may not. */
function roundNumber(value: number): number | null {
  if (!Number.isFinite(value)) return null;
  const rounded = Math.round(value * NUMBER_SCALE) / NUMBER_SCALE;
  return rounded === 0 ? 0 : rounded;
}

function checkKeys({ name, key }: RecordDefinition, { rowCount, columns }: RecordTable): void {
  const seen = new Set<string>();
  for (let row = 0; row < rowCount; row += 1) {
    const values = key.map((column) => columns[column]?.[row] ?? null);
    const text = JSON.stringify(values.map(String));
    if (seen.has(text)) {
      throw new ContractError(`records ${name}: two rows have the key ${key.join(', ')}`, [
        Object.fromEntries(key.map((column, index) => [column, String(values[index])])),
      ]);
    }
    seen.add(text);
  }
}
