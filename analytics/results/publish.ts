import { createHash, randomUUID } from 'node:crypto';
import path from 'node:path';
import { ContractError } from '../errors.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { decodeArrow, encodeArrow } from './arrow-file.ts';
import { listPinnedVersions } from './closes.ts';
import { buildTable, type ColumnTable, type RawTable } from './column-table.ts';
import { reconcilePublished, summariseControl } from './control.ts';
import type { Manifest, ManifestInput } from './manifest.ts';
import type { RecordDefinition } from './records/definition.ts';
import { encodeRecords, type RecordTable } from './records/record-table.ts';
import { manifestKey, parseResultKey, pointerKey, resultKey, resultsPrefix } from './result-keys.ts';
import { TABLES, type TableDefinition } from './tables.ts';

const VERSION_DIGITS = 16;
/** How many versions stay readable after they were replaced. */
const KEPT_VERSIONS = 20;
/** Files of a version without a manifest may be in the making for this long. */
const UNFINISHED_HOURS = 24;

/** Writes the Parquet copy of a table to a local path. */
export type ParquetWriter = (
  definition: TableDefinition,
  table: ColumnTable,
  localPath: string,
) => Promise<void>;

/** Rows of a record result to publish. */
export type PublishedRecords = {
  definition: RecordDefinition;
  table: RecordTable;
  /** Writes the Parquet copy to a local path. */
  writeParquet?: (localPath: string) => Promise<void>;
};

/**
 * Publishes the result tables of a run as one immutable version and then moves the pointer to it. The version follows
 * from the content: the same rows, in any order, give the same bytes and the same version. `reconciliation` needs the
 * stages up to modelled; the published stage is counted here, from the costs as written. Throws ContractError for
 * tables that are not as tables.ts says.
 */
export async function publishResults(options: {
  store: ObjectStore;
  tables: readonly RawTable[];
  records?: readonly PublishedRecords[];
  manifest: ManifestInput;
  writeParquet?: ParquetWriter;
  now?: Date;
}): Promise<Manifest> {
  const { store, writeParquet, now = new Date() } = options;
  const encoded = encodeTables(options.tables);
  const records = (options.records ?? []).map(encodeRecordTable);
  const manifest = describeTables(options.manifest, encoded, records);
  const isPublished = await exists(store, manifestKey(manifest.version));
  const files: PublishedFile[] = [
    ...encoded.map(({ definition, table, bytes }) => ({
      name: definition.name,
      bytes,
      writeParquet: writeParquet && ((localPath: string) => writeParquet(definition, table, localPath)),
    })),
    ...records,
  ];
  for (const file of isPublished ? [] : files) {
    await store.write(resultKey(manifest.version, file.name, 'arrow'), file.bytes);
    if (!file.writeParquet) continue;
    const localPath = path.join(await store.scratchFolder(), `${randomUUID()}.parquet`);
    await file.writeParquet(localPath);
    await store.writeFile(resultKey(manifest.version, file.name, 'parquet'), localPath);
  }
  await store.write(manifestKey(manifest.version), encodeJson(manifest));
  await store.write(pointerKey(), encodeJson({ version: manifest.version }));
  await removeOldVersions(store, new Set([manifest.version, ...(await listPinnedVersions(store))]), now);
  return manifest;
}

type PublishedFile = {
  name: string;
  bytes: Uint8Array;
  writeParquet: ((localPath: string) => Promise<void>) | undefined;
};

function encodeRecordTable({ definition, table, writeParquet }: PublishedRecords) {
  const bytes = encodeRecords(definition, table);
  return { name: definition.model, rowCount: table.rowCount, bytes, sha256: sha256(bytes), writeParquet };
}

type EncodedTable = { definition: TableDefinition; table: ColumnTable; bytes: Uint8Array; sha256: string };

function encodeTables(raws: readonly RawTable[]): EncodedTable[] {
  const encoded = new Map<string, EncodedTable>();
  const add = (definition: TableDefinition, table: ColumnTable) => {
    const bytes = encodeArrow(definition, table);
    encoded.set(definition.name, { definition, table, bytes, sha256: sha256(bytes) });
  };
  const byName = new Map(raws.map((raw) => [raw.name, raw]));
  for (const name of byName.keys()) {
    if (!(name in TABLES)) throw new ContractError(`there is no result table ${name}`);
  }
  for (const definition of Object.values(TABLES)) {
    const raw = byName.get(definition.name);
    if (!raw || definition.name === 'reconciliation') continue;
    add(definition, buildTable(definition, raw));
  }
  const reconciliation = byName.get('reconciliation');
  const costs = encoded.get('costs');
  if (reconciliation) {
    if (!costs) throw new ContractError('reconciliation cannot be published without costs');
    add(TABLES.reconciliation, reconcilePublished(reconciliation, decodeArrow(TABLES.costs, costs.bytes)));
  }
  return [...encoded.values()].sort((a, b) => (a.definition.name < b.definition.name ? -1 : 1));
}

function describeTables(
  input: ManifestInput,
  encoded: readonly EncodedTable[],
  records: readonly ReturnType<typeof encodeRecordTable>[],
): Manifest {
  const tables = Object.fromEntries([
    ...encoded.map(({ definition, table, sha256: hash }) => [
      definition.name,
      { rows: table.rowCount, sha256: hash },
    ]),
    ...records.map(({ name, rowCount, sha256: hash }) => [name, { rows: rowCount, sha256: hash }]),
  ]);
  const reconciliation = encoded.find(({ definition }) => definition.name === 'reconciliation');
  const control = reconciliation
    ? summariseControl(reconciliation.table)
    : { is_reconciled: false, totals: [], unreconciled: 0 };
  const { as_of, generated_from, cost_basis, reporting_currency, fiscal_year_start_month } = input;
  const months = input.months.map(({ billing_period, is_complete, complete_days, days }) => ({
    billing_period,
    is_complete,
    complete_days,
    days,
  }));
  const content = {
    as_of,
    cost_basis,
    reporting_currency,
    fiscal_year_start_month,
    ...(input.ledger ? { ledger: input.ledger } : {}),
    months,
    tables,
    control,
  };
  const version = sha256(encodeJson(content)).slice(0, VERSION_DIGITS);
  return { version, generated_from, ...content };
}

/** Keeps what must be kept, the newest versions by when they were last published, and what may still be in the making. */
async function removeOldVersions(store: ObjectStore, pinned: ReadonlySet<string>, now: Date): Promise<void> {
  const publishedAt = new Map<string, number>();
  const files: { key: string; version: string; modifiedAt: number }[] = [];
  for await (const { key, modifiedAt } of store.list(resultsPrefix())) {
    const parsed = parseResultKey(key);
    if (!parsed) continue;
    files.push({ key, version: parsed.version, modifiedAt: modifiedAt.getTime() });
    if (key === manifestKey(parsed.version)) publishedAt.set(parsed.version, modifiedAt.getTime());
  }
  const newestFirst = [...publishedAt].sort(([a, aAt], [b, bAt]) => bAt - aAt || (a < b ? -1 : 1));
  const kept = new Set([...pinned, ...newestFirst.slice(0, KEPT_VERSIONS).map(([version]) => version)]);
  const unfinishedSince = now.getTime() - UNFINISHED_HOURS * 3_600_000;
  const isOld = ({ version, modifiedAt }: (typeof files)[number]) =>
    !kept.has(version) && (publishedAt.has(version) || modifiedAt < unfinishedSince);
  // The manifest goes first, so that what is left of a version never looks whole.
  const doomed = files.filter(isOld).sort((a, b) => Number(isManifest(b.key)) - Number(isManifest(a.key)));
  for (const { key } of doomed) await store.remove(key);
}

function isManifest(key: string): boolean {
  return key.endsWith('/manifest.json');
}

async function exists(store: ObjectStore, key: string): Promise<boolean> {
  for await (const info of store.list(key)) if (info.key === key) return true;
  return false;
}

function encodeJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
