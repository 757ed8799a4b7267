import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openFileCache } from '../../analytics/lake/s3-cache.ts';
import { makeTestFolder } from '../support/lake-folder.ts';

const HOUR_MS = 60 * 60 * 1000;

async function openCache(limitBytes = 1000, folder?: string) {
  const clock = { nowMs: Date.now() };
  const home = folder ?? (await makeTestFolder());
  const cache = await openFileCache(home, { limitBytes, now: () => clock.nowMs });
  const entry = (name: string, sizeBytes = 100) => ({ id: name, key: `t/${name}.parquet`, sizeBytes });
  const add = async (name: string, sizeBytes = 100) => {
    const made = path.join(cache.scratchFolder, name);
    await writeFile(made, Buffer.alloc(sizeBytes, name));
    return cache.admit(entry(name, sizeBytes), made);
  };
  const names = async (all: string[]) => {
    const found = await Promise.all(all.map((name) => cache.find(entry(name))));
    return all.filter((_, index) => found[index] !== undefined);
  };
  return { cache, clock, home, entry, add, names };
}

describe('openFileCache', () => {
  test('finds what was admitted, by identity and size', async () => {
    const { cache, entry, add } = await openCache();
    expect(await cache.find(entry('a'))).toBeUndefined();
    const admitted = await add('a');
    expect(await cache.find(entry('a'))).toBe(admitted);
    expect(await readFile(admitted, 'utf8')).toBe('a'.repeat(100));
    expect(admitted).toMatch(/\.parquet$/);
    expect(await cache.find(entry('a', 99))).toBeUndefined();
    expect(await cache.find({ ...entry('a'), id: 'a2' })).toBeUndefined();
    expect(await readdir(cache.scratchFolder)).toEqual([]);
  });

  test('is found again by another process, also in a race', async () => {
    const { home, add, entry } = await openCache();
    const other = await openCache(1000, home);
    const [first, second] = await Promise.all([add('a'), other.add('b')]);
    expect(await other.cache.find(entry('a'))).toBe(first);
    expect(await other.cache.find(entry('b'))).toBe(second);
    expect(await add('b')).toBe(second);
  });

  test('removes what was used longest ago, no more than it must', async () => {
    const { cache, clock, add, names, entry } = await openCache(1000);
    for (const name of ['a', 'b', 'c', 'd']) {
      await add(name);
      clock.nowMs += HOUR_MS;
    }
    expect(await cache.find(entry('a'))).toBeDefined();
    clock.nowMs += 10 * HOUR_MS;
    await cache.makeRoom(600);
    expect(await names(['a', 'b', 'c', 'd'])).toEqual(['a', 'b', 'c', 'd']);
    const fresh = await openCache(1000);
    for (const name of ['a', 'b', 'c', 'd']) {
      await fresh.add(name);
      fresh.clock.nowMs += HOUR_MS;
    }
    await fresh.cache.find(fresh.entry('a'));
    fresh.clock.nowMs += 10 * HOUR_MS;
    await fresh.cache.makeRoom(750);
    expect(await fresh.names(['a', 'b', 'c', 'd'])).toEqual(['a', 'd']);
  });

  test('keeps what was used lately, whatever the limit', async () => {
    const { cache, clock, add, names } = await openCache(150);
    await add('a');
    clock.nowMs += 3 * HOUR_MS;
    await add('b');
    await add('c');
    await cache.makeRoom(5000);
    expect(await names(['a', 'b', 'c'])).toEqual(['b', 'c']);
  });

  test('does not mind another process that removes at the same time', async () => {
    const { cache, clock, home, add, names } = await openCache(0);
    const other = await openCache(0, home);
    const all = Array.from({ length: 50 }, (_, index) => `f${index}`);
    for (const name of all) await add(name);
    clock.nowMs += 3 * HOUR_MS;
    other.clock.nowMs = clock.nowMs;
    await Promise.all([cache.makeRoom(0), other.cache.makeRoom(0)]);
    expect(await names(all)).toEqual([]);
  });

  test('notes a use, though not every one', async () => {
    const { cache, clock, add, entry } = await openCache();
    const admitted = await add('a');
    const usedAt = async () => (await stat(admitted)).mtimeMs;
    const before = await usedAt();
    clock.nowMs += 60 * 1000;
    await cache.find(entry('a'));
    expect(await usedAt()).toBe(before);
    clock.nowMs += HOUR_MS;
    await cache.find(entry('a'));
    expect(await usedAt()).toBeGreaterThan(before);
  });

  test('removes what a dead process left in the making', async () => {
    const { home, cache } = await openCache();
    const left = path.join(cache.scratchFolder, 'left');
    await writeFile(left, 'x');
    const seconds = (Date.now() - 25 * HOUR_MS) / 1000;
    await utimes(left, seconds, seconds);
    await openCache(1000, home);
    expect(await readdir(cache.scratchFolder)).toEqual([]);
  });

  test('says what to do when the folder cannot be used', async () => {
    const file = path.join(await makeTestFolder(), 'file');
    await writeFile(file, 'x');
    await expect(openFileCache(file, { limitBytes: 1 })).rejects.toMatchObject({
      name: 'InputError',
      where: file,
    });
  });
});
