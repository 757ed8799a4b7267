import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../errors.ts';
import {
  ensureFolder,
  explainFileError,
  linkIfAbsent,
  makeFolders,
  moveFile,
  removeStaleScratch,
  syncPath,
  writeScratchFile,
} from './folder-files.ts';
import { SCRATCH_FOLDER } from './keys.ts';
import {
  checkKey,
  checkPrefix,
  type ObjectInfo,
  ObjectNotFoundError,
  type ObjectStore,
} from './object-store.ts';

const STATS_AT_ONCE = 100;

/**
 * An object store in a folder, made if absent. Many processes may use it at once: a file is written under `.scratch`,
 * flushed, and appears under its key by one link or rename, so a process killed at any time leaves scratch only.
 * Throws InputError, with a remedy, when the folder cannot be used.
 */
export async function openFolderStore(folder: string): Promise<ObjectStore> {
  const root = path.resolve(folder);
  const scratch = path.join(root, SCRATCH_FOLDER);
  const durableFolders = new Set<string>();
  const resolveKey = (key: string) => {
    checkKey(key);
    if (key.startsWith(`${SCRATCH_FOLDER}/`))
      throw new InputError(`${key} is in the scratch folder`, { where: key });
    return path.join(root, key);
  };
  const place = async (key: string, put: (target: string) => Promise<boolean>) => {
    const target = resolveKey(key);
    return explaining(target, async () => {
      await ensureFolder(root, path.dirname(target), durableFolders);
      const placed = await put(target);
      if (placed) await syncPath(path.dirname(target));
      return placed;
    });
  };
  const makeFolder = async (folder: string) => {
    const made = await makeFolders(folder);
    if (made !== undefined) await ensureFolder(path.dirname(made), folder, durableFolders);
  };
  let isTidy = false;
  /** Not before something is written: a lake that is read-only can be read. */
  const openScratch = async () => {
    await makeFolder(scratch);
    if (!isTidy) await removeStaleScratch(scratch);
    isTidy = true;
    return scratch;
  };
  await explaining(root, () => makeFolder(root));

  return {
    name: root,
    async read(key) {
      const file = resolveKey(key);
      return explaining(file, () => readFile(file).catch((error) => throwUnlessAbsent(error, root, key)));
    },
    write(key, bytes, options = {}) {
      return place(key, async (target) => {
        if (options.onlyIfAbsent && existsSync(target)) return false;
        const made = await writeScratchFile(await openScratch(), bytes);
        if (options.onlyIfAbsent) return linkIfAbsent(made, target);
        await moveFile(made, target, scratch).catch(async (error) => {
          await rm(made, { force: true });
          throw error;
        });
        return true;
      });
    },
    async writeFile(key, localPath) {
      await place(key, async (target) => {
        await moveFile(localPath, target, await openScratch());
        return true;
      });
    },
    async *list(prefix, options = {}) {
      checkPrefix(prefix);
      const folderKey = prefix.slice(0, prefix.lastIndexOf('/') + 1);
      try {
        yield* listFolder(root, folderKey, { prefix, startAfter: options.startAfter ?? '' });
      } catch (error) {
        throw explainFileError(error, path.join(root, prefix));
      }
    },
    async remove(key) {
      const file = resolveKey(key);
      await explaining(file, () => rm(file, { force: true }));
    },
    async localPaths(keys) {
      return keys.map((key) => {
        const file = resolveKey(key);
        if (!existsSync(file)) throw new ObjectNotFoundError(root, key);
        return file;
      });
    },
    scratchFolder: () => explaining(scratch, openScratch),
  };
}

type Range = { prefix: string; startAfter: string };

async function* listFolder(root: string, folderKey: string, range: Range): AsyncGenerator<ObjectInfo> {
  const keys = await readKeys(root, folderKey);
  const wanted = keys.filter((key) => isInRange(key, range));
  for (let start = 0; start < wanted.length; start += STATS_AT_ONCE) {
    const chunk = wanted.slice(start, start + STATS_AT_ONCE);
    const infos = await Promise.all(
      chunk.map((key) => (key.endsWith('/') ? undefined : describe(root, key))),
    );
    for (const [index, key] of chunk.entries()) {
      const info = infos[index];
      if (key.endsWith('/')) yield* listFolder(root, key, range);
      else if (info) yield info;
    }
  }
}

/** Keys of the files and, with a slash at the end, of the folders in a folder, ordered as their contents must be. */
async function readKeys(root: string, folderKey: string): Promise<string[]> {
  const entries = await readdir(path.join(root, folderKey), { withFileTypes: true }).catch((error) => {
    if (isAbsent(error)) return [];
    throw error;
  });
  return entries
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => folderKey + entry.name + (entry.isDirectory() ? '/' : ''))
    .sort(compareKeys);
}

function isInRange(key: string, { prefix, startAfter }: Range): boolean {
  if (key.startsWith(`${SCRATCH_FOLDER}/`)) return false;
  const isFolder = key.endsWith('/');
  if (!key.startsWith(prefix) && !(isFolder && prefix.startsWith(key))) return false;
  return compareKeys(key, startAfter) > 0 || (isFolder && startAfter.startsWith(key));
}

function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

async function describe(root: string, key: string): Promise<ObjectInfo | undefined> {
  try {
    const info = await stat(path.join(root, key), { bigint: true });
    const etag = `${info.ino.toString(36)}-${info.mtimeNs.toString(36)}-${info.size.toString(36)}`;
    return { key, sizeBytes: Number(info.size), modifiedAt: info.mtime, etag };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function throwUnlessAbsent(error: unknown, root: string, key: string): never {
  const isFolder = (error as NodeJS.ErrnoException).code === 'EISDIR';
  throw isAbsent(error) || isFolder ? new ObjectNotFoundError(root, key) : error;
}

async function explaining<T>(where: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof ObjectNotFoundError || error instanceof InputError) throw error;
    throw explainFileError(error, where);
  }
}
