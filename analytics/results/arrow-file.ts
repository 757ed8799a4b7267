import {
  type Column,
  columnFromArray,
  decimal,
  dictionary,
  int32,
  int64,
  tableFromColumns,
  tableFromIPC,
  tableToIPC,
  utf8,
} from '@uwdata/flechette';
import { DECIMAL_PLACES } from '../decimal-text.ts';
import { ContractError } from '../errors.ts';
import { type ColumnTable, orderTexts, type TextColumn } from './column-table.ts';
import { checkDecimals, type Decimals, getScaled, makeDecimals, readDecimal128 } from './decimals.ts';
import type { TableDefinition } from './tables.ts';

const DECIMAL_DIGITS = 38;
const DECIMAL_BITS = 128;

/** An Arrow IPC file: dimensions as dictionaries, decimals as Decimal128(38,12), counts as int64. Same table, same bytes. */
export function encodeArrow(definition: TableDefinition, table: ColumnTable): Uint8Array {
  const columns: [string, Column<unknown>][] = [];
  for (const name of definition.dimensions) {
    const { values, codes } = table.texts[name] as TextColumn;
    const texts = Array.from(codes, (code) => values[code]);
    columns.push([name, columnFromArray(texts, dictionary(utf8(), int32()))]);
  }
  for (const { name, type } of definition.measures) {
    if (type === 'decimal') {
      const values = table.decimals[name] as Decimals;
      const scaled = Array.from(values.whole, (_, row) => getScaled(values, row));
      columns.push([name, columnFromArray(scaled, decimal(DECIMAL_DIGITS, DECIMAL_PLACES, DECIMAL_BITS))]);
    } else {
      columns.push([name, columnFromArray(Array.from(table.counts[name] as Float64Array, BigInt), int64())]);
    }
  }
  const bytes = tableToIPC(tableFromColumns(columns), { format: 'file' });
  if (!bytes) throw new ContractError(`result table ${definition.name} was not encoded`);
  return bytes;
}

/** Reads what encodeArrow wrote, now or before a measure was added. Throws ContractError when columns are missing, unsorted or too large to add exactly. */
export function decodeArrow(definition: TableDefinition, bytes: Uint8Array): ColumnTable {
  // Views of 64-bit words need an aligned start.
  const file = tableFromIPC(bytes.byteOffset % 8 === 0 ? bytes : bytes.slice(), { useBigInt: true });
  const column = (name: string) => {
    const found = file.getChild(name) as Column<unknown> | undefined;
    if (!found) throw new ContractError(`published table ${definition.name} lacks the column ${name}`);
    return found;
  };
  const texts = Object.fromEntries(definition.dimensions.map((name) => [name, decodeTexts(column(name))]));
  checkOrder(definition.name, texts.billing_period as TextColumn);
  const decimals: Record<string, Decimals> = {};
  const counts: Record<string, Float64Array> = {};
  for (const { name, type, isZeroWhereAbsent } of definition.measures) {
    const isAbsent = isZeroWhereAbsent && !file.getChild(name);
    if (type === 'decimal' && isAbsent) decimals[name] = makeDecimals(file.numRows);
    else if (type === 'decimal') decimals[name] = decodeDecimals(`${definition.name}.${name}`, column(name));
    else counts[name] = Float64Array.from(column(name) as Iterable<bigint>, Number);
  }
  return { rowCount: file.numRows, texts, decimals, counts };
}

type DictionaryBatch = { values: Int32Array; cache: ArrayLike<string> };

function decodeTexts(column: Column<unknown>): TextColumn {
  const codes = new Int32Array(column.length);
  let values: string[] = [];
  for (const [index, batch] of column.data.entries()) {
    const { values: keys, cache } = batch as unknown as DictionaryBatch;
    codes.set(keys.subarray(0, batch.length), column.offsets[index]);
    values = Array.from(cache);
  }
  return orderTexts(values, codes);
}

function decodeDecimals(name: string, column: Column<unknown>): Decimals {
  const target = makeDecimals(column.length);
  for (const [index, batch] of column.data.entries()) {
    const words = batch.values as unknown as BigUint64Array;
    const view = new Int32Array(words.buffer, words.byteOffset, batch.length * 4);
    readDecimal128(view, target, column.offsets[index] as number);
  }
  checkDecimals(name, target);
  return target;
}

function checkOrder(table: string, { codes }: TextColumn): void {
  for (let row = 1; row < codes.length; row += 1) {
    if ((codes[row] as number) < (codes[row - 1] as number)) {
      throw new ContractError(`published table ${table} is not sorted by billing period: row ${row}`);
    }
  }
}
