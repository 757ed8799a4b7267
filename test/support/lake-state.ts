import { listCurrentDeliveries } from '../../analytics/jobs/deliveries.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import { CHARGES, CONTROL_TOTALS, QUARANTINE } from '../../analytics/lake/tables.ts';
import { readTable } from './cost-files.ts';

/** What readers of the lake see: current deliveries with their charges, control totals and quarantine, in order. */
export async function describeLake(store: ObjectStore): Promise<Record<string, unknown>> {
  const deliveries = await listCurrentDeliveries(store);
  const current = new Set(deliveries.map(({ deliveryId }) => deliveryId));
  const isCurrent = (row: Record<string, unknown>) => current.has(String(row.delivery_id));
  const sort = (rows: Record<string, unknown>[]) => rows.map((row) => JSON.stringify(row)).sort();
  return {
    deliveries,
    charges: sort(await readTable(store, CHARGES)),
    controlTotals: sort((await readTable(store, CONTROL_TOTALS)).filter(isCurrent)),
    quarantine: sort((await readTable(store, QUARANTINE)).filter(isCurrent)),
  };
}
