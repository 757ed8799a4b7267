import { openTable } from '../lake/delta-table.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { CHARGES } from '../lake/tables.ts';

/** A delivery that charges hold now. `deliveredAt` is ISO text in UTC. */
export type CurrentDelivery = {
  deliveryId: string;
  source: string;
  billingPeriod: string;
  deliveredAt: string;
  isFinal: boolean;
};

/** The deliveries that are current, by source and period. The tags of the files in charges are what says so. */
export async function listCurrentDeliveries(store: ObjectStore): Promise<CurrentDelivery[]> {
  const { files } = await openTable(store, CHARGES).snapshot();
  const deliveries = new Map<string, CurrentDelivery>();
  for (const { partition, tags = {} } of files) {
    const { source, billing_period } = partition;
    deliveries.set(`${source} ${billing_period}`, {
      deliveryId: tags.delivery_id ?? '',
      source: source ?? '',
      billingPeriod: billing_period ?? '',
      deliveredAt: tags.delivered_at ?? '',
      isFinal: tags.is_final === 'true',
    });
  }
  return [...deliveries.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, delivery]) => delivery);
}
