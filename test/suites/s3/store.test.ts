import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, onTestFinished, test } from 'vitest';
import type { S3StoreOptions } from '../../../analytics/lake/s3-store.ts';
import { makeTestFolder } from '../../support/lake-folder.ts';
import { collect, listKeys } from '../../support/lake-samples.ts';
import { startFaultProxy } from '../../support/s3-fault-proxy.ts';
import { describeServers } from './setup.ts';

const MIB = 2 ** 20;

describeServers('a store', (bucket, { name }) => {
  async function openWatched(options: Partial<S3StoreOptions> = {}) {
    const proxy = await startFaultProxy(bucket.endpoint);
    onTestFinished(() => proxy.stop());
    const prefix = `watched/${randomBytes(8).toString('hex')}`;
    const cacheFolder = options.cacheFolder ?? (await makeTestFolder());
    const store = await bucket.openStore({ prefix, endpoint: proxy.endpoint, cacheFolder, ...options });
    const watch = async <T>(action: () => Promise<T>) => {
      proxy.setRule(() => undefined);
      const result = await action();
      return {
        result,
        requests: proxy.exchanges.map(({ method }) => method),
        exchanges: [...proxy.exchanges],
      };
    };
    return { store, prefix, cacheFolder, watch };
  }

  test('lists more keys than a page holds, from anywhere', async () => {
    const { store, prefix, watch } = await openWatched();
    const keys = Array.from({ length: 2100 }, (_, index) => `log/${String(index).padStart(20, '0')}.json`);
    for (let start = 0; start < keys.length; start += 50) {
      const puts = keys
        .slice(start, start + 50)
        .map((key) =>
          bucket.client.send(
            new PutObjectCommand({ Bucket: bucket.bucket, Key: `${prefix}/${key}`, Body: 'x' }),
          ),
        );
      await Promise.all(puts);
    }
    const { result, requests } = await watch(() => listKeys(store, 'log/'));
    expect(result).toEqual(keys);
    expect(requests).toHaveLength(3);
    expect(await listKeys(store, 'log/', keys[1042])).toEqual(keys.slice(1043));
    expect(await listKeys(store, 'log/0000000000000000201')).toEqual(keys.slice(2010, 2020));
  });

  test('takes any key that a store may have', async () => {
    const store = await bucket.openStore();
    const keys = ['a b/c', 'a&b<c>"\'', 'a+b', 'a%2Fb=%252F', 'ü/é', '😀', 'x=1/y=(2)*!~$@,;:'].sort();
    for (const key of keys) await store.write(key, Buffer.from(key), { onlyIfAbsent: true });
    for (const key of keys) expect(Buffer.from(await store.read(key)).toString()).toBe(key);
    expect((await listKeys(store)).sort()).toEqual(keys);
    for (const key of keys) await store.remove(key);
    expect(await listKeys(store)).toEqual([]);
  });

  test('sees only what is under its prefix', async () => {
    const [inner, outer] = [
      await bucket.openStore({ prefix: '/sees/a/' }),
      await bucket.openStore({ prefix: 'sees' }),
    ];
    const beside = await bucket.openStore({ prefix: 'sees/ab' });
    await inner.write('x', Buffer.from('1'));
    await beside.write('x', Buffer.from('2'));
    expect(await listKeys(inner)).toEqual(['x']);
    expect(await listKeys(outer)).toEqual(['a/x', 'ab/x']);
    expect(inner.name).toBe(`s3://${bucket.bucket}/sees/a`);
  });

  test('keeps the scratch folder out of reach of keys', async () => {
    const store = await bucket.openStore();
    await expect(store.read('.scratch/x')).rejects.toMatchObject({ name: 'InputError' });
    await store.write('a', Buffer.from('x'), { onlyIfAbsent: true });
    expect(await collect(store.list('.scratch/'))).toEqual([]);
  });

  test('downloads once, asks each time, and follows changes', async () => {
    const { store, watch } = await openWatched();
    await store.write('a.parquet', Buffer.from('one'));
    await store.write('b.parquet', Buffer.from('other'));
    const fresh = await watch(() => store.localPaths(['a.parquet', 'b.parquet']));
    expect(fresh.requests.sort()).toEqual(['GET', 'GET', 'HEAD', 'HEAD']);
    const again = await watch(() => store.localPaths(['a.parquet', 'b.parquet']));
    expect(again.requests).toEqual(['HEAD', 'HEAD']);
    expect(again.result).toEqual(fresh.result);
    await store.write('a.parquet', Buffer.from('two'));
    const changed = await watch(() => store.localPaths(['a.parquet', 'b.parquet']));
    expect(changed.requests.sort()).toEqual(['GET', 'HEAD', 'HEAD']);
    expect(await readFile(changed.result[0] ?? '', 'utf8')).toBe('two');
    expect(await readFile(fresh.result[0] ?? '', 'utf8')).toBe('one');
    expect(changed.result[0]).toMatch(/\.parquet$/);
  });

  test('fetches a file once for all who ask at the same time', async () => {
    const { store, watch } = await openWatched();
    await store.write('a.parquet', randomBytes(10 * MIB));
    const { result, requests } = await watch(() =>
      Promise.all([1, 2, 3].map(() => store.localPaths(['a.parquet', 'a.parquet']))),
    );
    expect(new Set(result.flat()).size).toBe(1);
    expect(requests.filter((method) => method === 'GET')).toHaveLength(2);
  });

  test('fetches many files, and stops at one that is not there', async () => {
    const { store, watch } = await openWatched();
    const keys = Array.from({ length: 200 }, (_, index) => `f${String(index).padStart(3, '0')}`);
    await Promise.all(keys.map((key) => store.write(key, Buffer.from(key))));
    const paths = await store.localPaths(keys);
    const contents = await Promise.all(paths.map((localPath) => readFile(localPath, 'utf8')));
    expect(contents).toEqual(keys);
    const { requests } = await watch(() =>
      expect(store.localPaths(['none', ...keys])).rejects.toMatchObject({ key: 'none' }),
    );
    expect(requests.length).toBeLessThan(50);
  });

  test('shares a cache with other processes, and mends a file that was cut short', async () => {
    const { store, prefix, cacheFolder } = await openWatched();
    await store.write('a.parquet', Buffer.from('content'));
    const [localPath = ''] = await store.localPaths(['a.parquet']);
    const other = await openWatched({ prefix, cacheFolder });
    await writeFile(localPath, 'cont');
    expect(await other.store.localPaths(['a.parquet'])).not.toEqual([]);
    const opened = await openWatched({ cacheFolder });
    await opened.store.write('a.parquet', Buffer.from('content'));
    const [theirs = ''] = await opened.store.localPaths(['a.parquet']);
    expect(theirs).not.toBe(localPath);
    const [mended = ''] = await store.localPaths(['a.parquet']);
    expect(await readFile(mended, 'utf8')).toBe('content');
  });

  test('keeps a file that it wrote as a local copy', async () => {
    const { store, watch } = await openWatched();
    for (const sizeBytes of [0, 5, 20 * MIB]) {
      const content = randomBytes(sizeBytes);
      const made = path.join(await store.scratchFolder(), 'made.parquet');
      await writeFile(made, content);
      await store.writeFile('made.parquet', made);
      expect(existsSync(made)).toBe(false);
      const { result, requests } = await watch(() => store.localPaths(['made.parquet']));
      expect(requests).toEqual(['HEAD']);
      expect(Buffer.compare(await readFile(result[0] ?? ''), content)).toBe(0);
      expect(Buffer.compare(await store.read('made.parquet'), content)).toBe(0);
    }
  });

  test('takes a file from another file system', async () => {
    const elsewhere = await mkdtemp(path.join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'headroom-'));
    onTestFinished(() => rm(elsewhere, { recursive: true, force: true }));
    const store = await bucket.openStore();
    await writeFile(path.join(elsewhere, 'made'), 'content');
    await store.writeFile('made', path.join(elsewhere, 'made'));
    expect(await readdir(elsewhere)).toEqual([]);
    const [localPath = ''] = await store.localPaths(['made']);
    expect(await readFile(localPath, 'utf8')).toBe('content');
    await expect(store.writeFile('made', path.join(elsewhere, 'none'))).rejects.toMatchObject({
      name: 'InputError',
    });
  });

  test('uploads a large file in parts without holding it in memory', async () => {
    const { store, prefix, watch } = await openWatched();
    const sizeBytes = 200 * MIB;
    const made = path.join(await store.scratchFolder(), 'large.parquet');
    const file = await open(made, 'w');
    await file.truncate(sizeBytes);
    await file.close();
    let peakBytes = 0;
    const before = process.memoryUsage();
    const timer = setInterval(() => {
      const { arrayBuffers, heapUsed } = process.memoryUsage();
      peakBytes = Math.max(peakBytes, arrayBuffers + heapUsed - before.arrayBuffers - before.heapUsed);
    }, 5);
    const direct = await bucket.openStore({ prefix });
    await direct.writeFile('large.parquet', made).finally(() => clearInterval(timer));
    expect(peakBytes).toBeGreaterThan(MIB);
    expect(peakBytes).toBeLessThan(120 * MIB);
    const head = await bucket.client.send(
      new HeadObjectCommand({ Bucket: bucket.bucket, Key: `${prefix}/large.parquet` }),
    );
    expect(head.ContentLength).toBe(sizeBytes);
    expect(head.ETag).toMatch(/-25"$/);
    const { result, requests } = await watch(() => store.localPaths(['large.parquet']));
    expect((await stat(result[0] ?? '')).size).toBe(sizeBytes);
    expect(requests.filter((method) => method === 'GET')).toHaveLength(25);
  });

  test('sends a checksum with everything that it stores', async () => {
    const { store, watch } = await openWatched();
    const made = path.join(await store.scratchFolder(), 'large.parquet');
    await writeFile(made, randomBytes(10 * MIB));
    const { exchanges } = await watch(async () => {
      await store.write('a', Buffer.from('x'));
      await store.write('b', Buffer.from('x'), { onlyIfAbsent: true });
      await store.writeFile('large.parquet', made);
    });
    const puts = exchanges.filter(({ method }) => method === 'PUT');
    expect(puts.length).toBeGreaterThanOrEqual(4);
    for (const { headers } of puts) expect(headers['x-amz-checksum-crc32']).toMatch(/^[A-Za-z0-9+/]{6}==$/);
  });

  test('asks for encryption with the given key', async () => {
    const proxy = await startFaultProxy(bucket.endpoint);
    onTestFinished(() => proxy.stop());
    const kmsKeyId = 'arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000000';
    const store = await bucket.openStore({ endpoint: proxy.endpoint, kmsKeyId });
    proxy.setRule(() => ({ kind: 'answer', status: 400, code: 'KMS.NotFoundException' }));
    const made = path.join(await store.scratchFolder(), 'large.parquet');
    await writeFile(made, randomBytes(10 * MIB));
    const refused = { name: 'InputError', remedy: expect.stringContaining('KMS key') };
    await expect(store.write('a', Buffer.from('x'))).rejects.toMatchObject(refused);
    await expect(store.writeFile('large.parquet', made)).rejects.toMatchObject(refused);
    expect(proxy.exchanges.map(({ method }) => method)).toEqual(['PUT', 'POST']);
    for (const { headers } of proxy.exchanges) {
      expect(headers).toMatchObject({
        'x-amz-server-side-encryption': 'aws:kms',
        'x-amz-server-side-encryption-aws-kms-key-id': kmsKeyId,
        'x-amz-server-side-encryption-bucket-key-enabled': 'true',
      });
    }
  });

  test.skipIf(name === 'versitygw')('stores what is encrypted with the given key', async () => {
    const prefix = `encrypted/${randomBytes(8).toString('hex')}`;
    const store = await bucket.openStore({ prefix, kmsKeyId: 'alias/headroom' });
    const made = path.join(await store.scratchFolder(), 'large.parquet');
    await writeFile(made, randomBytes(10 * MIB));
    await store.write('small', Buffer.from('x'));
    await store.write('once', Buffer.from('x'), { onlyIfAbsent: true });
    await store.writeFile('large', made);
    for (const key of ['small', 'once', 'large']) {
      const head = await bucket.client.send(
        new HeadObjectCommand({ Bucket: bucket.bucket, Key: `${prefix}/${key}` }),
      );
      expect(head).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'alias/headroom' });
    }
  });
});
