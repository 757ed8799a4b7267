import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { type Engine, quoteText, readParquet } from '../engine/duckdb.ts';
import { groupBy } from '../group-by.ts';
import type { DataFile, Snapshot } from '../lake/delta-files.ts';
import { type DeltaTable, openTable } from '../lake/delta-table.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { CHARGES, CONTROL_TOTALS, DELIVERIES, QUARANTINE } from '../lake/tables.ts';
import { MAPPING_VERSION } from '../sources/data-export/dialect.ts';
import type { Candidate } from '../sources/data-export/discover.ts';
import { type ControlTotal, toControlTotal } from './control-totals.ts';
import { listHashes, toDeliveryId } from './delivery.ts';
import type { ImportedDelivery } from './import.ts';

/** The lake as an import sees it. */
export type ImportLake = {
  store: ObjectStore;
  engine: Engine;
  scratchFolder: string;
  charges: DeltaTable;
  /** Appends a query's rows for a delivery, unless that was done before. */
  appendOnce(
    table: 'deliveries' | 'control_totals' | 'quarantine',
    deliveryId: string,
    partition: Record<string, string>,
    sql: string,
  ): Promise<void>;
  /** The delivery that a candidate with a manifest is, where charges hold exactly it already. */
  findUnchanged(
    candidate: Candidate,
    hashes: ReadonlyMap<string, string>,
  ): Promise<ImportedDelivery | undefined>;
  readControlTotals(deliveryIds: readonly string[]): Promise<ControlTotal[]>;
};

type Version = { deliveryId: string; deliveredAt: string; mappingVersion: string };

export function openImportLake(store: ObjectStore, engine: Engine, scratchFolder: string): ImportLake {
  const tables = {
    deliveries: openTable(store, DELIVERIES),
    control_totals: openTable(store, CONTROL_TOTALS),
    quarantine: openTable(store, QUARANTINE),
  };
  const charges = openTable(store, CHARGES);
  const listPaths = (table: DeltaTable, files: readonly DataFile[]) =>
    store.localPaths(files.map((file) => table.dataKey(file)));

  return {
    store,
    engine,
    scratchFolder,
    charges,
    async appendOnce(name, deliveryId, partition, sql) {
      const table = tables[name];
      const appId = `delivery/${deliveryId}`;
      if ((await table.snapshot()).transactions[appId] !== undefined) return;
      const local = path.join(scratchFolder, `${randomUUID()}.parquet`);
      const written = await engine.copy(sql, local);
      const file = { path: table.newPath(partition), partition, ...written };
      await store.writeFile(table.dataKey(file), local);
      await table.commit((snapshot) =>
        snapshot.transactions[appId] !== undefined
          ? undefined
          : { add: [file], remove: () => false, transaction: { appId, version: 1 }, info: { deliveryId } },
      );
    },
    async findUnchanged(candidate, hashes) {
      const { source, billingPeriod, files } = candidate;
      if (billingPeriod === undefined) return undefined;
      const deliveredAt = candidate.deliveredAt.toISOString();
      const deliveryId = toDeliveryId(source, billingPeriod, listHashes(files, hashes));
      const current = findCurrent(await charges.snapshot(), { source, billingPeriod });
      if (
        current?.deliveryId !== deliveryId ||
        isNewer({ deliveryId, deliveredAt, mappingVersion: MAPPING_VERSION }, current)
      )
        return undefined;
      const { files: stored } = await tables.deliveries.snapshot();
      const [row] =
        await engine.query(`select * from ${readParquet(await listPaths(tables.deliveries, stored))}
        where delivery_id = ${quoteText(deliveryId)} limit 1`);
      if (!row) return undefined;
      return {
        deliveryId,
        source,
        billingPeriod,
        kind: String(row.kind),
        deliveredAt: current.deliveredAt,
        outcome: 'unchanged',
        rowCount: Number(row.row_count),
        quarantinedCount: Number(row.quarantined_count),
        files: files.length,
        isFinal: row.is_final === true,
      };
    },
    async readControlTotals(deliveryIds) {
      const wanted = deliveryIds.map(quoteText).join(', ');
      const { files } = await tables.control_totals.snapshot();
      const totals: ControlTotal[] = [];
      for (const [, members] of groupBy(files, ({ partition }) => JSON.stringify(partition))) {
        const { partition } = members[0] ?? { partition: {} };
        const paths = await listPaths(tables.control_totals, members);
        const rows = await engine.query(
          `select * from ${readParquet(paths)} where delivery_id in (${wanted || 'null'}) order by all`,
        );
        totals.push(...rows.map((row) => toControlTotal({ ...row, ...partition })));
      }
      return totals;
    },
  };
}

/** What charges hold for a source and period, with its files. */
export function findCurrent(
  snapshot: Snapshot,
  { source, billingPeriod }: { source: string; billingPeriod: string },
): (Version & { files: DataFile[] }) | undefined {
  const files = snapshot.files.filter(
    ({ partition }) => partition.source === source && partition.billing_period === billingPeriod,
  );
  const tags = files[0]?.tags;
  return (
    tags && {
      deliveryId: tags.delivery_id ?? '',
      deliveredAt: tags.delivered_at ?? '',
      mappingVersion: tags.mapping_version ?? '',
      files,
    }
  );
}

/**
 * Whether the first of two deliveries of a source and period is to replace the second: the later one; at the same time
 * the one that was read by later rules; then the larger identity, so that the order of imports does not matter.
 */
export function isNewer(first: Version, second: Version): boolean {
  if (first.deliveredAt !== second.deliveredAt) return first.deliveredAt > second.deliveredAt;
  const rules = Number(first.mappingVersion) - Number(second.mappingVersion);
  if (rules !== 0) return rules > 0;
  return first.deliveryId > second.deliveryId;
}

/** What each file in charges says of its delivery, so that the log alone tells which delivery is current. */
export function toTags(delivery: Version & { isFinal: boolean }): Record<string, string> {
  return {
    delivery_id: delivery.deliveryId,
    delivered_at: delivery.deliveredAt,
    is_final: String(delivery.isFinal),
    mapping_version: delivery.mappingVersion,
  };
}
