import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteName } from '../engine/duckdb.ts';
import { createLakeView } from '../engine/lake-view.ts';
import { type DataFile, openTable } from '../lake/delta-table.ts';
import type { TableSchema } from '../lake/table-schema.ts';
import type { StepContext } from './step.ts';

const CONTENT = 'content_hash';

export type DayContext = Pick<StepContext, 'engine' | 'store' | 'scratchFolder' | 'asOf'>;

/**
 * Keeps a query's rows as what a day's run said, in a table that is partitioned by that day, `as_of_date`; they replace
 * what an earlier run of the same day said. The same rows again commit nothing.
 *
 * @param listKept which of all the days stay in the table; default: all.
 */
export async function storeVersion(
  { engine, store, scratchFolder, asOf }: DayContext,
  schema: TableSchema,
  sql: string,
  listKept: (days: readonly string[]) => ReadonlySet<string> = (days) => new Set(days),
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
  const same = (files: readonly DataFile[]) =>
    files.some((old) => dayOf(old) === asOf && old.tags?.[CONTENT] === hash);
  if (same((await table.snapshot()).files)) return;
  const path = table.newPath(partition);
  await store.writeFile(table.dataKey({ path }), file);
  await table.commit((snapshot) => {
    if (same(snapshot.files)) return undefined;
    const kept = listKept([...listDays(snapshot.files), asOf]);
    return {
      add: [{ path, partition, ...written, tags: { [CONTENT]: hash } }],
      remove: (old) => dayOf(old) === asOf || !kept.has(dayOf(old)),
      info: { operation: 'REPLACE VERSION', as_of_date: asOf },
    };
  });
}

/** What the newest run before this one's day left; what this day's run left when it ran before does not count. */
export async function readVersionBefore(
  context: DayContext,
  schema: TableSchema,
): Promise<Record<string, unknown>[]> {
  const { engine, store, asOf } = context;
  const { files } = await openTable(store, schema).snapshot();
  const newest = listDays(files)
    .filter((day) => day < asOf)
    .at(-1);
  if (newest === undefined) return [];
  await createVersionsView(context, schema, () => new Set([newest]));
  const columns = schema.columns
    .filter(({ name }) => name !== 'as_of_date')
    .map(({ name }) => quoteName(name));
  const rows = await engine.query(`select ${columns.join(', ')} from ${quoteName(schema.name)} order by all`);
  await engine.run(`drop view ${quoteName(schema.name)}`);
  return rows;
}

/** Leaves a view, named as the schema unless told otherwise, of what the chosen days' runs left; empty where there is none. */
export async function createVersionsView(
  { engine, store }: Pick<DayContext, 'engine' | 'store'>,
  schema: TableSchema,
  choose: (days: readonly string[]) => ReadonlySet<string>,
  name = schema.name,
): Promise<void> {
  const table = openTable(store, schema);
  const { files } = await table.snapshot();
  const chosen = choose(listDays(files));
  const partitions = await Promise.all(
    files
      .filter((file) => chosen.has(dayOf(file)))
      .map(async (file) => ({
        values: file.partition,
        paths: await store.localPaths([table.dataKey(file)]),
      })),
  );
  await createLakeView(engine, { ...schema, name }, partitions);
}

function dayOf(file: DataFile): string {
  return file.partition.as_of_date ?? '';
}

function listDays(files: readonly DataFile[]): string[] {
  return [...new Set(files.map(dayOf))].sort();
}
