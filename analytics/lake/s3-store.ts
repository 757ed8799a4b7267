import { rm } from 'node:fs/promises';
import { DeleteObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { InputError, SourceError } from '../errors.ts';
import { SCRATCH_FOLDER } from './keys.ts';
import { checkKey, checkPrefix, type ObjectInfo, type ObjectStore } from './object-store.ts';
import { openS3Bucket, type S3Bucket, type S3BucketOptions } from './s3-bucket.ts';
import { openFileCache } from './s3-cache.ts';
import { openCopies } from './s3-copies.ts';
import { limitConcurrency, mapLimited } from './s3-limit.ts';
import { describeObject, readObject } from './s3-read.ts';
import { checkConditionalWrites, putObject, putObjectIfAbsent, uploadFile } from './s3-write.ts';

const CACHE_LIMIT_GIB = 20;
const GIB = 2 ** 30;
const REQUESTS_AT_ONCE = 16;

export type S3StoreOptions = S3BucketOptions & {
  /** Local folder for copies of objects and for files in the making; made if absent, shared between processes. */
  cacheFolder: string;
  /** What the copies may take, unless those in use take more. Default: 20. */
  cacheLimitGib?: number;
  /** Reads side by side; each holds up to 8 MiB. Default: 16. */
  requestsAtOnce?: number;
};

/**
 * An object store in an S3 bucket, or under a prefix of it. Many processes may use it at once. One listing is asked
 * for, so that a wrong bucket or missing permissions show now. Throws InputError, with a remedy, for what the person
 * can mend, SourceError for what S3 failed at.
 */
export async function openS3Store(options: S3StoreOptions): Promise<ObjectStore> {
  const bucket = openS3Bucket(options);
  const limitBytes = (options.cacheLimitGib ?? CACHE_LIMIT_GIB) * GIB;
  const cache = await openFileCache(options.cacheFolder, { limitBytes });
  const limit = limitConcurrency(options.requestsAtOnce ?? REQUESTS_AT_ONCE);
  const copies = openCopies(bucket, cache, limit);
  let conditionalWrites: Promise<void> | undefined;
  const assureConditionalWrites = () => {
    conditionalWrites ??= checkConditionalWrites(bucket).catch((error) => {
      conditionalWrites = undefined;
      throw error;
    });
    return conditionalWrites;
  };
  await bucket.explaining('', () =>
    bucket.client.send(new ListObjectsV2Command({ Bucket: bucket.bucket, Prefix: bucket.root, MaxKeys: 1 })),
  );

  return {
    name: bucket.name,
    async read(key) {
      checkStoreKey(key);
      return bucket.explaining(key, () => readObject(bucket, key));
    },
    async write(key, bytes, { onlyIfAbsent = false } = {}) {
      checkStoreKey(key);
      return bucket.explaining(key, async () => {
        if (onlyIfAbsent) {
          if (bucket.isForeign) await assureConditionalWrites();
          return putObjectIfAbsent(bucket, key, bytes);
        }
        await putObject(bucket, key, bytes);
        return true;
      });
    },
    async writeFile(key, localPath) {
      checkStoreKey(key);
      const { etag, sizeBytes } = await bucket.explaining(key, () => uploadFile(bucket, key, localPath));
      if (etag !== undefined) await copies.adopt({ key, etag, sizeBytes }, localPath);
      await rm(localPath, { force: true });
    },
    async *list(prefix, { startAfter = '' } = {}) {
      checkPrefix(prefix);
      let next: PageStart = startAfter === '' ? {} : { StartAfter: bucket.root + startAfter };
      let lastKey = '';
      do {
        const page = await bucket.explaining(prefix, () => listPage(bucket, prefix, next));
        for (const info of page.objects) {
          checkOrder(bucket, lastKey, info.key);
          lastKey = info.key;
          if (!info.key.startsWith(`${SCRATCH_FOLDER}/`) && !info.key.endsWith('/')) yield info;
        }
        next = { ContinuationToken: page.nextToken };
      } while (next.ContinuationToken !== undefined);
    },
    async remove(key) {
      checkStoreKey(key);
      await bucket.explaining(key, () => bucket.client.send(new DeleteObjectCommand(bucket.locate(key))));
    },
    async localPaths(keys) {
      for (const key of keys) checkStoreKey(key);
      const versions = await mapLimited(keys, limit, (key) =>
        bucket.explaining(key, () => describeObject(bucket, key)),
      );
      return copies.fetch(versions);
    },
    async scratchFolder() {
      return cache.scratchFolder;
    },
  };
}

type PageStart = { StartAfter?: string; ContinuationToken?: string | undefined };

async function listPage(
  bucket: S3Bucket,
  prefix: string,
  start: PageStart,
): Promise<{ objects: ObjectInfo[]; nextToken: string | undefined }> {
  const page = await bucket.client.send(
    new ListObjectsV2Command({ Bucket: bucket.bucket, Prefix: bucket.root + prefix, ...start }),
  );
  const contents = page.Contents ?? [];
  if (page.KeyCount !== contents.length || (page.IsTruncated && !page.NextContinuationToken)) {
    throw new SourceError(`${bucket.name}: a page of the listing is not whole`, { isRetryable: true });
  }
  const objects = contents.map(({ Key = '', Size = 0, LastModified = new Date(Number.NaN), ETag = '' }) => ({
    key: Key.slice(bucket.root.length),
    sizeBytes: Size,
    modifiedAt: LastModified,
    etag: ETag,
  }));
  return { objects, nextToken: page.IsTruncated ? page.NextContinuationToken : undefined };
}

/** A log that is read out of order would be read wrong. */
function checkOrder(bucket: S3Bucket, before: string, key: string): void {
  if (before === '' || Buffer.compare(Buffer.from(before), Buffer.from(key)) < 0) return;
  throw new SourceError(`${bucket.name}: the server lists ${key} after ${before}, not in the order of bytes`);
}

function checkStoreKey(key: string): void {
  checkKey(key);
  if (key.startsWith(`${SCRATCH_FOLDER}/`)) {
    throw new InputError(`${key} is in the scratch folder`, { where: key });
  }
}
