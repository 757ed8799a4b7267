import { type TableSchema, toDuckdbType } from '../lake/table-schema.ts';
import { type Engine, quoteName, quotePath, quoteText, readParquet } from './duckdb.ts';

/** Local Parquet files that share the values of a table's partition columns. */
export type Partition = { values: Record<string, string | null>; paths: readonly string[] };

/**
 * Makes a view over Parquet files of a lake table, with the schema's columns in order; partition columns come from the
 * log, not from folder names, and a column that a file lacks is null.
 */
export async function createLakeView(
  engine: Engine,
  schema: TableSchema,
  partitions: readonly Partition[],
): Promise<void> {
  const branches: string[] = [];
  for (const { values, paths } of partitions) {
    for (const { names, files } of await groupByColumns(engine, paths)) {
      const columns = schema.columns.map(({ name, type }) => {
        const isStored = !schema.partitionBy.includes(name);
        if (isStored && names.has(name)) return quoteName(name);
        const value = isStored ? null : (values[name] ?? null);
        return `cast(${value === null ? 'null' : quoteText(value)} as ${toDuckdbType(type)}) as ${quoteName(name)}`;
      });
      branches.push(`select ${columns} from ${readParquet(files)}`);
    }
  }
  const empty = `select ${schema.columns.map(({ name, type }) => `cast(null as ${toDuckdbType(type)}) as ${quoteName(name)}`)} where false`;
  await engine.run(
    `create or replace view ${quoteName(schema.name)} as ${branches.length > 0 ? branches.join('\nunion all\n') : empty}`,
  );
}

/**
 * Files that have the same columns, to be read as one: letting DuckDB unite columns by name costs a third of the scan.
 */
async function groupByColumns(
  engine: Engine,
  paths: readonly string[],
): Promise<{ names: Set<string>; files: string[] }[]> {
  if (paths.length === 0) return [];
  const rows = await engine.query(
    `select names, list(file_name order by file_name) as files
     from (select file_name, list(name) as names from parquet_schema([${paths.map(quotePath).join(', ')}]) group by file_name)
     group by names order by files`,
  );
  return rows.map(({ names, files }) => ({ names: new Set(names as string[]), files: files as string[] }));
}
