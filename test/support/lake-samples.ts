import type { DataFile, Snapshot } from '../../analytics/lake/delta-files.ts';
import type { DeltaTable } from '../../analytics/lake/delta-table.ts';
import type { ObjectInfo, ObjectStore } from '../../analytics/lake/object-store.ts';
import type { TableSchema } from '../../analytics/lake/table-schema.ts';

/** A partitioned table with every column type. */
export const SAMPLE_SCHEMA: TableSchema = {
  name: 'samples',
  description: 'One row per sample.',
  columns: [
    { name: 'source', type: 'string', nullable: true, description: 'Where it is from.' },
    { name: 'sample_id', type: 'long', nullable: false, description: '' },
    { name: 'billed_cost', type: 'decimal(38,12)', nullable: false, description: 'Money.' },
    { name: 'unit_price', type: 'decimal(38,15)', nullable: true, description: '' },
    { name: 'started_at', type: 'timestamp', nullable: true, description: '' },
    { name: 'sample_date', type: 'date', nullable: true, description: '' },
    { name: 'row_number', type: 'integer', nullable: true, description: '' },
    { name: 'ratio', type: 'double', nullable: true, description: '' },
    { name: 'is_final', type: 'boolean', nullable: true, description: '' },
    { name: 'tags', type: 'map<string,string>', nullable: false, description: '' },
  ],
  partitionBy: ['source'],
};

/** The description of a data file of SAMPLE_SCHEMA at a new path. */
export function makeFile(table: DeltaTable, source: string | null, rowCount = 1): DataFile {
  return { path: table.newPath({ source }), sizeBytes: 4, rowCount, partition: { source } };
}

/** Stores an object for each file and commits them; `replaces` says which older files go. */
export async function commitFiles(
  store: ObjectStore,
  table: DeltaTable,
  files: DataFile[],
  replaces: (file: DataFile) => boolean = () => false,
): Promise<number> {
  for (const file of files) await store.write(table.dataKey(file), Buffer.from('PAR1'));
  const { version } = await table.commit(() => ({
    add: files,
    remove: replaces,
    info: { operation: 'TEST' },
  }));
  return version;
}

export function pathsOf(snapshot: Snapshot): string[] {
  return snapshot.files.map((file) => file.path);
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

export async function listKeys(store: ObjectStore, prefix = '', startAfter = ''): Promise<string[]> {
  return (await collect<ObjectInfo>(store.list(prefix, { startAfter }))).map(({ key }) => key);
}
