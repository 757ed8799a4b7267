import { once } from 'node:events';
import { openTable } from '../../analytics/lake/delta-table.ts';
import { openStore, readS3Settings } from '../../analytics/lake/open-store.ts';
import { makeFile, SAMPLE_SCHEMA } from './lake-samples.ts';

/** One of many processes that write to one store: told what to write when all are ready, it tells what it achieved. */
const [job = '', location = '', name = ''] = process.argv.slice(2);
const store = await openStore(location, readS3Settings(process.env));
const jobs: Record<string, (argument: never) => Promise<string[]>> = { create, commit };
process.send?.('ready');
const [argument] = await once(process, 'message');
process.send?.(await jobs[job]?.(argument as never));
process.disconnect();

/** Tries to create each key and returns those it won. */
async function create(keys: string[]): Promise<string[]> {
  const won: string[] = [];
  for (const key of keys) {
    if (await store.write(key, Buffer.from(name), { onlyIfAbsent: true })) won.push(key);
  }
  return won;
}

/** Makes that many commits and returns the paths it added. */
async function commit(count: number): Promise<string[]> {
  const table = openTable(store, SAMPLE_SCHEMA, { checkpointInterval: 10 });
  const added: string[] = [];
  for (let number = 0; number < count; number += 1) {
    const file = makeFile(table, name);
    await store.write(table.dataKey(file), Buffer.from('PAR1'));
    await table.commit(() => ({ add: [file], remove: () => false, info: { name, number } }));
    added.push(file.path);
  }
  return added;
}
