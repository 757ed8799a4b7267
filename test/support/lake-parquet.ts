import { randomUUID } from 'node:crypto';
import { rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DataFile } from '../../analytics/lake/delta-files.ts';
import type { DeltaTable } from '../../analytics/lake/delta-table.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import { type TableSchema, toDuckdbType } from '../../analytics/lake/table-schema.ts';

/** Values as JSON that DuckDB casts: text for decimals, instants and dates. */
export type SampleRow = Record<string, string | number | boolean | null | Record<string, string | null>>;

/** Stores rows as a Parquet file of one partition; the partition's columns are not in the file. */
export async function storeRows(
  store: ObjectStore,
  table: DeltaTable,
  schema: TableSchema,
  { partition, rows }: { partition: Record<string, string | null>; rows: SampleRow[] },
): Promise<DataFile> {
  const localPath = path.join(await store.scratchFolder(), `${randomUUID()}.parquet`);
  const linesPath = `${localPath}.json`;
  const columns = schema.columns
    .filter(({ name }) => !schema.partitionBy.includes(name))
    .map(({ name, type }) => `'${name}': '${toDuckdbType(type)}'`);
  await writeFile(linesPath, rows.map((row) => JSON.stringify(row)).join('\n'));
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT * FROM read_json('${linesPath}', format = 'newline_delimited', columns = {${columns.join(', ')}}))
     TO '${localPath}' (FORMAT parquet)`,
  );
  connection.closeSync();
  instance.closeSync();
  await rm(linesPath);
  const { size } = await stat(localPath);
  const file = { path: table.newPath(partition), sizeBytes: size, rowCount: rows.length, partition };
  await store.writeFile(table.dataKey(file), localPath);
  return file;
}
