import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteName } from '../../engine/duckdb.ts';
import { type DataFile, openTable } from '../../lake/delta-table.ts';
import type { TableSchema } from '../../lake/table-schema.ts';
import type { StepContext } from '../step.ts';

const CONTENT = 'content_hash';

/**
 * Keeps a query's rows as what a day's run said; they replace what an earlier run of the same day said. The same rows again
 * commit nothing.
 */
export async function storeVersion(
  { engine, store, scratchFolder, asOf }: StepContext,
  schema: TableSchema,
  sql: string,
): Promise<void> {
  const columns = schema.columns
    .filter(({ name }) => !schema.partitionBy.includes(name))
    .map(({ name }) => quoteName(name));
  const file = join(scratchFolder, `${schema.name}-${randomUUID()}.parquet`);
  const written = await engine.copy(
    `select ${columns.join(', ')} from (${sql}) as version order by all`,
    file,
  );
  const hash = createHash('sha256')
    .update(await readFile(file))
    .digest('hex')
    .slice(0, 16);
  const table = openTable(store, schema);
  const partition = { as_of_date: asOf };
  const isOfDay = (old: DataFile) => old.partition.as_of_date === asOf;
  const same = (files: readonly DataFile[]) =>
    files.some((old) => isOfDay(old) && old.tags?.[CONTENT] === hash);
  if (same((await table.snapshot()).files)) return;
  const path = table.newPath(partition);
  await store.writeFile(table.dataKey({ path }), file);
  await table.commit((snapshot) =>
    same(snapshot.files)
      ? undefined
      : {
          add: [{ path, partition, ...written, tags: { [CONTENT]: hash } }],
          remove: isOfDay,
          info: { operation: 'REPLACE VERSION', as_of_date: asOf },
        },
  );
}
