/** Describes copied column chunks in a new footer. Offsets are the only thing in it that depends on the position. */
import type { FileHandle } from 'node:fs/promises';
import type { FileAppender } from './file-appender.ts';
import {
  chunkField,
  columnField,
  elementField,
  type FooterRowGroup,
  fileField,
  getNumber,
  getStruct,
  getText,
  groupField,
  locateChunk,
  type ParquetFooter,
  statisticsField,
} from './parquet-footer.ts';
import {
  type ThriftField,
  type ThriftStruct,
  type ThriftValue,
  thriftType,
  writeThriftStruct,
} from './thrift-compact.ts';

/** One column of one row group: its schema for the target, and its leaves' chunks in the file that holds them. */
export type Piece = {
  elements: readonly ThriftStruct[];
  chunks: readonly ThriftStruct[];
  file: FileHandle;
  footer: ParquetFooter;
};

function toI64(value: number): ThriftField {
  return { type: thriftType.i64, value: BigInt(value) };
}

function toList(elementType: number, items: ThriftValue[]): ThriftField {
  return { type: thriftType.list, value: { elementType, items } };
}

/** Paths of the leaves of a column, depth first. */
function listLeafPaths(elements: readonly ThriftStruct[]): string[][] {
  const paths: string[][] = [];
  const open: { name: string; remaining: number }[] = [];
  for (const element of elements) {
    const name = getText(element, elementField.name) ?? '';
    if (element.has(elementField.type)) paths.push([...open.map((group) => group.name), name]);
    const parent = open.at(-1);
    if (parent) parent.remaining -= 1;
    open.push({ name, remaining: getNumber(element, elementField.childCount) ?? 0 });
    while (open.at(-1)?.remaining === 0) open.pop();
  }
  return paths;
}

/**
 * The ColumnChunk of a leaf that now begins at `start`. Page indexes and bloom filters hold positions of the old file:
 * they are optional and dropped.
 */
function moveChunk(
  chunk: ThriftStruct,
  start: number,
  path: readonly string[],
  hasColumnOrders: boolean,
): ThriftStruct {
  const old = getStruct(chunk, chunkField.metadata) ?? new Map();
  const shift = start - locateChunk(old).start;
  const metadata: ThriftStruct = new Map(old);
  metadata.set(
    columnField.path,
    toList(
      thriftType.binary,
      path.map((name) => Buffer.from(name)),
    ),
  );
  for (const field of [
    columnField.dataPageOffset,
    columnField.indexPageOffset,
    columnField.dictionaryPageOffset,
  ]) {
    const offset = getNumber(old, field);
    if (offset === undefined) continue;
    if (offset > 0) metadata.set(field, toI64(offset + shift));
    else metadata.delete(field);
  }
  metadata.delete(columnField.bloomFilterOffset);
  metadata.delete(columnField.bloomFilterLength);
  const statistics = getStruct(old, columnField.statistics);
  if (statistics && !hasColumnOrders) {
    const kept: ThriftStruct = new Map(statistics);
    for (const field of Object.values(statisticsField)) kept.delete(field);
    metadata.set(columnField.statistics, { type: thriftType.struct, value: kept });
  }
  return new Map([
    [chunkField.fileOffset, toI64(0)],
    [chunkField.metadata, { type: thriftType.struct, value: metadata }],
  ]);
}

/** Brings a row group's columns together in the target, in the target's order, and describes it. */
export async function writeRowGroup(
  appender: FileAppender,
  group: FooterRowGroup,
  pieces: readonly Piece[],
): Promise<ThriftStruct> {
  const start = appender.position;
  const chunks: ThriftStruct[] = [];
  let byteSize = 0;
  for (const piece of pieces) {
    const paths = listLeafPaths(piece.elements);
    for (const [index, chunk] of piece.chunks.entries()) {
      const metadata = getStruct(chunk, chunkField.metadata) ?? new Map();
      const range = locateChunk(metadata);
      chunks.push(
        moveChunk(
          chunk,
          appender.position,
          paths[index] ?? [],
          piece.footer.struct.has(fileField.columnOrders),
        ),
      );
      byteSize += getNumber(metadata, columnField.uncompressedSize) ?? 0;
      await appender.copy(piece.file, range.start, range.length);
    }
  }
  const moved: ThriftStruct = new Map(group.struct);
  moved.set(groupField.chunks, toList(thriftType.struct, chunks));
  moved.set(groupField.byteSize, toI64(byteSize));
  moved.set(groupField.fileOffset, toI64(start));
  moved.set(groupField.compressedSize, toI64(appender.position - start));
  moved.delete(groupField.sorting);
  moved.delete(groupField.ordinal);
  return moved;
}

/** The footer. Key-value metadata goes: it describes the old columns (Arrow's and Spark's schemas). */
export function makeFooter(
  source: ParquetFooter,
  pieces: readonly Piece[],
  rowGroups: ThriftStruct[],
): Uint8Array {
  const elements = pieces.flatMap((piece) => piece.elements);
  const typeDefinedOrder: ThriftStruct = new Map([[1, { type: thriftType.struct, value: new Map() }]]);
  const root: ThriftStruct = new Map(source.root).set(elementField.childCount, {
    type: thriftType.i32,
    value: pieces.length,
  });
  const footer: ThriftStruct = new Map(source.struct);
  footer.delete(fileField.keyValues);
  footer.set(fileField.schema, toList(thriftType.struct, [root, ...elements]));
  footer.set(fileField.rowCount, toI64(source.rowCount));
  footer.set(fileField.rowGroups, toList(thriftType.struct, rowGroups));
  const leafCount = pieces.reduce((sum, piece) => sum + piece.chunks.length, 0);
  footer.set(
    fileField.columnOrders,
    toList(thriftType.struct, Array<ThriftStruct>(leafCount).fill(typeDefinedOrder)),
  );
  return writeThriftStruct(footer);
}
