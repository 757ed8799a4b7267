import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { expect, onTestFinished, test } from 'vitest';
import type { S3StoreOptions } from '../../../analytics/lake/s3-store.ts';
import { makeTestFolder } from '../../support/lake-folder.ts';
import { listKeys } from '../../support/lake-samples.ts';
import { type Exchange, type Fault, type FaultRule, startFaultProxy } from '../../support/s3-fault-proxy.ts';
import { describeServers } from './setup.ts';

const MIB = 2 ** 20;
const LARGE = randomBytes(20 * MIB);

const first = (fault: Fault, isMeant: (exchange: Exchange) => boolean): FaultRule => {
  let isOver = false;
  return (exchange) => {
    if (isOver || !isMeant(exchange)) return undefined;
    isOver = true;
    return fault;
  };
};
const method =
  (name: string, part = '') =>
  (exchange: Exchange) =>
    exchange.method === name && exchange.url.includes(part);

describeServers('a bad network', (bucket, { name: server }) => {
  /** Two stores in one place, of which `store` is behind the proxy. */
  async function openProxied(options: Partial<S3StoreOptions> = {}) {
    const proxy = await startFaultProxy(bucket.endpoint);
    onTestFinished(() => proxy.stop());
    const prefix = `faults/${randomBytes(8).toString('hex')}`;
    const direct = await bucket.openStore({ prefix });
    const cacheFolder = await makeTestFolder();
    const store = await bucket.openStore({ prefix, endpoint: proxy.endpoint, cacheFolder, ...options });
    return { store, direct, proxy, prefix, cacheFolder };
  }

  test.each<Fault>([
    { kind: 'cut', afterBytes: 0 },
    { kind: 'cut', afterBytes: 5000 },
    { kind: 'truncate', toBytes: 5000 },
    { kind: 'truncate', toBytes: 0 },
    { kind: 'stall', afterBytes: 5000 },
    { kind: 'corrupt', atByte: 5000 },
    { kind: 'lose-answer' },
    { kind: 'answer', status: 503, code: 'SlowDown' },
    { kind: 'answer', status: 500, code: 'InternalError' },
  ])('read gives the whole content after %j', async (fault) => {
    const { store, direct, proxy } = await openProxied({ idleTimeoutMs: 500 });
    const content = LARGE.subarray(0, 10_000);
    await direct.write('a', content);
    proxy.setRule(first(fault, method('GET')));
    expect(Buffer.compare(await store.read('a'), content)).toBe(0);
    expect(proxy.faults).toEqual([fault]);
    expect(proxy.exchanges).toHaveLength(2);
  });

  test.each<Fault>([
    { kind: 'cut', afterBytes: 3 * MIB },
    { kind: 'truncate', toBytes: 3 * MIB },
    { kind: 'stall', afterBytes: 3 * MIB },
    { kind: 'answer', status: 503, code: 'SlowDown' },
  ])('a large file is whole after %j, and only the range that broke is fetched again', async (fault) => {
    const { store, direct, proxy, cacheFolder } = await openProxied({ idleTimeoutMs: 500 });
    await direct.write('large.parquet', LARGE);
    proxy.setRule(first(fault, ({ headers }) => headers.range === `bytes=${8 * MIB}-${16 * MIB - 1}`));
    const [localPath = ''] = await store.localPaths(['large.parquet']);
    expect(Buffer.compare(await readFile(localPath), LARGE)).toBe(0);
    const ranges = proxy.exchanges.flatMap(({ headers }) => headers.range ?? []);
    expect(ranges.filter((range) => range === `bytes=${8 * MIB}-${16 * MIB - 1}`)).toHaveLength(2);
    expect(ranges).toHaveLength(4);
    expect(await readdir(path.join(cacheFolder, 'scratch'))).toEqual([]);
  });

  test('a download that never succeeds fails as retryable and leaves nothing', async () => {
    const { store, direct, proxy, cacheFolder } = await openProxied();
    await direct.write('large.parquet', LARGE);
    proxy.setRule((exchange) =>
      exchange.headers.range?.startsWith(`bytes=${8 * MIB}`) ? { kind: 'cut', afterBytes: MIB } : undefined,
    );
    await expect(store.localPaths(['large.parquet'])).rejects.toMatchObject({
      name: 'SourceError',
      isRetryable: true,
      message: expect.stringContaining('large.parquet'),
    });
    expect(await readdir(path.join(cacheFolder, 'scratch'))).toEqual([]);
    expect(await readdir(path.join(cacheFolder, 'objects'))).toEqual([]);
    proxy.setRule(() => undefined);
    const [localPath = ''] = await store.localPaths(['large.parquet']);
    expect(Buffer.compare(await readFile(localPath), LARGE)).toBe(0);
  });

  test('a file that is replaced while it is fetched is of one version', async () => {
    const { store, direct, proxy } = await openProxied();
    await direct.write('large.parquet', LARGE);
    const newer = Buffer.from(LARGE).reverse();
    const delay: Fault = { kind: 'delay', ms: 1500 };
    proxy.setRule(first(delay, ({ headers }) => headers.range?.startsWith(`bytes=${16 * MIB}`) ?? false));
    const paths = store.localPaths(['large.parquet']);
    await expect.poll(() => proxy.faults).toHaveLength(1);
    await direct.write('large.parquet', newer);
    const [localPath = ''] = await paths;
    expect(Buffer.compare(await readFile(localPath), newer)).toBe(0);
  });

  test('a conditional write whose answer is lost is known as our own', async () => {
    const { store, direct, proxy } = await openProxied();
    await store.write('warm', Buffer.from('x'), { onlyIfAbsent: true });
    proxy.setRule(first({ kind: 'lose-answer' }, method('PUT')));
    expect(await store.write('log/1', Buffer.from('ours'), { onlyIfAbsent: true })).toBe(true);
    expect(proxy.exchanges.map((exchange) => exchange.method)).toEqual(['PUT', 'PUT', 'HEAD']);
    expect(Buffer.from(await direct.read('log/1')).toString()).toBe('ours');
  });

  test("a rival's write in the way is a lost race, even of the same bytes", async () => {
    const { store, direct, proxy } = await openProxied();
    await store.write('warm', Buffer.from('x'), { onlyIfAbsent: true });
    proxy.setRule(first({ kind: 'delay', ms: 300 }, method('PUT')));
    const late = store.write('log/1', Buffer.from('same'), { onlyIfAbsent: true });
    expect(await direct.write('log/1', Buffer.from('same'), { onlyIfAbsent: true })).toBe(true);
    expect(await late).toBe(false);
  });

  test.each([
    { status: 409, code: 'ConditionalRequestConflict' },
    { status: 404, code: 'NoSuchKey' },
  ])('a conditional write is asked again after %j', async ({ status, code }) => {
    const { store, direct, proxy } = await openProxied();
    await store.write('warm', Buffer.from('x'), { onlyIfAbsent: true });
    proxy.setRule(({ count }) => (count < 3 ? { kind: 'answer', status, code } : undefined));
    expect(await store.write('log/1', Buffer.from('ours'), { onlyIfAbsent: true })).toBe(true);
    expect(proxy.exchanges).toHaveLength(4);
    expect(Buffer.from(await direct.read('log/1')).toString()).toBe('ours');
  });

  test('a write that fails for ever is an error, not a lost race', async () => {
    const { store, proxy } = await openProxied({ maxAttempts: 2 });
    await store.write('warm', Buffer.from('x'), { onlyIfAbsent: true });
    proxy.setRule(() => ({ kind: 'answer', status: 503, code: 'SlowDown' }));
    await expect(store.write('log/1', Buffer.from('x'), { onlyIfAbsent: true })).rejects.toMatchObject({
      name: 'SourceError',
      isRetryable: true,
    });
    expect(proxy.exchanges).toHaveLength(2);
  });

  // moto compares no checksum: see differences.test.ts.
  test.skipIf(server === 'moto')('content that changed on the way is not stored', async () => {
    const { store, direct, proxy } = await openProxied({ maxAttempts: 2 });
    const made = path.join(await store.scratchFolder(), 'large.parquet');
    await writeFile(made, LARGE);
    proxy.setRule(({ method: name }) =>
      name === 'PUT' ? { kind: 'corrupt-request', atByte: 3 } : undefined,
    );
    await expect(store.write('a', Buffer.from('content'))).rejects.toMatchObject({ name: 'SourceError' });
    await expect(store.writeFile('b', made)).rejects.toMatchObject({ name: 'SourceError' });
    expect(await listKeys(direct)).toEqual([]);
  });

  test('a server that ignores the condition is refused', async () => {
    const { store, proxy } = await openProxied();
    proxy.setRule(({ method: name }) =>
      name === 'PUT' ? { kind: 'answer', status: 200, code: '' } : undefined,
    );
    await expect(store.write('log/1', Buffer.from('x'), { onlyIfAbsent: true })).rejects.toMatchObject({
      name: 'InputError',
      message: expect.stringContaining('no conditional writes'),
    });
    proxy.setRule(() => undefined);
    expect(await store.write('log/1', Buffer.from('x'), { onlyIfAbsent: true })).toBe(true);
  });

  test.each<[string, Fault]>([
    ['partNumber=2', { kind: 'answer', status: 503, code: 'SlowDown' }],
    ['partNumber=2', { kind: 'lose-answer' }],
    ['uploads', { kind: 'lose-answer' }],
    ['uploadId', { kind: 'delay', ms: 100 }],
  ])('a large file arrives whole after a fault at %s: %j', async (part, fault) => {
    const { store, direct, proxy } = await openProxied();
    const localPath = path.join(await store.scratchFolder(), 'large.parquet');
    await writeFile(localPath, LARGE);
    proxy.setRule(first(fault, ({ url }) => url.includes(part)));
    await store.writeFile('large.parquet', localPath);
    expect(proxy.faults).toHaveLength(1);
    expect(Buffer.compare(await direct.read('large.parquet'), LARGE)).toBe(0);
    expect(existsSync(localPath)).toBe(false);
  });

  // A server may repeat its answer, or say that the upload is no longer there.
  test.each<Fault | undefined>([undefined, { kind: 'answer', status: 404, code: 'NoSuchUpload' }])(
    'an upload that was completed by a request whose answer is lost stands, then %j',
    async (second) => {
      const { store, direct, proxy } = await openProxied();
      const localPath = path.join(await store.scratchFolder(), 'large.parquet');
      await writeFile(localPath, LARGE);
      proxy.setRule(({ method: name, url, count }) => {
        if (name !== 'POST' || !url.includes('uploadId=')) return undefined;
        return count === 0 ? { kind: 'lose-answer' } : second;
      });
      await store.writeFile('large.parquet', localPath);
      expect(proxy.faults).toHaveLength(second ? 2 : 1);
      expect(Buffer.compare(await direct.read('large.parquet'), LARGE)).toBe(0);
      expect(existsSync(localPath)).toBe(false);
    },
  );

  test('a failed upload is aborted, keeps the old object and the local file', async () => {
    const { store, direct, proxy, prefix } = await openProxied();
    await direct.write('large.parquet', Buffer.from('old'));
    const localPath = path.join(await store.scratchFolder(), 'large.parquet');
    await writeFile(localPath, LARGE);
    proxy.setRule(({ url }) =>
      url.includes('partNumber=2') ? { kind: 'answer', status: 403, code: 'AccessDenied' } : undefined,
    );
    await expect(store.writeFile('large.parquet', localPath)).rejects.toMatchObject({ name: 'InputError' });
    const { Uploads = [] } = await bucket.client.send(
      new ListMultipartUploadsCommand({ Bucket: bucket.bucket }),
    );
    expect(Uploads.filter(({ Key }) => Key?.startsWith(prefix))).toEqual([]);
    expect(existsSync(localPath)).toBe(true);
    expect(Buffer.from(await direct.read('large.parquet')).toString()).toBe('old');
  });

  test.each<Fault>([
    { kind: 'cut', afterBytes: 900 },
    { kind: 'lose-answer' },
    { kind: 'answer', status: 503, code: 'SlowDown' },
  ])('a listing is whole after %j', async (fault) => {
    const { store, direct, proxy } = await openProxied();
    const keys = Array.from({ length: 20 }, (_, index) => `k/${String(index).padStart(2, '0')}`);
    for (const key of keys) await direct.write(key, Buffer.from('x'));
    proxy.setRule(first(fault, method('GET', 'list-type=2')));
    expect(await listKeys(store)).toEqual(keys);
    expect(proxy.faults).toHaveLength(1);
  });

  test('a listing that ends early is never taken for a whole one', async () => {
    const { store, direct, proxy } = await openProxied({ maxAttempts: 1 });
    for (let index = 0; index < 10; index += 1) await direct.write(`k/${index}`, Buffer.from('x'));
    proxy.setRule(() => undefined);
    await listKeys(store);
    for (let toBytes = 0; toBytes < 3000; toBytes += 97) {
      proxy.setRule(first({ kind: 'truncate', toBytes }, method('GET', 'list-type=2')));
      const listed = await listKeys(store).catch((error) => error.name);
      expect([10, 'SourceError']).toContain(Array.isArray(listed) ? listed.length : listed);
    }
  });

  test('a removal is repeated', async () => {
    const { store, direct, proxy } = await openProxied();
    await direct.write('a', Buffer.from('x'));
    proxy.setRule(first({ kind: 'lose-answer' }, method('DELETE')));
    await store.remove('a');
    expect(await listKeys(direct)).toEqual([]);
  });
});
