import { createHash } from 'node:crypto';
import type { Snapshot } from '../lake/delta-files.ts';
import { openTable } from '../lake/delta-table.ts';
import { INVOICE_TABLES } from '../lake/invoice-tables.ts';
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

/**
 * What is imported of each month, charges and what issuers tell, as a hash: it changes with every delivery of the month
 * that says something else.
 *
 * @param charges of the table as it is to be read; default: as it is now.
 */
export async function hashImports(store: ObjectStore, charges?: Snapshot): Promise<Record<string, string>> {
  const tables = [
    charges ?? (await openTable(store, CHARGES).snapshot()),
    ...(await Promise.all(INVOICE_TABLES.map((schema) => openTable(store, schema).snapshot()))),
  ];
  const ids = new Map<string, Set<string>>();
  for (const { files } of tables) {
    for (const { partition, tags } of files) {
      const month = partition.billing_period ?? '';
      ids.set(month, (ids.get(month) ?? new Set()).add(tags?.delivery_id ?? ''));
    }
  }
  const hash = (own: ReadonlySet<string>) =>
    createHash('sha256')
      .update([...own].sort().join('\n'))
      .digest('hex')
      .slice(0, 16);
  return Object.fromEntries([...ids].sort().map(([month, own]) => [month, hash(own)]));
}
