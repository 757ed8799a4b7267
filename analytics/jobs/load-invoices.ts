import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { type Engine, quoteName, quoteText } from '../engine/duckdb.ts';
import { groupBy } from '../group-by.ts';
import type { Commit, DataFile, Snapshot } from '../lake/delta-files.ts';
import { openTable } from '../lake/delta-table.ts';
import type { OpenedCandidate } from '../sources/data-export/count-rows.ts';
import { MAPPING_VERSION } from '../sources/data-export/dialect.ts';
import { type InvoiceDataset, readInvoiceFile } from '../sources/data-export/invoice-datasets.ts';
import { listHashes, toDeliveryId } from './delivery.ts';
import type { ImportedDelivery, ImportOutcome } from './import.ts';
import { findCurrent, type ImportLake, isNewer, toTags } from './import-lake.ts';

/** What a source tells of the invoices of a billing period: the rows lie in a table of the engine. */
export type InvoiceDelivery = {
  dataset: InvoiceDataset;
  table: string;
  deliveryId: string;
  source: string;
  billingPeriod: string;
  deliveredAt: string;
  mappingVersion: string;
  rowCount: number;
  files: number;
  isFinal: boolean;
};

/**
 * The deliveries in a candidate's files of invoices: one for each dataset and billing period of the rows. All rows are
 * read and checked.
 *
 * @throws InputError where a row cannot be understood.
 */
export async function planInvoices(
  engine: Engine,
  candidate: Pick<OpenedCandidate, 'source' | 'deliveredAt' | 'invoiceFiles'>,
  hashes: ReadonlyMap<string, string>,
): Promise<InvoiceDelivery[]> {
  const planned: InvoiceDelivery[] = [];
  for (const [, files] of groupBy(candidate.invoiceFiles, ({ dataset }) => dataset.kind)) {
    const [first] = files;
    if (!first) continue;
    const { dataset } = first;
    const table = `invoices_${randomUUID()}`;
    for (const [index, file] of files.entries()) {
      const part = index === 0 ? table : `${table}_part`;
      await readInvoiceFile(engine, dataset, file, part);
      if (index > 0) await engine.run(`insert into ${quoteName(table)} by name from ${quoteName(part)}`);
    }
    const { column, open } = dataset.status;
    const periods = await engine.query(`select billing_period, count(*) as row_count,
        bool_and(${quoteName(column)} <> ${quoteText(open)}) as is_final
      from ${quoteName(table)} group by all order by all`);
    for (const { billing_period, row_count, is_final } of periods) {
      const billingPeriod = String(billing_period);
      planned.push({
        dataset,
        table,
        deliveryId: toDeliveryId(
          `${dataset.kind} ${candidate.source}`,
          billingPeriod,
          listHashes(files, hashes),
        ),
        source: candidate.source,
        billingPeriod,
        deliveredAt: candidate.deliveredAt.toISOString(),
        mappingVersion: MAPPING_VERSION,
        rowCount: Number(row_count),
        files: files.length,
        isFinal: is_final === true,
      });
    }
  }
  return planned;
}

/**
 * Replaces, in one commit, what the source told of the invoices of the period before, unless that is newer. A known
 * delivery that comes again is only stamped with its new time.
 */
export async function loadInvoices(
  { store, engine, scratchFolder }: ImportLake,
  delivery: InvoiceDelivery,
): Promise<ImportedDelivery> {
  const { dataset, table, deliveryId, source, billingPeriod, deliveredAt, rowCount, files, isFinal } =
    delivery;
  const lakeTable = openTable(store, dataset.schema);
  const partition = { source, billing_period: billingPeriod };
  const names = dataset.schema.columns
    .map(({ name }) => name)
    .filter((name) => name !== 'delivery_id' && !dataset.schema.partitionBy.includes(name));
  const local = path.join(scratchFolder, `${randomUUID()}.parquet`);
  const written = await engine.copy(
    `select ${names.map(quoteName).join(', ')}, ${quoteText(deliveryId)} as delivery_id from ${quoteName(table)}
      where billing_period = ${quoteText(billingPeriod)} order by all`,
    local,
  );
  const file: DataFile = {
    path: lakeTable.newPath(partition),
    partition,
    ...written,
    tags: toTags(delivery),
  };
  await store.writeFile(lakeTable.dataKey(file), local);
  let outcome: ImportOutcome = 'loaded';
  await lakeTable.commit((snapshot) => {
    const current = findCurrent(snapshot, delivery);
    const isSame = current?.deliveryId === deliveryId;
    outcome = isSame ? 'unchanged' : current ? 'replaced' : 'loaded';
    if (current && !isNewer(delivery, current)) {
      outcome = isSame ? 'unchanged' : 'older';
      return undefined;
    }
    const add = isSame ? current.files.map((each) => ({ ...each, tags: toTags(delivery) })) : [file];
    return replaceBy(delivery, add);
  });
  const kind = dataset.kind;
  return {
    ...{ deliveryId, source, billingPeriod, kind, deliveredAt, rowCount, files, isFinal },
    quarantinedCount: 0,
    outcome,
  };
}

function replaceBy(
  { source, billingPeriod, deliveryId, deliveredAt }: InvoiceDelivery,
  add: DataFile[],
): Commit {
  return {
    add,
    remove: ({ partition }: Snapshot['files'][number]) =>
      partition.source === source && partition.billing_period === billingPeriod,
    info: { operation: 'REPLACE DELIVERY', source, billingPeriod, deliveryId, deliveredAt },
  };
}
