import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { type Engine, quoteName, quotePath, quoteText } from '../../engine/duckdb.ts';
import type { RelationRow } from '../../engine/relation.ts';

/** A relation in the making, row by row: memory does not grow with their number. */
export type RowFile = {
  add(row: RelationRow): Promise<void>;
  /** Leaves the rows as a table of the file's name. */
  createTable(): Promise<void>;
};

/** @param columns name to DuckDB type, in order. */
export function openRowFile(
  engine: Engine,
  scratchFolder: string,
  name: string,
  columns: Readonly<Record<string, string>>,
): RowFile {
  const file = join(scratchFolder, `${name}-${process.pid}.ndjson`);
  const stream = createWriteStream(file);
  let rowCount = 0;
  return {
    async add(row) {
      rowCount++;
      if (!stream.write(`${JSON.stringify(row)}\n`)) await once(stream, 'drain');
    },
    async createTable() {
      stream.end();
      await finished(stream);
      const names = Object.entries(columns);
      const types = names.map(([column, type]) => `${quoteName(column)}: ${quoteText(type)}`);
      try {
        await engine.run(
          rowCount === 0
            ? `create or replace table ${quoteName(name)} (${names.map(([column, type]) => `${quoteName(column)} ${type}`)})`
            : `create or replace table ${quoteName(name)} as select * from read_json(${quotePath(file)},
                 format = 'newline_delimited', columns = {${types.join(', ')}}, maximum_object_size = 16777216)`,
        );
      } finally {
        await rm(file, { force: true });
      }
    },
  };
}
