/** Which columns of a delivered Parquet file can be taken over byte by byte, and which must be encoded again. */

import { quoteName } from '../../engine/duckdb.ts';
import { InputError } from '../../errors.ts';
import {
  chunkField,
  columnField,
  type FooterColumn,
  fileField,
  getItems,
  getNumber,
  getStruct,
  locateChunk,
  type ParquetFooter,
  readParquetFooter,
} from './parquet-footer.ts';
import { annotateColumn } from './schema-match.ts';
import type { ThriftStruct } from './thrift-compact.ts';

export type SpliceColumn = {
  /** Name in the target file. */
  name: string;
  /** DuckDB type in the target file, such as `DECIMAL(38,12)`. */
  type: string;
  /** Top-level column of the source file that holds the value; not needed beside `convert`. */
  source?: string;
  /** SQL expression over the source's columns. Always encoded again; without it a value that differs in type is cast. */
  convert?: string;
};
/** `copy`: schema elements for the target, and the source's leaves. `encode`: an item of an SQL select list. */
export type PlannedColumn =
  | { kind: 'copy'; elements: ThriftStruct[]; firstLeaf: number; leafCount: number }
  | { kind: 'encode'; expression: string };
export type SplicePlan = { footer: ParquetFooter; columns: PlannedColumn[] };

/** What DuckDB, Arrow, Delta and Athena readers all read: UNCOMPRESSED, SNAPPY, GZIP, ZSTD, LZ4_RAW. */
const COMMON_CODECS = new Set([0, 1, 2, 6, 7]);
/** PLAIN, PLAIN_DICTIONARY, RLE, BIT_PACKED, DELTA_*, RLE_DICTIONARY, BYTE_STREAM_SPLIT. */
const COMMON_ENCODINGS = new Set([0, 2, 3, 4, 5, 6, 7, 8, 9]);

/** DuckDB is asked for one row group at a time and holds its values in memory, at most 16 bytes each. */
const MAX_ENCODED_BYTES_PER_ROW_GROUP = 1024 ** 3;
/** Below this many rows a row group, asking DuckDB for each of many costs more than rewriting the whole file. */
const MIN_MEAN_ROWS_PER_ROW_GROUP = 10_000;
const MAX_SMALL_ROW_GROUPS = 10;

function planColumn(
  column: SpliceColumn,
  sources: ReadonlyMap<string, FooterColumn>,
): PlannedColumn | string {
  const encode = (value: string): PlannedColumn => ({
    kind: 'encode',
    expression: `CAST((${value}) AS ${column.type}) AS ${quoteName(column.name)}`,
  });
  if (column.convert !== undefined) return encode(column.convert);
  const source = sources.get(column.source ?? '');
  if (!source) return `it has no column ${column.source ?? `for ${column.name}`}`;
  const elements = annotateColumn(source.elements, column.name, column.type);
  if (!elements) return encode(castCheaply(quoteName(source.name), column.type));
  return { kind: 'copy', elements, firstLeaf: source.firstLeaf, leafCount: source.leafCount };
}

/** DuckDB's own cast of an instant to a zoned one asks its calendar for each row, which costs thirty times as much. */
function castCheaply(value: string, type: string): string {
  return /^TIMESTAMP(TZ| WITH TIME ZONE)$/i.test(type) ? `make_timestamptz(epoch_us(${value}))` : value;
}

/** Why a chunk cannot be copied; undefined when it can. */
function findChunkObstacle(
  chunk: ThriftStruct,
  footer: ParquetFooter,
  flatRowCount: number | undefined,
): string | undefined {
  const metadata = getStruct(chunk, chunkField.metadata);
  if (!metadata || chunk.has(chunkField.crypto)) return 'a column is encrypted or has no metadata';
  if (chunk.has(chunkField.filePath)) return 'a column lies in another file';
  const codec = getNumber(metadata, columnField.codec) ?? -1;
  if (!COMMON_CODECS.has(codec)) return `compression codec ${codec} is not read everywhere`;
  const rare = getItems(metadata, columnField.encodings).find(
    (encoding) => !COMMON_ENCODINGS.has(Number(encoding)),
  );
  if (rare !== undefined) return `encoding ${rare} is not read everywhere`;
  const { start, length } = locateChunk(metadata);
  if (start < 4 || length <= 0 || start + length > footer.offsetBytes)
    return 'a column lies outside the file';
  if (flatRowCount !== undefined && getNumber(metadata, columnField.valueCount) !== flatRowCount) {
    return 'a column has not as many values as its row group has rows';
  }
  return undefined;
}

/** Why DuckDB should not encode `columnCount` columns row group by row group; undefined when it should. */
function findEncodingObstacle(footer: ParquetFooter, columnCount: number): string | undefined {
  if (columnCount === 0) return undefined;
  const groupCount = footer.rowGroups.length;
  const largest = footer.rowGroups.reduce((most, group) => Math.max(most, group.rowCount), 0);
  if (largest * columnCount * 16 > MAX_ENCODED_BYTES_PER_ROW_GROUP) return `a row group has ${largest} rows`;
  if (groupCount > MAX_SMALL_ROW_GROUPS && footer.rowCount / groupCount < MIN_MEAN_ROWS_PER_ROW_GROUP) {
    return `its ${groupCount} row groups have too few rows`;
  }
  return undefined;
}

function findObstacle(footer: ParquetFooter, columns: readonly PlannedColumn[]): string | undefined {
  if (footer.struct.has(fileField.encryption)) return 'it is encrypted';
  if (footer.rowCount === 0) return 'it has no rows';
  const names = new Set(footer.columns.map((column) => column.name.toLowerCase()));
  if (names.size < footer.columns.length) return 'two columns have the same name';
  const copied = columns.filter((column) => column.kind === 'copy');
  const chunkObstacles = footer.rowGroups.flatMap((group) =>
    copied.flatMap((column) =>
      group.chunks
        .slice(column.firstLeaf, column.firstLeaf + column.leafCount)
        .map((chunk) =>
          findChunkObstacle(chunk, footer, column.leafCount === 1 ? group.rowCount : undefined),
        ),
    ),
  );
  return (
    chunkObstacles.find((obstacle) => obstacle !== undefined) ??
    findEncodingObstacle(footer, columns.length - copied.length)
  );
}

/**
 * Decides for each column whether its bytes can be kept.
 * @returns the plan, or as text why the file must be rewritten instead.
 */
export async function planSplice(
  source: string,
  columns: readonly SpliceColumn[],
): Promise<SplicePlan | string> {
  let footer: ParquetFooter;
  try {
    footer = await readParquetFooter(source);
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  const sources = new Map(footer.columns.map((column) => [column.name, column]));
  const planned: PlannedColumn[] = [];
  for (const column of columns) {
    const plan = planColumn(column, sources);
    if (typeof plan === 'string') return plan;
    planned.push(plan);
  }
  return findObstacle(footer, planned) ?? { footer, columns: planned };
}

/** Whether `spliceParquet` can make the file, and if not, why: then rewrite it with DuckDB. */
export async function canSplice(
  source: string,
  columns: readonly SpliceColumn[],
): Promise<{ isPossible: true } | { isPossible: false; reason: string }> {
  const plan = await planSplice(source, columns);
  return typeof plan === 'string' ? { isPossible: false, reason: plan } : { isPossible: true };
}
