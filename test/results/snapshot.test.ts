import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SourceError } from '../../analytics/errors.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import { publishResults } from '../../analytics/results/publish.ts';
import { answerQuery } from '../../analytics/results/query.ts';
import { openResults } from '../../analytics/results/snapshot.ts';
import { costing, givenManifest, givenTable } from './fixtures.ts';

let folder: string;
let store: ObjectStore;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'headroom-snapshot-'));
  store = await openFolderStore(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const publish = (cost: string) =>
  publishResults({
    store,
    tables: [givenTable('costs', [{ billing_period: '2026-10', ...costing(cost) }])],
    manifest: givenManifest(['2026-10']),
  });
const readCost = async (snapshot: Awaited<ReturnType<ReturnType<typeof openResults>['current']>>) =>
  (await answerQuery(snapshot, { result: 'costs' })).rows[0]?.billed_cost;

test('while nothing is published, the answer says what to do', async () => {
  await expect(openResults({ store }).current()).rejects.toMatchObject({
    status: 404,
    message: 'nothing is published yet',
    remedy: 'Run `headroom run` first.',
  });
});

test('a snapshot stays as it was when the pointer moves, also for tables read after', async () => {
  const results = openResults({ store });
  await publish('1');
  const old = await results.current();
  await publish('2');
  const current = await results.current();
  expect(await readCost(current)).toBe('2');
  expect(await readCost(old)).toBe('1');
});

test('the pointer is looked at again only after the time given', async () => {
  let now = 0;
  const results = openResults({ store, checkEveryMs: 1000, now: () => now });
  await publish('1');
  const old = await results.current();
  await publish('2');
  now = 999;
  expect(await results.current()).toBe(old);
  now = 1000;
  expect(await readCost(await results.current())).toBe('2');
});

test('tables are kept in memory until the pointer moves', async () => {
  await publish('1');
  let reads = 0;
  const counting = {
    ...store,
    read: (key: string) => {
      if (key.endsWith('.arrow')) reads += 1;
      return store.read(key);
    },
  };
  const results = openResults({ store: counting });
  await Promise.all([1, 2, 3].map(async () => readCost(await results.current())));
  expect(reads).toBe(1);
});

test('a store that fails once does not lose what was read', async () => {
  await publish('1');
  let isFailing = false;
  const flaky = {
    ...store,
    read: async (key: string) => {
      if (isFailing) throw new SourceError('slow down');
      return store.read(key);
    },
  };
  const results = openResults({ store: flaky });
  const first = await results.current();
  isFailing = true;
  await expect(results.current()).rejects.toThrow('slow down');
  isFailing = false;
  expect(await results.current()).toBe(first);
});

test('a table that the run did not publish is not found', async () => {
  await publish('1');
  const snapshot = await openResults({ store }).current();
  await expect(answerQuery(snapshot, { result: 'variance' })).rejects.toMatchObject({ status: 404 });
});
