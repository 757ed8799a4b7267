import { once } from 'node:events';
import type { DataFile } from '../../analytics/lake/delta-files.ts';
import { openTable } from '../../analytics/lake/delta-table.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import { makeFile, SAMPLE_SCHEMA } from './lake-samples.ts';

const [job = '', folder = '', name = ''] = process.argv.slice(2);
const store = await openFolderStore(folder);
const jobs: Record<string, () => Promise<void>> = { commit, create, churn };
process.send?.('ready');
await jobs[job]?.();
process.disconnect();

/** Told a number of commits, makes them and tells the paths it added. */
async function commit(): Promise<void> {
  const [count] = (await once(process, 'message')) as [number];
  const table = openTable(store, SAMPLE_SCHEMA, { checkpointInterval: 10 });
  const added: string[] = [];
  for (let number = 0; number < count; number += 1) {
    const file = await storeFile(table, number);
    await table.commit(() => ({ add: [file], remove: () => false, info: { name, number } }));
    added.push(file.path);
  }
  process.send?.(added);
}

/** Told keys, tries to create each of them and tells which it won. */
async function create(): Promise<void> {
  const [keys] = (await once(process, 'message')) as [string[]];
  const won: string[] = [];
  for (const key of keys) {
    if (await store.write(key, Buffer.from(name), { onlyIfAbsent: true })) won.push(key);
  }
  process.send?.(won);
}

/** Writes and commits until it is killed, telling each path as soon as it is committed. */
async function churn(): Promise<void> {
  const table = openTable(store, SAMPLE_SCHEMA, { checkpointInterval: 5 });
  for (let number = 0; ; number += 1) {
    const file = await storeFile(table, number);
    await store.write('same', Buffer.alloc(300_000, number % 256));
    await table.commit(() => ({ add: [file], remove: () => false, info: { name, number } }));
    process.send?.(file.path);
  }
}

async function storeFile(table: ReturnType<typeof openTable>, rowCount: number): Promise<DataFile> {
  const file = makeFile(table, name, rowCount);
  await store.write(table.dataKey(file), Buffer.from('PAR1'));
  return file;
}
