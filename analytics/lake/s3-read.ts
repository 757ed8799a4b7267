import type { FileHandle } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { GetObjectCommand, type GetObjectCommandOutput, HeadObjectCommand } from '@aws-sdk/client-s3';
import { SourceError } from '../errors.ts';
import { ObjectNotFoundError } from './object-store.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { isAbsentObject, statusOf } from './s3-errors.ts';
import { type Limit, mapLimited } from './s3-limit.ts';

/** Larger objects are fetched in ranges of this size, side by side. */
const RANGE_BYTES = 8 * 2 ** 20;
const BODY_ATTEMPTS = 6;
const BACKOFF_FIRST_MS = 100;
const BACKOFF_LIMIT_MS = 5000;

/** What identifies the content of an object. */
export type ObjectVersion = { key: string; etag: string; sizeBytes: number };

/** The whole object. Throws ObjectNotFoundError. */
export async function readObject(bucket: S3Bucket, key: string): Promise<Uint8Array> {
  return readBody(bucket, key, {});
}

/** The object's present version. Throws ObjectNotFoundError. */
export async function describeObject(bucket: S3Bucket, key: string): Promise<ObjectVersion> {
  const { ETag, ContentLength } = await explainAbsence(bucket, key, async () => {
    try {
      return await bucket.client.send(new HeadObjectCommand(bucket.locate(key)));
    } catch (error) {
      // The refusal of a HEAD request has no body that would say why; that of a GET request has.
      const status = statusOf(error);
      if (status === 400 || status === 403) await readBody(bucket, key, { Range: 'bytes=0-0' });
      throw error;
    }
  });
  if (ETag === undefined || ContentLength === undefined) {
    throw new SourceError(`${bucket.name}/${key}: the server tells no ETag or no length`);
  }
  return { key, etag: ETag, sizeBytes: ContentLength };
}

/**
 * Writes one version of an object into a file, in ranges side by side. Throws the 412 of S3 when the object has
 * another content by now, ObjectNotFoundError when it is gone.
 */
export async function downloadObject(
  bucket: S3Bucket,
  { key, etag, sizeBytes }: ObjectVersion,
  { file, limit }: { file: FileHandle; limit: Limit },
): Promise<void> {
  const starts = Array.from(
    { length: Math.ceil(sizeBytes / RANGE_BYTES) },
    (_, index) => index * RANGE_BYTES,
  );
  await mapLimited(starts, limit, async (start) => {
    const end = Math.min(start + RANGE_BYTES, sizeBytes);
    // A whole object comes with the checksum that it was stored with, which the SDK compares; a range does not.
    const range = starts.length === 1 ? {} : { Range: `bytes=${start}-${end - 1}` };
    const bytes = await readBody(bucket, key, { ...range, IfMatch: etag });
    if (bytes.length !== end - start) {
      throw new SourceError(`${bucket.name}/${key}: ${bytes.length} bytes instead of ${end - start}`);
    }
    await writeAt(file, bytes, start);
  });
}

/** The body of one answer; the SDK repeats requests that are not answered, this those whose body breaks off. */
async function readBody(
  bucket: S3Bucket,
  key: string,
  condition: { Range?: string; IfMatch?: string },
): Promise<Uint8Array> {
  for (let attempt = 0; ; attempt += 1) {
    const response = await explainAbsence(bucket, key, () =>
      bucket.client.send(new GetObjectCommand({ ...bucket.locate(key), ...condition })),
    );
    try {
      return await collectBody(response);
    } catch (cause) {
      if (attempt + 1 === BODY_ATTEMPTS) {
        throw new SourceError(
          `${bucket.name}/${key}: the content broke off ${BODY_ATTEMPTS} times: ${(cause as Error).message}`,
          { isRetryable: true, cause },
        );
      }
    }
    await setTimeout(Math.random() * Math.min(BACKOFF_LIMIT_MS, BACKOFF_FIRST_MS * 2 ** attempt));
  }
}

/** Throws when fewer or more bytes come than the answer's headers promise. */
async function collectBody({
  Body,
  ContentLength,
  ContentRange,
}: GetObjectCommandOutput): Promise<Uint8Array> {
  const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
  const [, first, last] = /^bytes (\d+)-(\d+)\//.exec(ContentRange ?? '') ?? [];
  const promised = first === undefined ? ContentLength : Number(last) - Number(first) + 1;
  if (promised !== undefined && bytes.length !== promised) {
    throw new Error(`${bytes.length} bytes came of ${promised}`);
  }
  return bytes;
}

async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

async function explainAbsence<T>(bucket: S3Bucket, key: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw isAbsentObject(error) ? new ObjectNotFoundError(bucket.name, key) : error;
  }
}
