import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { quoteText, readParquet } from '../engine/duckdb.ts';
import { InputError } from '../errors.ts';
import type { Commit, DataFile, Snapshot } from '../lake/delta-files.ts';
import { listBillingAccounts, TOTAL_COSTS } from '../sources/data-export/count-rows.ts';
import { readQuarantine, SET_ASIDE } from '../sources/data-export/quarantine.ts';
import { type WrittenFile, writeCharges } from '../sources/data-export/write-charges.ts';
import { addUpDelivery, DELIVERY_TOTALS } from './control-totals.ts';
import { type Delivery, describeFiles } from './delivery.ts';
import type { ImportedDelivery, ImportOutcome } from './import.ts';
import { findCurrent, type ImportLake, isNewer, toTags } from './import-lake.ts';

/**
 * Loads one delivery: its data files first; then its rows in deliveries, control_totals and quarantine, each once
 * whatever happens; last the one commit that lets it replace what charges held for its source and period. Until then
 * no reader sees any of it, and a second attempt after a crash does what is missing.
 */
export async function loadDelivery(lake: ImportLake, delivery: Delivery): Promise<ImportedDelivery> {
  const described = describe(delivery);
  await requireSameBill(lake, delivery);
  const state = await judge(lake, delivery);
  if (state === 'older' || state === 'unchanged') return { ...described, outcome: state };
  const { engine } = lake;
  const folder = path.join(lake.scratchFolder, randomUUID());
  const written = await writeCharges(engine, delivery, folder);
  await readQuarantine(engine, delivery);
  await addUpDelivery(engine, delivery, readParquet(written.map((file) => file.path)));

  const add = await storeCharges(lake, delivery, written);
  await appendRecords(lake, delivery);
  let outcome: ImportOutcome = 'loaded';
  await lake.charges.commit((snapshot) => {
    const current = findCurrent(snapshot, delivery);
    outcome = current ? 'replaced' : 'loaded';
    if (current && !isNewer(delivery, current)) {
      outcome = current.deliveryId === delivery.deliveryId ? 'unchanged' : 'older';
      return undefined;
    }
    return replaceBy(delivery, add);
  });
  return { ...described, outcome };
}

/**
 * Two payers may name their exports alike. What bills none of the accounts that the source had in this period is another
 * bill, and must not replace it, nor be passed over as older.
 *
 * @throws InputError that asks for a name of its own.
 */
async function requireSameBill(lake: ImportLake, delivery: Delivery): Promise<void> {
  const current = findCurrent(await lake.charges.snapshot(), delivery);
  if (!current || current.deliveryId === delivery.deliveryId) return;
  const totals = await lake.readControlTotals([current.deliveryId]);
  const known = new Set(totals.map(({ billingAccountId }) => billingAccountId));
  const accounts = await listBillingAccounts(lake.engine, delivery);
  if (known.size === 0 || accounts.length === 0 || accounts.some((account) => known.has(account))) return;
  throw new InputError(
    `${delivery.source} ${delivery.billingPeriod} bills ${accounts.join(', ')}; the lake has it for ${[...known].join(', ')}`,
    {
      where: delivery.manifest ?? delivery.files.map(({ name }) => name).join(', '),
      remedy: 'Import it under a name of its own, with --source NAME. Nothing of this period was changed.',
    },
  );
}

/** Whether there is anything to load. A known delivery that comes again later is only stamped with its new time. */
async function judge(lake: ImportLake, delivery: Delivery): Promise<'new' | 'older' | 'unchanged'> {
  let state: 'new' | 'older' | 'unchanged' = 'new';
  await lake.charges.commit((snapshot) => {
    const current = findCurrent(snapshot, delivery);
    const isSame = current?.deliveryId === delivery.deliveryId;
    state = isSame ? 'unchanged' : current && !isNewer(delivery, current) ? 'older' : 'new';
    if (!current || !isSame || !isNewer(delivery, current)) return undefined;
    return replaceBy(
      delivery,
      current.files.map((file) => ({ ...file, tags: toTags(delivery) })),
    );
  });
  return state;
}

function replaceBy(delivery: Delivery, add: DataFile[]): Commit {
  const { source, billingPeriod, deliveryId, deliveredAt } = delivery;
  return {
    add,
    remove: ({ partition }: Snapshot['files'][number]) =>
      partition.source === source && partition.billing_period === billingPeriod,
    info: { operation: 'REPLACE DELIVERY', source, billingPeriod, deliveryId, deliveredAt },
  };
}

async function storeCharges(
  lake: ImportLake,
  delivery: Delivery,
  written: readonly WrittenFile[],
): Promise<DataFile[]> {
  const partition = { source: delivery.source, billing_period: delivery.billingPeriod };
  const files: DataFile[] = [];
  for (const { path: local, sizeBytes, rowCount } of written) {
    const file = {
      path: lake.charges.newPath(partition),
      sizeBytes,
      rowCount,
      partition,
      tags: toTags(delivery),
    };
    await lake.store.writeFile(lake.charges.dataKey(file), local);
    files.push(file);
  }
  return files;
}

async function appendRecords(lake: ImportLake, delivery: Delivery): Promise<void> {
  const { deliveryId, source, billingPeriod, manifest } = delivery;
  const partition = { source, billing_period: billingPeriod };
  await lake.appendOnce(
    'deliveries',
    deliveryId,
    {},
    `select ${quoteText(deliveryId)} as delivery_id,
    ${quoteText(source)} as source, ${quoteText(billingPeriod)} as billing_period, ${quoteText(delivery.kind)} as kind,
    cast(${manifest === null ? 'null' : quoteText(manifest)} as varchar) as manifest,
    cast(${quoteText(delivery.deliveredAt)} as timestamptz) as delivered_at, ${delivery.isFinal} as is_final,
    cast(${delivery.files.length} as bigint) as file_count, cast(${delivery.rowCount} as bigint) as row_count,
    cast(${delivery.quarantinedCount} as bigint) as quarantined_count,
    ${quoteText(describeFiles(delivery.files, delivery.hashes))} as files`,
  );
  const costs = TOTAL_COSTS.join(', ');
  await lake.appendOnce(
    'control_totals',
    deliveryId,
    partition,
    `select delivery_id, stage, provider_name,
    billing_account_id, billing_currency, charge_category, row_count, ${costs} from ${DELIVERY_TOTALS} order by all`,
  );
  if (delivery.quarantinedCount === 0) return;
  await lake.appendOnce(
    'quarantine',
    deliveryId,
    partition,
    `select ${quoteText(deliveryId)} as delivery_id, file,
    row_number, reason, billed_cost, raw from ${SET_ASIDE} order by file, row_number`,
  );
}

function describe(delivery: Delivery): Omit<ImportedDelivery, 'outcome'> {
  const { deliveryId, source, billingPeriod, kind, deliveredAt, rowCount, quarantinedCount, isFinal } =
    delivery;
  const files = delivery.files.length;
  return { deliveryId, source, billingPeriod, kind, deliveredAt, rowCount, quarantinedCount, files, isFinal };
}
