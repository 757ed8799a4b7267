import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  defaultConfiguration,
  type LoadedConfiguration,
  loadConfiguration,
} from '../analytics/configuration/load-configuration.ts';
import { isS3Location, openStore, type S3Settings } from '../analytics/lake/open-store.ts';

/**
 * The configuration at a location, read anew each time: people change it without deploying. Without a location, or with
 * nothing there, it is that of someone who has written none. Throws InputError with file, line and remedy.
 */
export async function fetchConfiguration(
  location: string | undefined,
  s3: S3Settings,
): Promise<LoadedConfiguration> {
  if (location === undefined) return defaultConfiguration();
  if (!isS3Location(location)) return loadConfiguration(location);
  const store = await openStore(location, s3);
  const folder = await mkdtemp(path.join(tmpdir(), 'configuration-'));
  try {
    let count = 0;
    for await (const { key } of store.list('')) {
      if (key.includes('/')) continue;
      await writeFile(path.join(folder, key), await store.read(key));
      count += 1;
    }
    return count === 0 ? defaultConfiguration() : await loadConfiguration(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
