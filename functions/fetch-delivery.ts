import { copyFile, link, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InputError } from '../analytics/errors.ts';
import type { ObjectStore } from '../analytics/lake/object-store.ts';
import { readManifest } from '../analytics/sources/data-export/manifest.ts';

/**
 * Copies a manifest and the files that it lists into a new local folder, each under its key. Undefined where the file is
 * no manifest. The caller removes the folder.
 *
 * @throws ObjectNotFoundError where a file is gone: a newer delivery has taken its place.
 */
export async function fetchDelivery(store: ObjectStore, manifestKey: string): Promise<string | undefined> {
  const folder = await mkdtemp(path.join(tmpdir(), 'delivery-'));
  try {
    await fetchManifest(store, manifestKey, folder);
    const manifest = await readManifest(folder, manifestKey);
    if (!manifest) {
      await rm(folder, { recursive: true });
      return undefined;
    }
    // They name a bucket or none; a manifest counts for files of its own bucket alone.
    const keys = manifest.files.map((file) => file.replace(/^[a-z0-9]+:\/\/[^/]+\//i, ''));
    const copies = await store.localPaths(keys);
    for (const [index, key] of keys.entries()) {
      await share(copies[index] as string, await placeFile(folder, key));
    }
    return folder;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** With the time that it was written at: a delivery without a date in its name is as old as its manifest. */
async function fetchManifest(store: ObjectStore, key: string, folder: string): Promise<void> {
  const target = await placeFile(folder, key);
  await writeFile(target, await store.read(key));
  for await (const object of store.list(key)) {
    if (object.key === key) await utimes(target, object.modifiedAt, object.modifiedAt);
    break;
  }
}

/** One content under two names, where the file system can. */
async function share(file: string, target: string): Promise<void> {
  await link(file, target).catch(() => copyFile(file, target));
}

async function placeFile(folder: string, key: string): Promise<string> {
  const target = path.join(folder, key);
  if (!target.startsWith(folder + path.sep))
    throw new InputError(`${key} is no key of an export`, { where: key });
  await mkdir(path.dirname(target), { recursive: true });
  return target;
}
