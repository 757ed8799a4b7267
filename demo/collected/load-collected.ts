import { randomUUID } from 'node:crypto';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openTable } from '../../analytics/lake/delta-table.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import type { TableSchema } from '../../analytics/lake/table-schema.ts';
import { COLLECTED_SCHEMAS, type CollectedManifest, MANIFEST_FILE } from './write-collected.ts';

const SCOPE = 'demo';

/**
 * Commits what `generateDemo` wrote beside the bill to the lake's tables `resources`, `utilization` and `quotas`. Once for
 * the same demo; another one replaces it.
 *
 * @param folder `exports/collected`
 * @returns rows committed
 */
export async function loadDemoCollected(store: ObjectStore, folder: string): Promise<number> {
  const manifest: CollectedManifest = JSON.parse(await readFile(join(folder, MANIFEST_FILE), 'utf8'));
  let rowCount = 0;
  for (const schema of COLLECTED_SCHEMAS) rowCount += await loadTable(store, schema, folder, manifest);
  return rowCount;
}

async function loadTable(
  store: ObjectStore,
  schema: TableSchema,
  folder: string,
  manifest: CollectedManifest,
): Promise<number> {
  const table = openTable(store, schema);
  const isLoaded = (files: readonly { tags?: Record<string, string> }[]) =>
    files.some(({ tags }) => tags?.scope === SCOPE && tags.demo_id === manifest.id);
  if (isLoaded((await table.snapshot()).files)) return 0;
  const scratchFolder = await store.scratchFolder();
  const files = await Promise.all(
    (manifest.tables[schema.name] ?? []).map(async ({ path: source, date, row_count, size_bytes }) => {
      const path = table.newPath({ date });
      // The store takes the file that it is given.
      const copy = join(scratchFolder, `collected-${randomUUID()}.parquet`);
      await copyFile(join(folder, source), copy);
      await store.writeFile(table.dataKey({ path }), copy);
      const tags = { scope: SCOPE, demo_id: manifest.id, pulled_at: manifest.observed_at };
      return { path, partition: { date }, rowCount: row_count, sizeBytes: size_bytes, tags };
    }),
  );
  const { committed } = await table.commit((snapshot) =>
    isLoaded(snapshot.files)
      ? undefined
      : {
          add: files,
          remove: (file) => file.tags?.scope === SCOPE,
          transaction: { appId: `demo/${manifest.id}`, version: 1 },
          info: { operation: 'COLLECT', scope: SCOPE },
        },
  );
  return committed ? files.reduce((sum, file) => sum + file.rowCount, 0) : 0;
}
