import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import {
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBInstance,
  DuckDBMapValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValue,
  type DuckDBValueConverter,
  JsonDuckDBValueConverter,
} from '@duckdb/node-api';
import { QueryError } from '../errors.ts';

const DEFAULT_MEMORY_LIMIT_GIB = 3;
/** DuckDB's own default; small enough that a reader can skip, large enough to compress well. */
const DEFAULT_ROW_GROUP_ROWS = 122_880;
const MICROS_A_SECOND = 1_000_000n;

export type CopyOptions = { compression?: 'snappy' | 'zstd'; rowGroupRows?: number };

/** A DuckDB of one process, in memory, that spills to a folder of its own. Statements run one after another. */
export type Engine = {
  /**
   * All rows of a query. DECIMAL, and integers that a JavaScript number cannot hold, keep every digit: decimals come as
   * text, such integers as bigint. DATE comes as `YYYY-MM-DD`, instants as ISO text in UTC, MAP as an object.
   */
  query(sql: string): Promise<Record<string, unknown>[]>;
  run(sql: string): Promise<void>;
  /** Writes a query's rows into one Parquet file. */
  copy(sql: string, path: string, options?: CopyOptions): Promise<{ rowCount: number; sizeBytes: number }>;
  /** Another connection to the same database, for statements side by side; it ends with the engine. */
  connect(): Promise<DuckDBConnection>;
  /** The connections are unusable after, and what was spilled is gone. */
  close(): void;
  connection: DuckDBConnection;
};

/** Opens an engine. `tempFolder` is made if absent; `threads` defaults to the machine's. All failures of queries are
 * QueryErrors with their SQL. */
export async function openDuckdb(options: {
  memoryLimitGib?: number;
  threads?: number;
  tempFolder: string;
}): Promise<Engine> {
  const { memoryLimitGib = DEFAULT_MEMORY_LIMIT_GIB, threads } = options;
  const tempFolder = path.resolve(options.tempFolder);
  await mkdir(tempFolder, { recursive: true });
  const ownFolder = await mkdtemp(path.join(tempFolder, 'duckdb-'));
  const instance = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    home_directory: ownFolder,
    temp_directory: path.join(ownFolder, 'spill'),
    memory_limit: `${Math.round(memoryLimitGib * 1024)}MiB`,
    preserve_insertion_order: 'false',
    ...(threads === undefined ? {} : { threads: String(threads) }),
  });
  const connection = await instance.connect();
  const read = async (sql: string) => {
    try {
      return await connection.runAndReadAll(sql);
    } catch (error) {
      throw new QueryError((error as Error).message, sql, error);
    }
  };
  await read("set global TimeZone = 'UTC'");
  const others: DuckDBConnection[] = [];

  return {
    connection,
    async query(sql) {
      return (await read(sql)).convertRowObjects<unknown>(toPlainValue);
    },
    async run(sql) {
      await read(sql);
    },
    async copy(sql, file, { compression = 'snappy', rowGroupRows = DEFAULT_ROW_GROUP_ROWS } = {}) {
      const settings = `format parquet, compression ${compression}, row_group_size ${rowGroupRows}`;
      const result = await read(`copy (${sql}) to ${quoteText(file)} (${settings})`);
      const { size } = await stat(file);
      return { rowCount: Number(result.getRows()[0]?.[0] ?? 0), sizeBytes: size };
    },
    async connect() {
      const other = await instance.connect();
      others.push(other);
      return other;
    },
    close() {
      for (const other of [connection, ...others]) other.closeSync();
      instance.closeSync();
      rm(ownFolder, { recursive: true, force: true }).catch(() => {});
    },
  };
}

/** A SQL text literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A SQL identifier. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text literal that DuckDB, which reads paths as patterns, takes for exactly this path. */
export function quotePath(file: string): string {
  return quoteText(file.replaceAll(/[[*?]/g, '[$&]'));
}

/** A relation over Parquet files of one schema; no column comes from the names of folders. */
export function readParquet(files: readonly string[], options = ''): string {
  return `read_parquet([${files.map(quotePath).join(', ')}], hive_partitioning = false${options})`;
}

const toPlainValue: DuckDBValueConverter<unknown> = (value, type, converter) => {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (value instanceof DuckDBDateValue) return value.toString();
  const micros = toMicros(value);
  if (micros !== undefined) return formatInstant(micros);
  if (value instanceof DuckDBMapValue) {
    const entries = value.entries.map((entry) => [String(entry.key), toLeaf(entry.value)]);
    return Object.fromEntries(entries);
  }
  return JsonDuckDBValueConverter(value, type, converter as never);
};

/** Values of maps are text in every table of ours; other types come as DuckDB prints them. */
function toLeaf(value: DuckDBValue): unknown {
  return value === null || typeof value === 'number' || typeof value === 'boolean' ? value : String(value);
}

function toMicros(value: DuckDBValue): bigint | undefined {
  if (value instanceof DuckDBTimestampTZValue || value instanceof DuckDBTimestampValue) return value.micros;
  if (value instanceof DuckDBTimestampSecondsValue) return value.seconds * MICROS_A_SECOND;
  if (value instanceof DuckDBTimestampMillisecondsValue) return value.millis * 1000n;
  if (value instanceof DuckDBTimestampNanosecondsValue) return value.nanos / 1000n;
  return undefined;
}

/** `2026-10-01T00:00:00Z`, with as many decimals of a second as the value has. */
function formatInstant(micros: bigint): string {
  const fraction = ((micros % MICROS_A_SECOND) + MICROS_A_SECOND) % MICROS_A_SECOND;
  const wholeSeconds = new Date(Number((micros - fraction) / 1000n)).toISOString().slice(0, 19);
  const decimals = fraction.toString().padStart(6, '0').replace(/0+$/, '');
  return `${wholeSeconds}${decimals === '' ? '' : `.${decimals}`}Z`;
}
