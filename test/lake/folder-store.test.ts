import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { InputError, SourceError } from '../../analytics/errors.ts';
import { explainFileError, makeFolders } from '../../analytics/lake/folder-files.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import { makeTestFolder } from '../support/lake-folder.ts';
import { listKeys } from '../support/lake-samples.ts';
import { testObjectStore } from './object-store-contract.ts';

testObjectStore('a folder', async () => openFolderStore(await makeTestFolder()));

describe('openFolderStore', () => {
  test('makes the folder, and finds what is in it again', async () => {
    const folder = path.join(await makeTestFolder(), 'not', 'there [yet]*');
    const store = await openFolderStore(folder);
    await store.write('a/b', Buffer.from('x'));
    expect(await listKeys(await openFolderStore(folder))).toEqual(['a/b']);
    expect(await readFile(path.join(folder, 'a', 'b'), 'utf8')).toBe('x');
    expect(await store.localPaths(['a/b'])).toEqual([path.join(folder, 'a', 'b')]);
  });

  test('opening and reading make nothing: the folder may be read-only', async () => {
    const folder = await makeTestFolder();
    await writeFile(path.join(folder, 'a'), 'x');
    await chmod(folder, 0o555);
    onTestFinished(() => chmod(folder, 0o755));
    const store = await openFolderStore(folder);
    expect(Buffer.from(await store.read('a')).toString()).toBe('x');
    expect(await listKeys(store)).toEqual(['a']);
    expect(await store.localPaths(['a'])).toEqual([path.join(folder, 'a')]);
    expect(await readdir(folder)).toEqual(['a']);
    // The superuser may write everywhere.
    if (process.getuid?.() !== 0)
      await expect(store.write('b', Buffer.from('x'))).rejects.toThrow(InputError);
  });

  test('leaves nothing in the scratch folder', async () => {
    const store = await openFolderStore(await makeTestFolder());
    await store.write('a', Buffer.from('x'));
    await store.write('a', Buffer.from('y'));
    await store.write('a', Buffer.from('z'), { onlyIfAbsent: true });
    await Promise.all([1, 2, 3].map(() => store.write('b', Buffer.from('z'), { onlyIfAbsent: true })));
    await expect(store.write('a/b', Buffer.from('z'))).rejects.toThrow(InputError);
    await store.write('c/d', Buffer.from('z'));
    await expect(store.write('c', Buffer.from('z'))).rejects.toThrow(InputError);
    expect(await readdir(await store.scratchFolder())).toEqual([]);
  });

  test('removes scratch files after a day, not before', async () => {
    const folder = await makeTestFolder();
    const scratch = await (await openFolderStore(folder)).scratchFolder();
    const ageHours = async (name: string, hours: number) => {
      const seconds = Date.now() / 1000 - hours * 3600;
      await utimes(path.join(scratch, name), seconds, seconds);
    };
    await writeFile(path.join(scratch, 'old'), 'x');
    await mkdir(path.join(scratch, 'old-folder'));
    await writeFile(path.join(scratch, 'old-folder', 'x'), 'x');
    await writeFile(path.join(scratch, 'recent'), 'x');
    await ageHours('old', 25);
    await ageHours('old-folder', 25);
    await ageHours('recent', 23);
    await (await openFolderStore(folder)).scratchFolder();
    expect(await readdir(scratch)).toEqual(['recent']);
  });

  test('keeps the scratch folder out of reach of keys', async () => {
    const store = await openFolderStore(await makeTestFolder());
    await writeFile(path.join(await store.scratchFolder(), 'half'), 'x');
    await expect(store.read('.scratch/half')).rejects.toThrow(InputError);
    expect(await listKeys(store, '.scratch/')).toEqual([]);
  });

  test('says what to do when a file is in the way', async () => {
    const folder = await makeTestFolder();
    await writeFile(path.join(folder, 'file'), 'x');
    await expect(openFolderStore(path.join(folder, 'file'))).rejects.toMatchObject({
      name: 'InputError',
      where: path.join(folder, 'file'),
      remedy: expect.stringContaining('A file is where a folder must be'),
    });
    expect((await stat(path.join(folder, 'file'))).size).toBe(1);
  });
});

test('making folders ends where the system has none to make', async () => {
  const folder = await makeTestFolder();
  expect(await makeFolders(path.join(folder, 'a', 'b', 'c'))).toBe(path.join(folder, 'a'));
  expect(await makeFolders(path.join(folder, 'a', 'b'))).toBe(undefined);
  if (existsSync('/proc')) await expect(makeFolders('/proc/headroom/config')).rejects.toThrow('ENOENT');
});

describe('explainFileError', () => {
  const failure = (code: string) => Object.assign(new Error(`${code}: it failed`), { code });

  test.each([
    ['ENOSPC', /disk is full/],
    ['EDQUOT', /quota/],
    ['EACCES', /permission/],
    ['EROFS', /read-only/],
    ['EPERM', /hard links/],
    ['ENAMETOOLONG', /shorter names/],
  ])('%s is for the person to mend', (code, remedy) => {
    const error = explainFileError(failure(code), 'some/file');
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({ where: 'some/file', remedy: expect.stringMatching(remedy) });
    expect(error.message).toContain(code);
  });

  test.each([
    ['EMFILE', true],
    ['EIO', false],
  ])('%s is a failure of the store', (code, isRetryable) => {
    const error = explainFileError(failure(code), 'some/file');
    expect(error).toBeInstanceOf(SourceError);
    expect(error).toMatchObject({ isRetryable, cause: { code } });
  });
});
