import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { InputError } from '../../analytics/errors.ts';
import { QUOTAS, RESOURCES, UTILIZATION } from '../../analytics/lake/collected-tables.ts';
import { type TableSchema, toDuckdbType } from '../../analytics/lake/table-schema.ts';
import type { Window } from '../calendar.ts';
import { queryRows, quote } from '../database.ts';
import type { Organisation } from '../resources.ts';
import { quotasSql, resourcesSql, utilizationSql } from './collected-sql.ts';
import { loadCollected } from './collected-tables.ts';
import { listUsual } from './usual.ts';

/** What the folder holds: the files of each table, by day. `id` changes with them. */
export type CollectedManifest = {
  id: string;
  observed_at: string;
  tables: Record<string, { path: string; date: string; row_count: number; size_bytes: number }[]>;
};

export const COLLECTED_SCHEMAS: readonly TableSchema[] = [RESOURCES, UTILIZATION, QUOTAS];
export const MANIFEST_FILE = 'manifest.json';

/** Writes inventory, measurements and limits as Parquet, a folder a table and in it one a day, and manifest.json last. */
export async function writeCollected(
  connection: DuckDBConnection,
  schema: string,
  folder: string,
  world: { seed: number; window: Window; organisation: Organisation },
): Promise<void> {
  const { seed, window, organisation } = world;
  const resources = [...organisation.estate, ...listUsual(seed, window, organisation)];
  await loadCollected(connection, schema, { seed, window, resources });
  const sql: Record<string, string> = {
    [RESOURCES.name]: resourcesSql(schema, window),
    [UTILIZATION.name]: utilizationSql(schema, seed, window),
    [QUOTAS.name]: quotasSql(schema, seed, window),
  };
  const manifest: CollectedManifest = {
    id: '',
    observed_at: new Date(window.end * 86_400_000).toISOString(),
    tables: {},
  };
  await mkdir(folder, { recursive: true });
  for (const table of COLLECTED_SCHEMAS) {
    const rows = sql[table.name];
    if (rows === undefined) throw new InputError(`nothing writes ${table.name}`);
    manifest.tables[table.name] = await writeTable(connection, table, rows, join(folder, table.name));
  }
  manifest.id = createHash('sha256').update(JSON.stringify(manifest)).digest('hex').slice(0, 16);
  await writeFile(join(folder, MANIFEST_FILE), `${JSON.stringify(manifest)}\n`);
}

async function writeTable(
  connection: DuckDBConnection,
  { columns, name }: TableSchema,
  sql: string,
  folder: string,
): Promise<CollectedManifest['tables'][string]> {
  const typed = columns.map((column) => `${column.name}::${toDuckdbType(column.type)} as ${column.name}`);
  await connection.run(`
    copy (select ${typed.join(', ')} from (${sql}))
    to ${quote(folder)} (format parquet, compression zstd, partition_by (date), overwrite)`);
  const files = await queryRows<{ path: string; date: string; row_count: bigint; size_bytes: bigint }>(
    connection,
    `select file_name as path, regexp_extract(file_name, 'date=([0-9-]+)', 1) as date, num_rows as row_count, file_size_bytes as size_bytes
     from parquet_file_metadata(${quote(`${folder}/**/*.parquet`)}) order by file_name`,
  );
  const root = folder.slice(0, -name.length);
  return files.map(({ path, date, row_count, size_bytes }) => ({
    path: path.slice(root.length),
    date,
    row_count: Number(row_count),
    size_bytes: Number(size_bytes),
  }));
}
