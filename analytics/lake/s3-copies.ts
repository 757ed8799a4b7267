import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import { explainFileError, syncPath } from './folder-files.ts';
import type { S3Bucket } from './s3-bucket.ts';
import type { CacheEntry, FileCache } from './s3-cache.ts';
import { isConditionFailure } from './s3-errors.ts';
import { type Limit, limitConcurrency, mapLimited } from './s3-limit.ts';
import { describeObject, downloadObject, type ObjectVersion } from './s3-read.ts';

const CHANGE_ATTEMPTS = 5;
const FILES_AT_ONCE = 16;

/** Local copies of object versions. */
export type Copies = {
  /** Paths of copies, made as needed, in the order of the versions. */
  fetch(versions: readonly ObjectVersion[]): Promise<string[]>;
  /** Takes a file whose content was just stored as a copy, if that is possible. */
  adopt(version: ObjectVersion, localPath: string): Promise<void>;
};

/** Copies in a cache; `limit` bounds the requests. */
export function openCopies(bucket: S3Bucket, cache: FileCache, limit: Limit): Copies {
  const filesLimit = limitConcurrency(FILES_AT_ONCE);
  const underWay = new Map<string, Promise<string>>();
  const toEntry = ({ key, etag, sizeBytes }: ObjectVersion): CacheEntry => ({
    id: JSON.stringify([bucket.id, bucket.root + key, etag]),
    key,
    sizeBytes,
  });
  const download = async (version: ObjectVersion): Promise<string> => {
    const scratchPath = path.join(cache.scratchFolder, `${process.pid}-${randomUUID()}`);
    try {
      const file = await open(scratchPath, 'wx');
      try {
        await downloadObject(bucket, version, { file, limit });
        await file.datasync();
      } finally {
        await file.close();
      }
      return await cache.admit(toEntry(version), scratchPath);
    } finally {
      await rm(scratchPath, { force: true });
    }
  };
  /** Follows an object that is replaced while it is fetched. */
  const downloadNewest = async (version: ObjectVersion, attempt = 1): Promise<string> => {
    try {
      return await download(version);
    } catch (error) {
      if (!isConditionFailure(error) || attempt === CHANGE_ATTEMPTS) throw error;
      const newest = await describeObject(bucket, version.key);
      return (await cache.find(toEntry(newest))) ?? downloadNewest(newest, attempt + 1);
    }
  };
  const fetchOne = (version: ObjectVersion): Promise<string> => {
    const { id } = toEntry(version);
    const running = underWay.get(id);
    if (running) return running;
    const started = bucket
      .explaining(version.key, () => explainingFiles(cache, () => downloadNewest(version)))
      .finally(() => underWay.delete(id));
    underWay.set(id, started);
    return started;
  };

  return {
    async fetch(versions) {
      const found = await Promise.all(versions.map((version) => cache.find(toEntry(version))));
      const missing = versions.filter((_, index) => found[index] === undefined);
      if (missing.length === 0) return found as string[];
      await cache.makeRoom(missing.reduce((sum, each) => sum + each.sizeBytes, 0));
      const fetched = await mapLimited(missing, filesLimit, fetchOne);
      return found.map((localPath) => localPath ?? (fetched.shift() as string));
    },
    async adopt(version, localPath) {
      try {
        await cache.makeRoom(version.sizeBytes);
        await syncPath(localPath);
        await cache.admit(toEntry(version), localPath);
      } catch {
        // The object is stored; what cannot be kept (it lies on another file system, say) is fetched when it is needed.
      }
    },
  };
}

/** Tells failures of the local disk, which have a system call, from those of S3. */
async function explainingFiles<T>(cache: FileCache, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const { path: file, syscall } = error as NodeJS.ErrnoException;
    const isLocal = file !== undefined || syscall === 'write' || syscall === 'fdatasync';
    throw isLocal ? explainFileError(error, cache.scratchFolder) : error;
  }
}
