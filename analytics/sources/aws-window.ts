import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Engine, quoteName, quoteText } from '../engine/duckdb.ts';
import { ContractError } from '../errors.ts';
import { type DataFile, openTable } from '../lake/delta-table.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { type TableSchema, toDuckdbType } from '../lake/table-schema.ts';

/** A row of a table: decimals and integers as text or number, instants as ISO text, maps as objects. */
export type Row = Record<string, string | number | boolean | null | Record<string, string>>;

export type WindowWrite = {
  schema: TableSchema;
  /** Whose rows: source, account, region and part. Files of one scope never hold rows of another. */
  scope: string;
  /** When AWS was asked; of two pulls of a window the later one counts. */
  pulledAt: Date;
  /** Rows by value of the partition column; a value without rows says that there is nothing. */
  partitions: ReadonlyMap<string, readonly Row[]>;
  tags?(partition: string): Record<string, string>;
};

/** What the lake holds of a scope and partition. */
export type HeldWindow = { pulledAt: Date; tags: Record<string, string> };

/**
 * Replaces what a table holds of a scope in the partitions given, in one commit. A window is written once: the same
 * pull again commits nothing, and an older pull never replaces a newer one.
 *
 * @returns rows written.
 */
export async function writeWindow(
  { store, engine, scratchFolder }: { store: ObjectStore; engine: Engine; scratchFolder: string },
  { schema, scope, pulledAt, partitions, tags }: WindowWrite,
): Promise<number> {
  const table = openTable(store, schema);
  const column = partitionColumn(schema);
  const values = [...partitions.keys()].sort();
  const appId = `collect/${scope}/${values[0]}/${values.at(-1)}`;
  const version = pulledAt.getTime();
  const isDone = (transactions: Record<string, number>) => (transactions[appId] ?? -1) >= version;
  if (isDone((await table.snapshot()).transactions)) return 0;

  const files: DataFile[] = [];
  for (const value of values) {
    const partition = { [column]: value };
    const path = table.newPath(partition);
    const written = await writeRows(engine, scratchFolder, schema, partitions.get(value) ?? []);
    await store.writeFile(table.dataKey({ path }), written.file);
    files.push({
      path,
      partition,
      rowCount: written.rowCount,
      sizeBytes: written.sizeBytes,
      tags: { ...tags?.(value), scope, pulled_at: pulledAt.toISOString() },
    });
  }
  let rowCount = 0;
  await table.commit((snapshot) => {
    if (isDone(snapshot.transactions)) return undefined;
    const held = heldWindows(snapshot.files, schema, scope);
    const isNewest = (value: string) => (held.get(value)?.pulledAt.getTime() ?? 0) <= version;
    const add = files.filter((file) => isNewest(file.partition[column] ?? ''));
    rowCount = add.reduce((sum, file) => sum + file.rowCount, 0);
    const replaced = new Set(add.map((file) => file.partition[column]));
    return {
      add,
      remove: (file) => file.tags?.scope === scope && replaced.has(file.partition[column] ?? ''),
      transaction: { appId, version },
      info: { operation: 'COLLECT', scope, rows: rowCount },
    };
  });
  return rowCount;
}

/** What a table holds of a scope, by partition. */
export async function readHeldWindows(
  store: ObjectStore,
  schema: TableSchema,
): Promise<(scope: string) => Map<string, HeldWindow>> {
  const { files } = await openTable(store, schema).snapshot();
  const byScope = new Map<string, DataFile[]>();
  for (const file of files) {
    const scope = file.tags?.scope ?? '';
    const known = byScope.get(scope);
    if (known) known.push(file);
    else byScope.set(scope, [file]);
  }
  return (scope) => heldWindows(byScope.get(scope) ?? [], schema, scope);
}

function heldWindows(
  files: readonly DataFile[],
  schema: TableSchema,
  scope: string,
): Map<string, HeldWindow> {
  const held = new Map<string, HeldWindow>();
  for (const { partition, tags = {} } of files) {
    if (tags.scope !== scope) continue;
    held.set(partition[partitionColumn(schema)] ?? '', { pulledAt: new Date(tags.pulled_at ?? 0), tags });
  }
  return held;
}

/** Every table that is collected has one partition column. */
function partitionColumn(schema: TableSchema): string {
  return schema.partitionBy[0] as string;
}

async function writeRows(
  engine: Engine,
  scratchFolder: string,
  schema: TableSchema,
  rows: readonly Row[],
): Promise<{ file: string; rowCount: number; sizeBytes: number }> {
  const required = schema.columns.filter((each) => !each.nullable && !schema.partitionBy.includes(each.name));
  const incomplete = rows.filter((row) => required.some(({ name }) => (row[name] ?? null) === null));
  if (incomplete.length > 0)
    throw new ContractError(`rows of ${schema.name} lack a required value`, incomplete);
  const stem = join(scratchFolder, `${schema.name}-${process.pid}-${randomUUID()}`);
  const columns = schema.columns.filter(({ name }) => !schema.partitionBy.includes(name));
  const types = columns.map(({ name, type }) => `${quoteName(name)}: ${quoteText(toDuckdbType(type))}`);
  const names = columns.map(({ name }) => quoteName(name));
  const file = `${stem}.parquet`;
  const input = `${stem}.ndjson`;
  try {
    await writeFile(input, rows.map((row) => JSON.stringify(pick(row, columns))).join('\n'));
    const empty = columns.map(
      ({ name, type }) => `cast(null as ${toDuckdbType(type)}) as ${quoteName(name)}`,
    );
    const source =
      rows.length === 0
        ? `select ${empty} where false`
        : `select ${names} from read_json(${quoteText(input)}, format = 'newline_delimited',
             maximum_object_size = 67108864, columns = {${types.join(', ')}})
           order by ${columns.filter(({ type }) => type !== 'map<string,string>').map(({ name }) => quoteName(name))}`;
    return { file, ...(await engine.copy(source, file)) };
  } finally {
    await rm(input, { force: true });
  }
}

function pick(row: Row, columns: readonly { name: string }[]): Row {
  return Object.fromEntries(columns.map(({ name }) => [name, row[name] ?? null]));
}
