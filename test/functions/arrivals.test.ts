import { mkdtemp, readFile, rm, stat, utimes } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import { ObjectNotFoundError } from '../../analytics/lake/object-store.ts';
import { listManifests, readArrivals } from '../../functions/arrivals.ts';
import { fetchDelivery } from '../../functions/fetch-delivery.ts';

const MANIFEST = 'exports/focus/metadata/BILLING_PERIOD=2026-10/focus-Manifest.json';
const DATA = 'exports/focus/data/BILLING_PERIOD=2026-10/focus-00001.csv.gz';

async function makeStore() {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'headroom-arrivals-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return { folder, store: await openFolderStore(folder) };
}

test('messages of S3, of its set-up and of the sweep name manifests', () => {
  const record = (key: string) => ({ s3: { bucket: { name: 'bucket' }, object: { key } } });
  const notification = { Records: [record('a+b%3D1/x-Manifest.json'), record('data/x.parquet')] };
  expect(readArrivals(notification)).toEqual([{ bucket: 'bucket', key: 'a b=1/x-Manifest.json' }]);
  expect(readArrivals({ Service: 'Amazon S3', Event: 's3:TestEvent' })).toEqual([]);
  const arrival = { bucket: 'bucket', key: MANIFEST };
  expect(readArrivals(arrival)).toEqual([arrival]);
  expect(() => readArrivals({ nonsense: true })).toThrow();
});

test('the sweep finds manifests that are recent enough', async () => {
  const { folder, store } = await makeStore();
  const old = MANIFEST.replaceAll('2026-10', '2026-01');
  for (const key of [MANIFEST, old, DATA]) await store.write(key, Buffer.from('{}'));
  await utimes(path.join(folder, old), new Date('2026-02-01'), new Date('2026-02-01'));
  expect(await listManifests(store, new Date('2026-03-01'))).toEqual([MANIFEST]);
  expect(await listManifests(store, new Date(0))).toEqual([old, MANIFEST]);
});

test('a delivery is its manifest, as old as it was, and the files that it lists', async () => {
  const { folder, store } = await makeStore();
  await store.write(DATA, Buffer.from('data'));
  await store.write(DATA.replace('00001', '00002'), Buffer.from('not listed'));
  await store.write(MANIFEST, Buffer.from(JSON.stringify({ dataFiles: [`s3://bucket/${DATA}`] })));
  const writtenAt = new Date('2026-11-02T03:04:05Z');
  await utimes(path.join(folder, MANIFEST), writtenAt, writtenAt);

  const delivery = (await fetchDelivery(store, MANIFEST)) as string;
  onTestFinished(() => rm(delivery, { recursive: true }));
  expect(await readFile(path.join(delivery, DATA), 'utf8')).toBe('data');
  await expect(stat(path.join(delivery, DATA.replace('00001', '00002')))).rejects.toThrow();
  expect((await stat(path.join(delivery, MANIFEST))).mtime).toEqual(writtenAt);
});

test('a file that is gone, another JSON, and a path out of the folder', async () => {
  const { store } = await makeStore();
  const write = (files: string[]) => store.write(MANIFEST, Buffer.from(JSON.stringify({ dataFiles: files })));
  await write([`s3://bucket/${DATA}`]);
  await expect(fetchDelivery(store, MANIFEST)).rejects.toThrow(ObjectNotFoundError);
  await expect(fetchDelivery(store, 'gone-Manifest.json')).rejects.toThrow(ObjectNotFoundError);
  await write(['s3://bucket/../../../etc/passwd']);
  await expect(fetchDelivery(store, MANIFEST)).rejects.toThrow();
  await store.write(MANIFEST, Buffer.from('{"other":1}'));
  expect(await fetchDelivery(store, MANIFEST)).toBeUndefined();
});
