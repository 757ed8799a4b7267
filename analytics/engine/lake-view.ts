import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type TableSchema, toDuckdbType } from '../lake/table-schema.ts';
import { type Engine, quoteName, quoteText } from './duckdb.ts';

/** Local Parquet files that share the values of a table's partition columns. */
export type Partition = { values: Record<string, string | null>; paths: readonly string[] };

/**
 * Makes a view over Parquet files of a lake table, with the schema's columns in order; partition columns come from the
 * log, not from folder names, and a column that a file lacks is null.
 */
export async function createLakeView(
  engine: Engine,
  scratchFolder: string,
  schema: TableSchema,
  partitions: readonly Partition[],
): Promise<void> {
  const stored = schema.columns.filter((column) => !schema.partitionBy.includes(column.name));
  const empty = `select ${schema.columns.map(({ name, type }) => `cast(null as ${toDuckdbType(type)}) as ${quoteName(name)}`)} where false`;
  const schemaFile = join(scratchFolder, `${schema.name}-schema-${process.pid}.parquet`);
  const emptyStored = `select ${stored.map(({ name }) => quoteName(name))} from (${empty}) as typed`;
  await rm(schemaFile, { force: true });
  await engine.copy(emptyStored, schemaFile);
  const branches = partitions.map(({ values, paths }) => {
    const columns = schema.columns.map(({ name, type }) => {
      if (!schema.partitionBy.includes(name)) return quoteName(name);
      const value = values[name] ?? null;
      return `cast(${value === null ? 'null' : quoteText(value)} as ${toDuckdbType(type)}) as ${quoteName(name)}`;
    });
    const files = [schemaFile, ...paths].map(quoteText);
    return `select ${columns} from read_parquet([${files}], hive_partitioning = false, union_by_name = true)`;
  });
  await engine.run(
    `create or replace view ${quoteName(schema.name)} as ${branches.length > 0 ? branches.join('\nunion all\n') : empty}`,
  );
}
