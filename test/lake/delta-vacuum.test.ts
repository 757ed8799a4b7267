import { describe, expect, test } from 'vitest';
import { openTable } from '../../analytics/lake/delta-table.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import { makeTestFolder } from '../support/lake-folder.ts';
import { commitFiles, listKeys, makeFile, SAMPLE_SCHEMA } from '../support/lake-samples.ts';

const HOUR_MS = 60 * 60 * 1000;
const START = Date.UTC(2026, 9, 1);

/** Version n, committed at hour n, holds one file alone; each file is as old as its commit. */
async function openReplacedHourly(versions: number) {
  let hour = 0;
  const writtenAt = new Map<string, Date>();
  const inner = await openFolderStore(await makeTestFolder());
  const atHour = (value: number) => new Date(START + value * HOUR_MS);
  const store: ObjectStore = {
    ...inner,
    async write(key, bytes, options) {
      if (!writtenAt.has(key)) writtenAt.set(key, atHour(hour));
      return inner.write(key, bytes, options);
    },
    async *list(prefix, options) {
      for await (const info of inner.list(prefix, options)) {
        yield { ...info, modifiedAt: writtenAt.get(info.key) ?? info.modifiedAt };
      }
    },
  };
  const table = openTable(store, SAMPLE_SCHEMA, { now: () => atHour(hour), checkpointInterval: 3 });
  const keys: string[] = [];
  for (hour = 0; hour < versions; hour += 1) {
    const file = makeFile(table, 'x');
    await commitFiles(store, table, [file], () => true);
    keys.push(table.dataKey(file));
  }
  const left = async () =>
    (await listKeys(store, 'tables/samples/source=')).map((key) => keys.indexOf(key)).sort((a, b) => a - b);
  return { store, table, keys, atHour, left };
}

describe('vacuum', () => {
  test('keeps what was current within the retention and removes what was not', async () => {
    const { table, keys, atHour, left } = await openReplacedHourly(8);
    const { removed } = await table.vacuum({ retentionHours: 3.5, now: atHour(8) });
    // At the cutoff, hour 4.5, version 4 was current.
    expect(removed.toSorted()).toEqual(keys.slice(0, 4).toSorted());
    expect(await left()).toEqual([4, 5, 6, 7]);
  });

  test('keeps 168 hours by default', async () => {
    const { table, atHour, left } = await openReplacedHourly(4);
    expect((await table.vacuum({ now: atHour(168) })).removed).toHaveLength(0);
    expect((await table.vacuum({ now: atHour(169.5) })).removed).toHaveLength(1);
    expect(await left()).toEqual([1, 2, 3]);
  });

  test('keeps the current version however old it is, and chosen versions', async () => {
    const { table, atHour, left } = await openReplacedHourly(8);
    await expect(table.vacuum({ keepVersions: [2, 99] })).rejects.toThrow(/version 99/);
    await table.vacuum({ retentionHours: 1, keepVersions: [2, 5, 2], now: atHour(999) });
    expect(await left()).toEqual([2, 5, 7]);
    expect((await table.snapshot({ version: 2 })).files).toHaveLength(1);
    await table.vacuum({ retentionHours: 0, now: atHour(999) });
    expect(await left()).toEqual([7]);
  });

  test('removes orphans only when they are older than the retention', async () => {
    const { store, table, keys, atHour, left } = await openReplacedHourly(2);
    const orphan = table.dataKey(makeFile(table, 'x'));
    await store.write(orphan, Buffer.from('PAR1'));
    keys.push(orphan);
    expect((await table.vacuum({ retentionHours: 5, now: atHour(6) })).removed).not.toContain(orphan);
    expect((await table.vacuum({ retentionHours: 5, now: atHour(8) })).removed).toContain(orphan);
    expect(await left()).toEqual([1]);
  });

  test('only tells when asked to run dry', async () => {
    const { table, keys, atHour, left } = await openReplacedHourly(3);
    const { removed } = await table.vacuum({ retentionHours: 0, now: atHour(3), dryRun: true });
    expect(removed.toSorted()).toEqual(keys.slice(0, 2).toSorted());
    expect(await left()).toEqual([0, 1, 2]);
  });

  test('leaves the log and other tables alone', async () => {
    const { store, table, atHour } = await openReplacedHourly(8);
    await store.write('tables/samples2/part-1.parquet', Buffer.from('PAR1'));
    const others = (keys: string[]) => keys.filter((key) => !key.startsWith('tables/samples/source='));
    const before = others(await listKeys(store));
    await table.vacuum({ retentionHours: 0, now: atHour(999) });
    expect(others(await listKeys(store))).toEqual(before);
    expect((await table.snapshot({ version: 0 })).files).toHaveLength(1);
  });

  test('keeps a file that is committed while it looks', async () => {
    const { store, table, atHour } = await openReplacedHourly(2);
    const late = makeFile(table, 'x');
    await store.write(table.dataKey(late), Buffer.from('PAR1'));
    let isCommitted = false;
    const slow: ObjectStore = {
      ...store,
      async *list(prefix, options) {
        yield* store.list(prefix, options);
        if (isCommitted || prefix.endsWith('_delta_log/')) return;
        isCommitted = true;
        await table.commit(() => ({ add: [late], remove: () => false, info: {} }));
      },
    };
    await openTable(slow, SAMPLE_SCHEMA).vacuum({ retentionHours: 0, now: atHour(999) });
    expect(await listKeys(store, table.dataKey(late))).toHaveLength(1);
  });
});
