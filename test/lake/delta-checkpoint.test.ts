import { truncate } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readCheckpointFile } from '../../analytics/lake/delta-checkpoint.ts';
import { openTable } from '../../analytics/lake/delta-table.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import { checkpointKey, commitKey, lastCheckpointKey } from '../../analytics/lake/keys.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import { makeTestFolder } from '../support/lake-folder.ts';
import { listKeys, makeFile, SAMPLE_SCHEMA } from '../support/lake-samples.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const TABLE = SAMPLE_SCHEMA.name;

let warnings: string[];
beforeEach(() => {
  warnings = [];
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)));
});
afterEach(() => vi.restoreAllMocks());

/** A table of adds, replacements, null partitions, tags and transactions, with checkpoints at 4, 8 and 12. */
async function openCheckpointed(
  commits = 15,
  change: (store: ObjectStore) => ObjectStore = (store) => store,
) {
  const store = change(await openFolderStore(await makeTestFolder()));
  const table = openTable(store, SAMPLE_SCHEMA, { checkpointInterval: 4 });
  for (let number = 0; number < commits; number += 1) {
    const source = number % 3 === 0 ? null : `s/${number % 3} "quoted" é`;
    const file = { ...makeFile(table, source, number), tags: { delivery: `d'${number}` } };
    await table.commit(() => ({
      add: [file, makeFile(table, source, number)],
      remove: (older) => number % 5 === 4 && older.partition.source === source,
      transaction: { appId: `app ${number % 2}`, version: number },
      info: { number },
    }));
  }
  return { store, table };
}

async function localPath(store: ObjectStore, key: string): Promise<string> {
  const [found = ''] = await store.localPaths([key]);
  return found;
}

describe('a checkpoint', () => {
  test('is written every 50 commits and named by the hint', async () => {
    const store = await openFolderStore(await makeTestFolder());
    const table = openTable(store, SAMPLE_SCHEMA);
    for (let number = 0; number <= 50; number += 1) {
      await table.commit(() => ({ add: [makeFile(table, 'x')], remove: () => false, info: {} }));
    }
    const checkpoints = (await listKeys(store)).filter((key) => key.endsWith('.parquet'));
    expect(checkpoints).toEqual([checkpointKey(TABLE, 50)]);
    const hint = JSON.parse(Buffer.from(await store.read(lastCheckpointKey(TABLE))).toString());
    expect(hint).toEqual({ version: 50, size: 53, numOfAddFiles: 51 });
    expect(await readCheckpointFile(await localPath(store, checkpointKey(TABLE, 50)))).toHaveLength(53);
    expect(warnings).toEqual([]);
  });

  test('stands for all commits before it', async () => {
    const { store, table } = await openCheckpointed();
    const [newest, twelfth] = [await table.snapshot(), await table.snapshot({ version: 12 })];
    for (const version of [4, 8, 12]) await store.remove(checkpointKey(TABLE, version));
    await store.remove(lastCheckpointKey(TABLE));
    expect(await table.snapshot()).toEqual(newest);
    expect(await table.snapshot({ version: 12 })).toEqual(twelfth);
    expect(newest.files.length).toBeGreaterThan(5);
    expect(newest.transactions).toEqual({ 'app 0': 14, 'app 1': 13 });
    expect(warnings).toEqual([]);
  });

  test('makes the commits before it unnecessary', async () => {
    const { store, table } = await openCheckpointed();
    const newest = await table.snapshot();
    for (let version = 0; version <= 11; version += 1) await store.remove(commitKey(TABLE, version));
    expect(await table.snapshot()).toEqual(newest);
    expect((await table.snapshot({ version: 9 }).catch((error) => error)).name).toBe('ContractError');
    await store.remove(commitKey(TABLE, 14));
    expect((await table.snapshot()).version).toBe(13);
    await store.write(commitKey(TABLE, 16), Buffer.from('{}'));
    await expect(table.snapshot()).rejects.toThrow(/cannot be read at version 16: commits are missing/);
  });

  test.each<[string, (store: ObjectStore) => Promise<unknown>]>([
    ['torn', async (store) => truncate(await localPath(store, checkpointKey(TABLE, 12)), 500)],
    ['empty', async (store) => truncate(await localPath(store, checkpointKey(TABLE, 12)), 0)],
    [
      'of another make',
      async (store) => store.write(checkpointKey(TABLE, 12), Buffer.from('PAR1 or not PAR1')),
    ],
    ['absent though hinted at', async (store) => store.remove(checkpointKey(TABLE, 12))],
  ])('that is %s is done without', async (_, harm) => {
    const { store, table } = await openCheckpointed();
    const newest = await table.snapshot();
    await harm(store);
    expect(await table.snapshot()).toEqual(newest);
    // The checkpoint before it still serves: the oldest commits are not asked for.
    for (let version = 0; version < 8; version += 1) await store.remove(commitKey(TABLE, version));
    expect(await table.snapshot()).toEqual(newest);
    await table.commit(() => ({ add: [], remove: () => false, info: {} }));
    expect((await table.snapshot()).version).toBe(15);
  });

  test.each<[string, string]>([
    ['torn', '{"version":1'],
    ['empty', ''],
    ['beyond the log', '{"version":999}'],
    ['older than the newest', '{"version":4}'],
    ['nonsense', '{"version":"../../x"}'],
    ['no object', 'null'],
  ])('is found when the hint is %s', async (_, hint) => {
    const { store, table } = await openCheckpointed();
    const newest = await table.snapshot();
    await store.write(lastCheckpointKey(TABLE), Buffer.from(hint));
    expect(await table.snapshot()).toEqual(newest);
    expect((await table.history()[Symbol.asyncIterator]().next()).value).toMatchObject({ version: 14 });
  });

  test('keeps tombstones for seven days', async () => {
    const store = await openFolderStore(await makeTestFolder());
    let now = new Date('2026-10-01T00:00:00Z');
    const table = openTable(store, SAMPLE_SCHEMA, { now: () => now, checkpointInterval: 4 });
    const replaceAll = async () => {
      const file = makeFile(table, 'x');
      await table.commit(() => ({ add: [file], remove: () => true, info: {} }));
      return file.path;
    };
    await replaceAll();
    now = new Date(now.getTime() + DAY_MS);
    const second = await replaceAll();
    // The first file was removed 7 days and a millisecond before the checkpoint, the others at its time.
    now = new Date(now.getTime() + 7 * DAY_MS + 1);
    const removed = [second, await replaceAll(), await replaceAll()];
    const current = await replaceAll();
    const actions = await readCheckpointFile(await localPath(store, checkpointKey(TABLE, 4)));
    expect(actions.flatMap(({ remove }) => (remove ? [remove.path] : []))).toEqual(removed);
    expect(actions.flatMap(({ add }) => (add ? [add.path] : []))).toEqual([current]);

    now = new Date(now.getTime() + 7 * DAY_MS + 1);
    for (let number = 5; number <= 8; number += 1)
      await table.commit(() => ({ add: [], remove: () => false, info: {} }));
    const later = await readCheckpointFile(await localPath(store, checkpointKey(TABLE, 8)));
    expect(later.some(({ remove }) => remove)).toBe(false);
  });

  test('holds no tombstone of a file that came back', async () => {
    const store = await openFolderStore(await makeTestFolder());
    const table = openTable(store, SAMPLE_SCHEMA, { checkpointInterval: 2 });
    const file = makeFile(table, 'x');
    await table.commit(() => ({ add: [file], remove: () => false, info: {} }));
    await table.commit(() => ({ add: [], remove: () => true, info: {} }));
    await table.commit(() => ({ add: [file], remove: () => false, info: {} }));
    const actions = await readCheckpointFile(await localPath(store, checkpointKey(TABLE, 2)));
    expect(actions.filter(({ add, remove }) => add ?? remove)).toMatchObject([{ add: { path: file.path } }]);
    expect((await table.snapshot()).files).toEqual([file]);
  });

  test('that cannot be written is a warning, and is made up for', async () => {
    let isBroken = true;
    const { store, table } = await openCheckpointed(7, (inner) => ({
      ...inner,
      async writeFile(key, path) {
        if (isBroken) throw new Error('the disk is full');
        await inner.writeFile(key, path);
      },
    }));
    expect(warnings).toEqual([`table ${TABLE}: no checkpoint at version 4: the disk is full`]);
    expect((await table.snapshot()).version).toBe(6);
    isBroken = false;
    await table.commit(() => ({ add: [], remove: () => false, info: {} }));
    expect(await listKeys(store, checkpointKey(TABLE, 7))).toHaveLength(1);
  });
});
