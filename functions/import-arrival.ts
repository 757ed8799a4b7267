import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ImportReport, importPath } from '../analytics/jobs/import.ts';
import { ObjectNotFoundError, type ObjectStore } from '../analytics/lake/object-store.ts';
import { openStore, type S3Settings } from '../analytics/lake/open-store.ts';
import type { Arrival } from './arrivals.ts';
import { fetchDelivery } from './fetch-delivery.ts';
import { useEngine } from './use-engine.ts';
import type { Run } from './worker.ts';

/**
 * Imports the delivery of a manifest. Undefined where the file is no manifest, or its files are gone: the manifest of
 * the delivery that replaced them comes with its own message.
 */
export async function importArrival(
  { bucket, key }: Arrival,
  run: Run,
  into: { store: ObjectStore; s3: S3Settings; quarantineLimitRatio: number; memoryLimitGib?: number },
): Promise<ImportReport | undefined> {
  const { store, s3, quarantineLimitRatio, memoryLimitGib } = into;
  // What an export holds is read once: its copies go with the import.
  const cacheFolder = await mkdtemp(path.join(tmpdir(), 'exports-'));
  let folder: string | undefined;
  try {
    folder = await fetchDelivery(await openStore(`s3://${bucket}`, { ...s3, cacheFolder }), key);
    if (folder === undefined) return undefined;
    const delivery = folder;
    const report = await useEngine(memoryLimitGib, (engine) =>
      importPath({ store, path: delivery, quarantineLimitRatio, engine, onProgress: run.checkTime }),
    );
    run.logger.info('imported', { key, deliveries: report.deliveries, warnings: report.warnings });
    return report;
  } catch (error) {
    if (!(error instanceof ObjectNotFoundError) || folder !== undefined) throw error;
    run.logger.info('the delivery is gone', { key });
    return undefined;
  } finally {
    for (const each of [cacheFolder, folder]) if (each) await rm(each, { recursive: true, force: true });
  }
}
