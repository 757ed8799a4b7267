import { InputError } from '../errors.ts';
import { checkKey } from './object-store.ts';

/** Where a store lies; `prefix` has no slash at its ends and may be empty. */
export type S3Location = { bucket: string; prefix: string };

const SCHEME = /^s3:\/\//i;
/** Names of buckets and access point aliases. */
const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const DIRECTORY_BUCKET_SUFFIX = '--x-s3';

/** True for `s3://...`, false for a folder's path. */
export function isS3Location(location: string): boolean {
  return SCHEME.test(location);
}

/** Reads `s3://bucket/prefix`. Throws InputError. */
export function parseS3Location(location: string): S3Location {
  const [bucket = '', ...parts] = location.replace(SCHEME, '').split('/');
  return checkS3Location({ bucket, prefix: parts.join('/') }, location);
}

/** The location with its prefix trimmed of slashes. Throws InputError for names that cannot be or would not work. */
export function checkS3Location({ bucket, prefix }: S3Location, where = `s3://${bucket}`): S3Location {
  if (!BUCKET_NAME.test(bucket)) {
    throw new InputError(`${JSON.stringify(bucket)} is not the name of a bucket`, {
      where,
      remedy: 'Write s3://BUCKET or s3://BUCKET/PREFIX; for an access point use its alias.',
    });
  }
  if (bucket.endsWith(DIRECTORY_BUCKET_SUFFIX)) {
    throw new InputError(`${bucket} is a directory bucket, which lists keys in no order`, {
      where,
      remedy: 'Use a general purpose bucket.',
    });
  }
  const trimmed = prefix.replace(/^\/+|\/+$/g, '');
  if (trimmed !== '') checkKey(trimmed);
  return { bucket, prefix: trimmed };
}
