import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ContractError, InputError } from '../../analytics/errors.ts';
import type { DataFile } from '../../analytics/lake/delta-files.ts';
import { openTable } from '../../analytics/lake/delta-table.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import { commitKey } from '../../analytics/lake/keys.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import { makeTestFolder } from '../support/lake-folder.ts';
import { collect, commitFiles, listKeys, makeFile, pathsOf, SAMPLE_SCHEMA } from '../support/lake-samples.ts';

const nothing = { add: [], remove: () => false, info: {} };

async function openSample(change: (store: ObjectStore) => ObjectStore = (store) => store) {
  const folder = await makeTestFolder();
  const store = change(await openFolderStore(folder));
  return { folder, store, table: openTable(store, SAMPLE_SCHEMA) };
}

async function readLines(
  store: ObjectStore,
  version: number,
): Promise<Record<string, Record<string, unknown>>[]> {
  const text = Buffer.from(await store.read(commitKey('samples', version))).toString();
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('an absent table', () => {
  test('is version -1 without files, and reading it writes nothing', async () => {
    const { store, table } = await openSample();
    expect(await table.snapshot()).toEqual({
      table: 'samples',
      version: -1,
      files: [],
      schema: SAMPLE_SCHEMA,
      committedAt: undefined,
      transactions: {},
    });
    expect(await collect(table.history())).toEqual([]);
    expect(await table.vacuum({})).toEqual({ removed: [] });
    await expect(table.snapshot({ version: 0 })).rejects.toThrow(InputError);
    expect(await listKeys(store)).toEqual([]);
  });
});

describe('commit', () => {
  test('creates the table, then adds and replaces at once', async () => {
    const { store, table } = await openSample();
    const [a, b, c] = [makeFile(table, 'x', 10), makeFile(table, 'y', 20), makeFile(table, 'x', 30)];
    expect(await commitFiles(store, table, [a, b])).toBe(0);
    expect((await table.snapshot()).files).toEqual([a, b]);
    expect(await commitFiles(store, table, [c], (file) => file.partition.source === 'x')).toBe(1);
    expect((await table.snapshot()).files).toEqual([b, c]);
  });

  test('writes the actions that the protocol asks for', async () => {
    const { store, table } = await openSample();
    const file: DataFile = { ...makeFile(table, 'x', 10), tags: { delivery: 'd1' } };
    await table.commit(() => ({
      add: [file],
      remove: () => false,
      transaction: { appId: 'import', version: 3 },
      info: { operation: 'IMPORT', delivery: 'd1' },
    }));
    const [info, protocol, metaData, txn, add, ...rest] = await readLines(store, 0);
    expect(rest).toEqual([]);
    expect(info?.commitInfo).toMatchObject({ operation: 'IMPORT', timestamp: expect.any(Number) });
    expect(protocol).toEqual({ protocol: { minReaderVersion: 1, minWriterVersion: 2 } });
    expect(metaData?.metaData).toMatchObject({
      name: 'samples',
      format: { provider: 'parquet', options: {} },
      partitionColumns: ['source'],
      configuration: { 'delta.deletedFileRetentionDuration': 'interval 7 days' },
    });
    expect(txn?.txn).toMatchObject({ appId: 'import', version: 3 });
    expect(add?.add).toMatchObject({
      path: file.path,
      partitionValues: { source: 'x' },
      size: 4,
      dataChange: true,
      stats: '{"numRecords":10}',
      tags: { delivery: 'd1' },
    });
    await table.commit(() => ({ ...nothing, remove: () => true }));
    const [, remove] = await readLines(store, 1);
    expect(remove).toEqual({
      remove: {
        path: file.path,
        deletionTimestamp: expect.any(Number),
        dataChange: true,
        extendedFileMetadata: true,
        partitionValues: { source: 'x' },
        size: 4,
      },
    });
    expect((await table.snapshot({ version: 0 })).files).toEqual([file]);
  });

  test('commits nothing when the plan wants nothing', async () => {
    const { store, table } = await openSample();
    expect(await table.commit(() => undefined)).toEqual({ version: -1, committed: false });
    expect(await listKeys(store)).toEqual([]);
    expect(await table.commit(() => nothing)).toEqual({ version: 0, committed: true });
    expect(await table.commit(() => undefined)).toEqual({ version: 0, committed: false });
  });

  test('does a transaction once', async () => {
    const { store, table } = await openSample();
    const deliver = async (version: number) => {
      const file = makeFile(table, 'x');
      await store.write(table.dataKey(file), Buffer.from('PAR1'));
      return table.commit((snapshot) => {
        if ((snapshot.transactions.delivery ?? -1) >= version) return undefined;
        return { ...nothing, add: [file], transaction: { appId: 'delivery', version } };
      });
    };
    expect(await deliver(1)).toEqual({ version: 0, committed: true });
    expect(await deliver(1)).toEqual({ version: 0, committed: false });
    expect(await deliver(2)).toEqual({ version: 1, committed: true });
    const both = await Promise.all([deliver(3), deliver(3)]);
    expect(both.filter(({ committed }) => committed)).toHaveLength(1);
    expect((await table.snapshot()).transactions).toEqual({ delivery: 3 });
    expect((await table.snapshot()).files).toHaveLength(3);
    expect((await table.snapshot({ version: 0 })).transactions).toEqual({ delivery: 1 });
  });

  test('plans again on what the winner of a race left', async () => {
    const { store, table } = await openSample();
    const other = openTable(store, SAMPLE_SCHEMA);
    const theirs = makeFile(other, 'x');
    const ours = makeFile(table, 'x');
    await commitFiles(store, table, []);
    const seen: number[] = [];
    let rival: Promise<number> | undefined;
    const slow: ObjectStore = {
      ...store,
      async write(key, bytes, options) {
        if (key.endsWith('.json')) rival ??= commitFiles(store, other, [theirs]);
        await rival;
        return store.write(key, bytes, options);
      },
    };
    const { version } = await openTable(slow, SAMPLE_SCHEMA).commit((snapshot) => {
      seen.push(snapshot.files.length);
      return { add: [ours], remove: (file) => file.partition.source === 'x', info: {} };
    });
    expect(seen).toEqual([0, 1]);
    expect(version).toBe(2);
    expect(await rival).toBe(1);
    expect(pathsOf(await table.snapshot())).toEqual([ours.path]);
  });

  test('knows its own commit again when the store reports it as lost', async () => {
    const { store, table } = await openSample((inner) => ({
      ...inner,
      async write(key, bytes, options) {
        await inner.write(key, bytes, options);
        return false;
      },
    }));
    const file = makeFile(table, 'x');
    expect(await table.commit(() => ({ ...nothing, add: [file] }))).toEqual({ version: 0, committed: true });
    expect(pathsOf(await table.snapshot())).toEqual([file.path]);
    expect((await table.snapshot()).version).toBe(0);
    expect(await listKeys(store, 'tables/samples/_delta_log/')).toHaveLength(1);
  });

  test('refuses files that are not as the schema says', async () => {
    const { store, table } = await openSample();
    const file = makeFile(table, 'x');
    const add = (...files: DataFile[]) => table.commit(() => ({ ...nothing, add: files }));
    await expect(add({ ...file, partition: {} })).rejects.toThrow(/partitioned by \(source\)/);
    await expect(add({ ...file, partition: { source: 'x', day: '1' } })).rejects.toThrow(ContractError);
    await expect(add({ ...file, rowCount: 1.5 })).rejects.toThrow(/rowCount .* is 1.5/);
    await expect(add({ ...file, sizeBytes: -1 })).rejects.toThrow(/sizeBytes/);
    await expect(add(file, file)).rejects.toThrow(/added twice/);
    expect(await listKeys(store)).toEqual([]);
  });

  test.each([['a/b c%&=?é😀*'], ['..'], ['__HIVE_DEFAULT_PARTITION__x'], [null]])(
    'keeps the partition value %j apart',
    async (source) => {
      const { store, table } = await openSample();
      const file = makeFile(table, source);
      await commitFiles(store, table, [file, makeFile(table, 'other')]);
      const found = (await table.snapshot()).files.filter(({ partition }) => partition.source === source);
      expect(found).toEqual([file]);
      const [localPath = ''] = await store.localPaths([table.dataKey(file)]);
      expect(await readFile(localPath, 'utf8')).toBe('PAR1');
      expect(path.relative(store.name, localPath).split(path.sep)).toHaveLength(4);
    },
  );

  test('takes an empty partition value for null, as Delta does', async () => {
    const { store, table } = await openSample();
    await commitFiles(store, table, [makeFile(table, '')]);
    expect((await table.snapshot()).files[0]?.partition).toEqual({ source: null });
  });
});

describe('schema of a table', () => {
  const wider = {
    ...SAMPLE_SCHEMA,
    columns: [
      ...SAMPLE_SCHEMA.columns,
      { name: 'extra', type: 'string', nullable: true, description: '' } as const,
    ],
  };

  test('grows by columns at the end, and versions keep theirs', async () => {
    const { store, table } = await openSample();
    const file = makeFile(table, 'x');
    await commitFiles(store, table, [file]);
    const widened = openTable(store, wider);
    expect((await widened.snapshot()).schema).toEqual(SAMPLE_SCHEMA);
    expect(await commitFiles(store, widened, [makeFile(widened, 'x')])).toBe(1);
    expect((await widened.snapshot()).schema).toEqual(wider);
    expect((await widened.snapshot()).files[0]).toEqual(file);
    expect((await widened.snapshot({ version: 0 })).schema).toEqual(SAMPLE_SCHEMA);
    const before = (await readLines(store, 0)).find((line) => line.metaData)?.metaData;
    const after = (await readLines(store, 1)).find((line) => line.metaData)?.metaData;
    expect(after?.id).toBe(before?.id);
    await commitFiles(store, widened, []);
    expect((await readLines(store, 2)).some((line) => line.metaData)).toBe(false);
  });

  test('refuses other changes and commits nothing', async () => {
    const { store, table } = await openSample();
    await commitFiles(store, openTable(store, wider), []);
    await expect(commitFiles(store, table, [])).rejects.toThrow(/extra is extra string, wanted absent/);
    expect((await table.snapshot()).version).toBe(0);
  });

  test('refuses a table of a newer protocol', async () => {
    const { store, table } = await openSample();
    await commitFiles(store, table, []);
    const upgrade = {
      protocol: { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ['deletionVectors'] },
    };
    await store.write(commitKey('samples', 1), Buffer.from(JSON.stringify(upgrade)));
    await expect(table.snapshot()).rejects.toThrow(/reader 3 and writer 7/);
    expect((await table.snapshot({ version: 0 })).version).toBe(0);
  });
});

describe('time travel and history', () => {
  test('show every version as it was, newest first', async () => {
    const folder = await makeTestFolder();
    const store = await openFolderStore(folder);
    let clock = Date.UTC(2026, 9, 1);
    const table = openTable(store, SAMPLE_SCHEMA, { now: () => new Date(clock) });
    const files: DataFile[] = [];
    for (let version = 0; version < 70; version += 1) {
      const file = makeFile(table, `s${version % 3}`, version);
      files.push(file);
      clock += 1000;
      await table.commit(() => ({ ...nothing, add: [file], info: { operation: 'IMPORT', number: version } }));
    }
    for (const version of [0, 1, 31, 49, 50, 51, 69]) {
      const snapshot = await table.snapshot({ version });
      expect(snapshot.files).toEqual(files.slice(0, version + 1));
      expect(snapshot.committedAt).toEqual(new Date(Date.UTC(2026, 9, 1, 0, 0, version + 1)));
    }
    const history = await collect(table.history());
    expect(history.map(({ version }) => version)).toEqual(files.map((_, index) => 69 - index));
    expect(history[9]).toEqual({
      version: 60,
      committedAt: new Date(Date.UTC(2026, 9, 1, 0, 1, 1)),
      info: { operation: 'IMPORT', number: 60 },
    });
  });

  test('refuse a version that never was', async () => {
    const { store, table } = await openSample();
    await commitFiles(store, table, []);
    for (const version of [1, -1, 0.5, Number.NaN]) {
      await expect(table.snapshot({ version })).rejects.toThrow(/has versions 0 to 0/);
    }
  });

  test('name the file and line of a log that is not JSON', async () => {
    const { store, table } = await openSample();
    await commitFiles(store, table, []);
    await store.write(commitKey('samples', 1), Buffer.from('{"commitInfo":{}}\n{"add":'));
    await expect(table.snapshot()).rejects.toThrow(/00000000000000000001\.json:2: not a line of JSON/);
  });
});
