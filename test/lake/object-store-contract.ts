import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ObjectNotFoundError, type ObjectStore } from '../../analytics/lake/object-store.ts';
import { collect, listKeys } from '../support/lake-samples.ts';

/**
 * What every object store must do. `openStore` opens an empty one that is removed with the test.
 */
export function testObjectStore(kind: string, openStore: () => Promise<ObjectStore>): void {
  describe(`${kind} as an object store`, () => {
    test('reads what was written, and the last of two writes', async () => {
      const store = await openStore();
      const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
      expect(await store.write('a/b.bin', bytes)).toBe(true);
      expect(Buffer.compare(await store.read('a/b.bin'), bytes)).toBe(0);
      expect(await store.write('a/b.bin', Buffer.from('short'))).toBe(true);
      expect(Buffer.from(await store.read('a/b.bin')).toString()).toBe('short');
      await store.write('empty', new Uint8Array());
      expect(await store.read('empty')).toHaveLength(0);
    });

    test('says which object is not there', async () => {
      const store = await openStore();
      await store.write('a/b', Buffer.from('x'));
      for (const key of ['a/c', 'a', 'a/b/c', 'z']) {
        await expect(store.read(key)).rejects.toThrow(ObjectNotFoundError);
        await expect(store.read(key)).rejects.toMatchObject({ key });
      }
      await expect(store.localPaths(['a/b', 'a/c'])).rejects.toMatchObject({
        name: 'ObjectNotFoundError',
        key: 'a/c',
      });
    });

    test('creates a key only once when asked to', async () => {
      const store = await openStore();
      expect(await store.write('log/1', Buffer.from('first'), { onlyIfAbsent: true })).toBe(true);
      expect(await store.write('log/1', Buffer.from('second'), { onlyIfAbsent: true })).toBe(false);
      expect(Buffer.from(await store.read('log/1')).toString()).toBe('first');
      await store.remove('log/1');
      expect(await store.write('log/1', Buffer.from('third'), { onlyIfAbsent: true })).toBe(true);
    });

    test('lets one of many concurrent creators win, whose bytes stay', async () => {
      const store = await openStore();
      const writers = Array.from({ length: 20 }, (_, index) => Buffer.from(`writer ${index}`));
      const wins = await Promise.all(
        writers.map((bytes) => store.write('log/1', bytes, { onlyIfAbsent: true })),
      );
      expect(wins.filter(Boolean)).toHaveLength(1);
      expect(Buffer.from(await store.read('log/1')).toString()).toBe(`writer ${wins.indexOf(true)}`);
    });

    test('takes over a finished local file', async () => {
      const store = await openStore();
      const localPath = path.join(await store.scratchFolder(), 'made.parquet');
      for (const content of ['one', 'another']) {
        await writeFile(localPath, content);
        await store.writeFile('tables/t/made.parquet', localPath);
        expect(Buffer.from(await store.read('tables/t/made.parquet')).toString()).toBe(content);
        await expect(stat(localPath)).rejects.toThrow('ENOENT');
      }
    });

    test('gives local paths with the content, in the order of the keys', async () => {
      const store = await openStore();
      const keys = ['b/x=1%2F2/f', 'a', 'b/y'];
      for (const key of keys) await store.write(key, Buffer.from(`content of ${key}`));
      const paths = await store.localPaths(keys);
      const contents = await Promise.all(paths.map((localPath) => readFile(localPath, 'utf8')));
      expect(contents).toEqual(keys.map((key) => `content of ${key}`));
    });

    test('removes, and does not mind an absent key', async () => {
      const store = await openStore();
      await store.write('a/b', Buffer.from('x'));
      await store.remove('a/b');
      await store.remove('a/b');
      await store.remove('never/was');
      expect(await listKeys(store)).toEqual([]);
    });

    test('describes what it lists and hides what is in the making', async () => {
      const store = await openStore();
      await writeFile(path.join(await store.scratchFolder(), 'half'), 'x');
      await store.write('a/b', Buffer.from('12345'));
      const [first] = await collect(store.list(''));
      expect(first).toMatchObject({ key: 'a/b', sizeBytes: 5 });
      expect(Math.abs(Date.now() - (first?.modifiedAt.getTime() ?? 0))).toBeLessThan(60_000);
      await store.write('a/b', Buffer.from('54321'));
      const [second] = await collect(store.list(''));
      expect(second?.etag).not.toBe(first?.etag);
    });

    test('lists any prefix in the order of the bytes, after any key', async () => {
      const part = fc.constantFrom(
        'a',
        'b',
        'ab',
        'a.b',
        'a-b',
        'a0',
        'A',
        'x=1',
        'x=%2F',
        'é',
        '\uffee',
        '😀',
      );
      const key = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => `k/${parts.join('/')}/f`);
      const keys = fc.uniqueArray(key, { minLength: 1, maxLength: 8 });
      const cut = (text: string, length: number) => [...text].slice(0, length).join('');
      await fc.assert(
        fc.asyncProperty(
          keys,
          fc.nat(12),
          fc.nat(12),
          fc.nat(7),
          async (all, prefixLength, startLength, pick) => {
            const store = await openStore();
            for (const each of all) await store.write(each, Buffer.from('x'));
            const chosen = all[pick % all.length] ?? '';
            const prefix = cut(chosen, prefixLength);
            const startAfter = cut(chosen, startLength);
            const expected = all
              .filter((each) => each.startsWith(prefix) && compareBytes(each, startAfter) > 0)
              .sort(compareBytes);
            expect(await listKeys(store, prefix, startAfter)).toEqual(expected);
          },
        ),
        { numRuns: 40 },
      );
    });

    test('refuses keys that could leave the store', async () => {
      const store = await openStore();
      const bad = [
        '',
        '/etc/passwd',
        '../x',
        'a/../b',
        'a/..',
        './a',
        'a//b',
        'a/',
        'a\\b',
        'a\u0000b',
        'a\nb',
      ];
      for (const key of bad) {
        const attempts: (() => Promise<unknown>)[] = [
          () => store.write(key, Buffer.from('x')),
          () => store.read(key),
          () => store.remove(key),
          () => store.localPaths([key]),
          () => store.writeFile(key, 'unused'),
        ];
        for (const attempt of attempts) {
          await expect(Promise.resolve().then(attempt)).rejects.toMatchObject({ name: 'InputError' });
        }
      }
      await expect(listKeys(store, '../')).rejects.toMatchObject({ name: 'InputError' });
      await expect(listKeys(store, '/')).rejects.toMatchObject({ name: 'InputError' });
      await store.write('a..b/..c', Buffer.from('fine'));
      expect(await listKeys(store, 'a..')).toEqual(['a..b/..c']);
    });
  });
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
