import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { DeleteObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { InputError, SourceError } from '../errors.ts';
import { SCRATCH_FOLDER } from './keys.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { isAbsentObject, isConditionFailure, statusOf } from './s3-errors.ts';

/** Metadata that says which write made an object. */
const WRITE_ID = 'headroom-write';
const CONFLICT_ATTEMPTS = 10;
const CONFLICT_BACKOFF_FIRST_MS = 50;
const CONFLICT_BACKOFF_LIMIT_MS = 2000;
const PART_BYTES = 8 * 2 ** 20;
/** S3 takes at most 10,000. */
const MAX_PARTS = 10_000;
const PARTS_AT_ONCE = 4;

/** Stores bytes under a key, whatever is there. */
export async function putObject(bucket: S3Bucket, key: string, bytes: Uint8Array): Promise<void> {
  await bucket.client.send(
    new PutObjectCommand({ ...bucket.locate(key), ...bucket.encryption, Body: bytes }),
  );
}

/**
 * Stores bytes under a key unless the key exists; false when it does. A request that was retried after its answer got
 * lost finds its own object in the way: the write's id in the metadata tells it from a rival's.
 */
export async function putObjectIfAbsent(bucket: S3Bucket, key: string, bytes: Uint8Array): Promise<boolean> {
  const writeId = randomUUID();
  const request = { ...bucket.locate(key), ...bucket.encryption, Metadata: { [WRITE_ID]: writeId } };
  for (let attempt = 0; ; attempt += 1) {
    try {
      await bucket.client.send(new PutObjectCommand({ ...request, Body: bytes, IfNoneMatch: '*' }));
      return true;
    } catch (error) {
      if (isConditionFailure(error)) return isMadeBy(bucket, key, writeId);
      // Another write or removal of the key was under way: S3 asks for the request again.
      const isConflict = statusOf(error) === 409 || isAbsentObject(error);
      if (!isConflict || attempt + 1 === CONFLICT_ATTEMPTS) throw error;
    }
    await setTimeout(
      Math.random() * Math.min(CONFLICT_BACKOFF_LIMIT_MS, CONFLICT_BACKOFF_FIRST_MS * 2 ** attempt),
    );
  }
}

/**
 * Stores a local file under a key, in parallel parts when it is large; memory stays below a few parts. A failed upload
 * is aborted. Returns the new object's ETag.
 */
export async function uploadFile(
  bucket: S3Bucket,
  key: string,
  localPath: string,
): Promise<{ etag: string | undefined; sizeBytes: number }> {
  const { size: sizeBytes } = await stat(localPath).catch((cause) => {
    throw new InputError(`${localPath}: ${cause.message}`, { where: localPath, cause });
  });
  const writeId = randomUUID();
  const body = createReadStream(localPath);
  const upload = new Upload({
    client: bucket.client,
    params: {
      ...bucket.locate(key),
      ...bucket.encryption,
      Body: body,
      Metadata: { [WRITE_ID]: writeId },
    },
    partSize: Math.max(PART_BYTES, Math.ceil(sizeBytes / MAX_PARTS)),
    queueSize: PARTS_AT_ONCE,
  });
  try {
    const { ETag } = await upload.done();
    return { etag: ETag, sizeBytes };
  } catch (error) {
    // The upload was completed by a request whose answer got lost.
    const isCompleted = statusOf(error) === 404 && (await isMadeBy(bucket, key, writeId));
    if (isCompleted) return { etag: undefined, sizeBytes };
    throw error;
  } finally {
    body.destroy();
  }
}

/**
 * Throws InputError when the server ignores the condition of a conditional write, with which rival commits would
 * overwrite each other without a word.
 */
export async function checkConditionalWrites(bucket: S3Bucket): Promise<void> {
  const key = `${SCRATCH_FOLDER}/${randomUUID()}`;
  const request = { ...bucket.locate(key), IfNoneMatch: '*' };
  try {
    await bucket.client.send(new PutObjectCommand({ ...request, Body: '1' }));
    await bucket.client.send(new PutObjectCommand({ ...request, Body: '2' }));
  } catch (error) {
    if (isConditionFailure(error)) return;
    if (statusOf(error) !== 501) throw error;
  } finally {
    await bucket.client.send(new DeleteObjectCommand(bucket.locate(key)));
  }
  throw new InputError(`${bucket.name}: this server has no conditional writes (If-None-Match: *)`, {
    where: bucket.name,
    remedy: 'Use a server that has them, or a folder; without them concurrent commits are lost.',
  });
}

async function isMadeBy(bucket: S3Bucket, key: string, writeId: string): Promise<boolean> {
  try {
    const { Metadata } = await bucket.client.send(new HeadObjectCommand(bucket.locate(key)));
    return Metadata?.[WRITE_ID] === writeId;
  } catch (error) {
    if (isAbsentObject(error)) return false;
    throw new SourceError(`${bucket.name}/${key}: it is unknown whether the write succeeded`, {
      isRetryable: true,
      cause: error,
    });
  }
}
