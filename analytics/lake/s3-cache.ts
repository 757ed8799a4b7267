import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { explainFileError, removeStaleScratch } from './folder-files.ts';

const OBJECTS_FOLDER = 'objects';
const SCRATCH_FOLDER = 'scratch';
/** A file used this recently is never removed: a query of this or another process may be about to open it. */
const GRACE_MS = 2 * 60 * 60 * 1000;
/** A use is noted at most this often. */
const TOUCH_INTERVAL_MS = 10 * 60 * 1000;

/** What a cached file is the content of; `id` tells one object's content from any other's. */
export type CacheEntry = { id: string; key: string; sizeBytes: number };

/** Complete local copies of immutable content. Many processes may use one folder at once. */
export type FileCache = {
  /** A folder on the same file system, for files in the making. */
  scratchFolder: string;
  /** The path of an entry that is there; its use is noted. */
  find(entry: CacheEntry): Promise<string | undefined>;
  /** Moves a finished file to its place and returns its path. */
  admit(entry: CacheEntry, finishedPath: string): Promise<string>;
  /** Removes what was used longest ago until `bytes` more fit the limit; what was used lately stays, fit or not. */
  makeRoom(bytes: number): Promise<void>;
};

/** Opens the cache in a folder, made if absent. Throws InputError, with a remedy, when it cannot be used. */
export async function openFileCache(
  folder: string,
  { limitBytes, now = Date.now }: { limitBytes: number; now?: () => number },
): Promise<FileCache> {
  const objects = path.join(path.resolve(folder), OBJECTS_FOLDER);
  const scratchFolder = path.join(path.resolve(folder), SCRATCH_FOLDER);
  try {
    await mkdir(objects, { recursive: true });
    await mkdir(scratchFolder, { recursive: true });
    await removeStaleScratch(scratchFolder);
  } catch (error) {
    throw explainFileError(error, folder);
  }
  const pathOf = ({ id, key }: CacheEntry) => {
    const hash = createHash('sha256').update(id).digest('hex');
    return path.join(objects, hash.slice(0, 2), hash.slice(2) + path.extname(key));
  };

  return {
    scratchFolder,
    async find(entry) {
      const found = pathOf(entry);
      try {
        const info = await stat(found);
        if (info.size !== entry.sizeBytes) return undefined;
        if (now() - info.mtimeMs > TOUCH_INTERVAL_MS) await touch(found, now());
        return found;
      } catch (error) {
        return undefinedIfAbsent(error);
      }
    },
    async admit(entry, finishedPath) {
      const target = pathOf(entry);
      await mkdir(path.dirname(target), { recursive: true });
      await touch(finishedPath, now());
      await rename(finishedPath, target);
      return target;
    },
    async makeRoom(bytes) {
      const files = await listFiles(objects);
      let totalBytes = bytes + files.reduce((sum, file) => sum + file.sizeBytes, 0);
      const byAge = files.toSorted((a, b) => a.usedAtMs - b.usedAtMs);
      for (const { file, sizeBytes, usedAtMs } of byAge) {
        if (totalBytes <= limitBytes || now() - usedAtMs < GRACE_MS) return;
        await rm(file, { force: true });
        totalBytes -= sizeBytes;
      }
    },
  };
}

async function listFiles(folder: string): Promise<{ file: string; sizeBytes: number; usedAtMs: number }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const described = await Promise.all(
    files.map(async (entry) => {
      const file = path.join(entry.parentPath, entry.name);
      const info = await stat(file).catch(undefinedIfAbsent);
      return info && { file, sizeBytes: info.size, usedAtMs: info.mtimeMs };
    }),
  );
  return described.filter((file) => file !== undefined);
}

function touch(file: string, atMs: number): Promise<void> {
  return utimes(file, atMs / 1000, atMs / 1000);
}

function undefinedIfAbsent(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
