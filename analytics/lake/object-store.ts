import { InputError } from '../errors.ts';

/** One stored object. `etag` changes whenever the content does. */
export type ObjectInfo = { key: string; sizeBytes: number; modifiedAt: Date; etag: string };

/**
 * What the lake asks of its storage: a flat space of keys that are read and written whole. A key is a relative path
 * with `/` between its parts. An object is either absent or complete, never half-written, whatever dies when.
 */
export type ObjectStore = {
  /** A name for messages, such as the folder's path or `s3://bucket/prefix`. */
  name: string;
  /** The whole object. Throws ObjectNotFoundError. */
  read(key: string): Promise<Uint8Array>;
  /**
   * Durable when it resolves. With `onlyIfAbsent` it resolves to false, and changes nothing, when the key exists;
   * among writers that race for an absent key exactly one wins.
   */
  write(key: string, bytes: Uint8Array, options?: { onlyIfAbsent?: boolean }): Promise<boolean>;
  /** Hands a finished local file over to the store, which replaces the key with it; the local file is gone after. */
  writeFile(key: string, localPath: string): Promise<void>;
  /** Objects whose key begins with `prefix` and comes after `startAfter`, in ascending order of the key's UTF-8 bytes. */
  list(prefix: string, options?: { startAfter?: string }): AsyncIterable<ObjectInfo>;
  /** An absent key is fine. */
  remove(key: string): Promise<void>;
  /** Local paths that DuckDB can read, in the order of the keys. Throws ObjectNotFoundError. Do not write to them. */
  localPaths(keys: readonly string[]): Promise<string[]>;
  /** A local folder for files in the making; what a dead process left there is removed after a day. */
  scratchFolder(): Promise<string>;
};

/** The key does not exist. */
export class ObjectNotFoundError extends Error {
  override readonly name = 'ObjectNotFoundError';
  readonly key: string;

  constructor(storeName: string, key: string) {
    super(`${storeName} holds no object ${key}`);
    this.key = key;
  }
}

/** Throws InputError for a key that could leave the store or mean different things on different stores. */
export function checkKey(key: string): void {
  if (key.endsWith('/')) throw badKey(key, 'it ends with a slash');
  checkParts(key, key.split('/'));
}

/** As checkKey, for the prefix of a listing: its last part may be cut short or empty. */
export function checkPrefix(prefix: string): void {
  checkParts(prefix, prefix.split('/').slice(0, -1));
}

function checkParts(key: string, parts: readonly string[]): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  if (/[\u0000-\u001f\u007f\\]/.test(key)) throw badKey(key, 'it has a control character or a backslash');
  for (const part of parts) {
    if (part === '') throw badKey(key, 'it has an empty part');
    if (part === '.' || part === '..') throw badKey(key, `it has the part "${part}"`);
  }
}

function badKey(key: string, reason: string): InputError {
  return new InputError(`${JSON.stringify(key)} is not a valid object key: ${reason}`, {
    where: key,
    remedy: 'Use a relative path without empty, "." or ".." parts, control characters and backslashes.',
  });
}
