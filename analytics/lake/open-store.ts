import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { InputError } from '../errors.ts';
import { openFolderStore } from './folder-store.ts';
import type { ObjectStore } from './object-store.ts';
import { isS3Location, parseS3Location } from './s3-location.ts';
import type { S3StoreOptions } from './s3-store.ts';

export { isS3Location };

/** How any bucket is reached. */
export type S3Settings = Omit<S3StoreOptions, 'bucket' | 'prefix'>;

/**
 * Opens the store at a location: the path of a folder, or `s3://bucket/prefix`, for which the settings are. Throws
 * InputError, with a remedy, when it cannot be used.
 */
export async function openStore(location: string, settings: S3Settings): Promise<ObjectStore> {
  if (isS3Location(location)) {
    const named = parseS3Location(location);
    // A folder's users do not wait for the AWS SDK.
    const { openS3Store } = await import('./s3-store.ts');
    return openS3Store({ ...settings, ...named });
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(location)) {
    throw new InputError(`${location} is neither a folder nor an S3 location`, {
      where: location,
      remedy: 'Give the path of a folder, or s3://BUCKET/PREFIX.',
    });
  }
  return openFolderStore(location);
}

/**
 * The settings in environment variables: HEADROOM_CACHE_DIR, HEADROOM_CACHE_GIB, HEADROOM_KMS_KEY_ID,
 * AWS_ENDPOINT_URL_S3 and AWS_ENDPOINT_URL. Credentials and region the AWS SDK finds by itself. Throws InputError.
 */
export function readS3Settings(variables: NodeJS.ProcessEnv): S3Settings {
  const { HEADROOM_CACHE_DIR, HEADROOM_CACHE_GIB, HEADROOM_KMS_KEY_ID } = variables;
  const endpoint = variables.AWS_ENDPOINT_URL_S3 || variables.AWS_ENDPOINT_URL;
  return {
    cacheFolder: HEADROOM_CACHE_DIR || findCacheFolder(variables),
    ...(HEADROOM_CACHE_GIB ? { cacheLimitGib: parseGib(HEADROOM_CACHE_GIB) } : {}),
    ...(HEADROOM_KMS_KEY_ID ? { kmsKeyId: HEADROOM_KMS_KEY_ID } : {}),
    ...(endpoint ? { endpoint } : {}),
  };
}

function parseGib(text: string): number {
  const gib = Number(text);
  if (gib > 0) return gib;
  throw new InputError(`HEADROOM_CACHE_GIB is ${JSON.stringify(text)}`, {
    where: 'HEADROOM_CACHE_GIB',
    remedy: 'Set it to a number of GiB above 0.',
  });
}

/** Where a person's caches are; in Lambda, which has no home, the one folder that can be written. */
function findCacheFolder({ XDG_CACHE_HOME, AWS_LAMBDA_FUNCTION_NAME }: NodeJS.ProcessEnv): string {
  if (AWS_LAMBDA_FUNCTION_NAME) return path.join(tmpdir(), 'headroom');
  return path.join(XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'headroom');
}
