import { loadModels } from '../engine/model.ts';
import { COLLECTED_TABLES } from '../lake/collected-tables.ts';
import { openTable } from '../lake/delta-table.ts';
import { FORECAST_TABLES } from '../lake/forecast-tables.ts';
import { INVOICE_TABLES } from '../lake/invoice-tables.ts';
import { modelTable } from '../lake/model-table.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { IMPORT_TABLES } from '../lake/tables.ts';
import { listPinnedTableVersions } from '../results/closes.ts';
import { FINDING_HISTORY } from '../waste/finding-history.ts';
import { ANOMALY_HISTORY } from './anomalies/incident-history.ts';
import { CAPACITY_FORECASTS } from './capacity-forecast/forecast-store.ts';

/** A table and the object keys that were removed, or would be. */
export type VacuumReport = { table: string; removed: string[] }[];

/**
 * Removes the data files that no version of the last `retentionHours` (default 168) needs, from every table of the lake.
 * Readers that began within that time are not cut off, and what a close pinned stays.
 */
export async function vacuumLake(options: {
  store: ObjectStore;
  retentionHours?: number;
  isDryRun?: boolean;
}): Promise<VacuumReport> {
  const { store, retentionHours, isDryRun = false } = options;
  const models = (await loadModels()).filter(({ contract }) => contract.materialized === 'lake');
  const pinned = await listPinnedTableVersions(store);
  const report: VacuumReport = [];
  for (const schema of [
    ...IMPORT_TABLES,
    ...INVOICE_TABLES,
    ...models.map(modelTable),
    ...COLLECTED_TABLES,
    ...FORECAST_TABLES,
    FINDING_HISTORY,
    CAPACITY_FORECASTS,
    ANOMALY_HISTORY,
  ]) {
    const table = openTable(store, schema);
    if ((await table.snapshot()).version < 0) continue;
    const { removed } = await table.vacuum({
      dryRun: isDryRun,
      keepVersions: pinned.get(schema.name) ?? [],
      ...(retentionHours === undefined ? {} : { retentionHours }),
    });
    report.push({ table: schema.name, removed });
  }
  return report;
}
