/**
 * A Parquet file's footer, read without interpreting more than a splice needs.
 * Layout: https://parquet.apache.org/docs/file-format/ ; field ids:
 * https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 */
import { type FileHandle, open } from 'node:fs/promises';
import { InputError } from '../../errors.ts';
import { readThriftStruct, type ThriftList, type ThriftStruct } from './thrift-compact.ts';

/** Field ids of the structs in parquet.thrift. */
export const fileField = {
  schema: 2,
  rowCount: 3,
  rowGroups: 4,
  keyValues: 5,
  columnOrders: 7,
  encryption: 8,
  signingKey: 9,
} as const;
export const elementField = {
  type: 1,
  typeLength: 2,
  repetition: 3,
  name: 4,
  childCount: 5,
  convertedType: 6,
  scale: 7,
  precision: 8,
  fieldId: 9,
  logicalType: 10,
} as const;
export const groupField = {
  chunks: 1,
  byteSize: 2,
  rowCount: 3,
  sorting: 4,
  fileOffset: 5,
  compressedSize: 6,
  ordinal: 7,
} as const;
export const chunkField = {
  filePath: 1,
  fileOffset: 2,
  metadata: 3,
  offsetIndexOffset: 4,
  offsetIndexLength: 5,
  columnIndexOffset: 6,
  columnIndexLength: 7,
  crypto: 8,
  encryptedMetadata: 9,
} as const;
export const columnField = {
  encodings: 2,
  path: 3,
  codec: 4,
  valueCount: 5,
  uncompressedSize: 6,
  compressedSize: 7,
  dataPageOffset: 9,
  indexPageOffset: 10,
  dictionaryPageOffset: 11,
  statistics: 12,
  bloomFilterOffset: 14,
  bloomFilterLength: 15,
} as const;
export const statisticsField = { maxValue: 5, minValue: 6, isMaxExact: 7, isMinExact: 8 } as const;

/** A top-level column: its schema elements depth first, and where its leaves stand among the file's. */
export type FooterColumn = { name: string; elements: ThriftStruct[]; firstLeaf: number; leafCount: number };
export type FooterRowGroup = {
  rowCount: number /** One ColumnChunk a leaf. */;
  chunks: ThriftStruct[];
  struct: ThriftStruct;
};
export type ParquetFooter = {
  struct: ThriftStruct;
  root: ThriftStruct;
  columns: FooterColumn[];
  /** Without those that have no rows. */
  rowGroups: FooterRowGroup[];
  rowCount: number;
  /** Where the footer begins: every page lies before it. */
  offsetBytes: number;
};

/** A number in a struct, undefined when the field is absent. */
export function getNumber(struct: ThriftStruct, field: number): number | undefined {
  const value = struct.get(field)?.value;
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
}

export function getText(struct: ThriftStruct, field: number): string | undefined {
  const value = struct.get(field)?.value;
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : undefined;
}

export function getStruct(struct: ThriftStruct, field: number): ThriftStruct | undefined {
  const value = struct.get(field)?.value;
  return value instanceof Map ? value : undefined;
}

/** A list's items; empty when the field is absent. */
export function getItems(struct: ThriftStruct, field: number): ThriftList['items'] {
  const value = struct.get(field)?.value;
  return typeof value === 'object' && 'items' in value ? value.items : [];
}

export function getStructs(struct: ThriftStruct, field: number): ThriftStruct[] {
  return getItems(struct, field).filter((item) => item instanceof Map);
}

/** Where a column chunk lies: its pages are contiguous and begin with the dictionary page, if there is one. */
export function locateChunk(metadata: ThriftStruct): { start: number; length: number } {
  const data = getNumber(metadata, columnField.dataPageOffset) ?? 0;
  const dictionary = getNumber(metadata, columnField.dictionaryPageOffset) ?? 0;
  return {
    start: dictionary > 0 ? Math.min(dictionary, data) : data,
    length: getNumber(metadata, columnField.compressedSize) ?? 0,
  };
}

/** The top-level columns of a schema that is flattened depth first, as the footer holds it. */
function readColumns(schema: readonly ThriftStruct[]): FooterColumn[] {
  const columns: FooterColumn[] = [];
  let firstLeaf = 0;
  for (let start = 1; start < schema.length; ) {
    let end = start;
    let leafCount = 0;
    for (let pending = 1; pending > 0; end += 1) {
      const element = schema[end];
      if (!element) throw new RangeError('the schema is cut short');
      const childCount = getNumber(element, elementField.childCount) ?? 0;
      if (element.has(elementField.type)) leafCount += 1;
      pending += childCount - 1;
    }
    const elements = schema.slice(start, end);
    const name = elements[0] ? getText(elements[0], elementField.name) : undefined;
    columns.push({ name: name ?? '', elements, firstLeaf, leafCount });
    firstLeaf += leafCount;
    start = end;
  }
  return columns;
}

async function readFully(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, position);
  if (bytesRead !== length) throw new RangeError('the file is cut short');
  return bytes;
}

/**
 * Reads the footer of a Parquet file.
 * @throws InputError when the file is no Parquet file, is damaged, or its footer is encrypted.
 */
export async function readParquetFooter(path: string): Promise<ParquetFooter> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size < 12) throw new RangeError('it is too short');
    const tail = await readFully(file, size - 8, 8);
    const magic = tail.toString('latin1', 4);
    if (magic === 'PARE') throw new RangeError('its footer is encrypted');
    if (magic !== 'PAR1') throw new RangeError('it does not end with PAR1');
    const length = tail.readUInt32LE(0);
    if (length > size - 12) throw new RangeError('its footer is longer than the file');
    const offsetBytes = size - 8 - length;
    const struct = readThriftStruct(await readFully(file, offsetBytes, length));
    const schema = getStructs(struct, fileField.schema);
    const root = schema[0];
    if (!root) throw new RangeError('it has no schema');
    const rowGroups = getStructs(struct, fileField.rowGroups)
      .map((group) => ({
        rowCount: getNumber(group, groupField.rowCount) ?? 0,
        chunks: getStructs(group, groupField.chunks),
        struct: group,
      }))
      .filter((group) => group.rowCount > 0);
    const columns = readColumns(schema);
    const leafCount = columns.reduce((sum, column) => sum + column.leafCount, 0);
    if (rowGroups.some((group) => group.chunks.length !== leafCount))
      throw new RangeError('a row group lacks columns');
    const rowCount = rowGroups.reduce((sum, group) => sum + group.rowCount, 0);
    if (rowCount !== getNumber(struct, fileField.rowCount)) throw new RangeError('its row counts disagree');
    return { struct, root, columns, rowGroups, rowCount, offsetBytes };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InputError(`Not a readable Parquet file: ${error.message}`, {
      where: path,
      remedy: 'Deliver the file again.',
      cause: error,
    });
  } finally {
    await file.close();
  }
}
