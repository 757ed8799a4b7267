import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Engine, quoteName, quoteText } from './duckdb.ts';

export type RelationRow = Record<string, string | number | boolean | null>;

/**
 * Makes a small table from rows: what models read beside the lake's tables. Decimals are given as text.
 *
 * @param columns name to DuckDB type, in order.
 */
export async function createRelation(
  engine: Engine,
  scratchFolder: string,
  name: string,
  columns: Record<string, string>,
  rows: readonly RelationRow[],
): Promise<void> {
  const file = join(scratchFolder, `${name}-${process.pid}.ndjson`);
  const types = Object.entries(columns).map(([column, type]) => `${quoteName(column)}: ${quoteText(type)}`);
  await writeFile(file, rows.map((row) => JSON.stringify(row)).join('\n'));
  try {
    await engine.run(
      rows.length === 0
        ? `create or replace table ${quoteName(name)} (${Object.entries(columns).map(([column, type]) => `${quoteName(column)} ${type}`)})`
        : `create or replace table ${quoteName(name)} as select * from read_json(${quoteText(file)},
             format = 'newline_delimited', columns = {${types.join(', ')}})`,
    );
  } finally {
    await rm(file, { force: true });
  }
}
