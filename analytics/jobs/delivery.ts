import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Engine } from '../engine/duckdb.ts';
import { InputError } from '../errors.ts';
import {
  listPaths,
  type OpenedCandidate,
  type OpenedFile,
  SOURCE_COUNTS,
} from '../sources/data-export/count-rows.ts';
import { MAPPING_VERSION } from '../sources/data-export/dialect.ts';
import type { Candidate } from '../sources/data-export/discover.ts';
import { findReasons } from '../sources/data-export/quarantine.ts';
import type { DeliveryPart } from '../sources/data-export/write-charges.ts';

/** One delivery of a source and billing period, read and counted, not loaded. `deliveredAt` is ISO text in UTC. */
export type Delivery = DeliveryPart & {
  deliveryId: string;
  source: string;
  /** What the manifest says; the rows of a delivery without one say it. */
  statedPeriod: string | undefined;
  kind: string;
  manifest: string | null;
  deliveredAt: string;
  /** Of the rules that it was read by. */
  mappingVersion: string;
  isFinal: boolean;
  rowCount: number;
  quarantinedCount: number;
  hashes: ReadonlyMap<string, string>;
};

/** SHA-256 of each file's bytes, by path. */
export async function hashFiles(files: Candidate['files']): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  for (const file of files) {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(file.path, { highWaterMark: 1024 ** 2 })) hash.update(chunk);
    hashes.set(file.path, hash.digest('hex'));
  }
  return hashes;
}

/** The content address of a delivery: the same files, imported by the same rules, are the same delivery. */
export function toDeliveryId(source: string, billingPeriod: string, hashes: readonly string[]): string {
  const content = [MAPPING_VERSION, source, billingPeriod, ...hashes.toSorted()];
  return createHash('sha256').update(content.join('\n')).digest('hex');
}

/** The deliveries in an opened candidate: the manifest's one, or one for each billing period of the rows. */
export async function planDeliveries(
  engine: Engine,
  candidate: OpenedCandidate,
  hashes: ReadonlyMap<string, string>,
): Promise<Delivery[]> {
  const rows = await engine.query(`select billing_period, list(distinct parquet_path) as paths,
      coalesce(sum(row_count) filter (where not is_quarantined), 0) as row_count,
      coalesce(sum(row_count) filter (where is_quarantined), 0) as quarantined_count,
      sum(invoiced_count) > 0 and sum(uninvoiced_usage_count) = 0 as is_final
    from ${SOURCE_COUNTS} where parquet_path in (${listPaths(candidate.files)})
    group by billing_period order by billing_period`);
  const stated = candidate.billingPeriod;
  if (stated !== undefined && rows.length === 0) rows.push({ billing_period: stated, paths: [] });
  return rows.map((row) => {
    const billingPeriod = String(row.billing_period);
    const paths = new Set(row.paths as string[]);
    const files =
      stated === undefined ? candidate.files.filter((file) => paths.has(file.parquetPath)) : candidate.files;
    const groups = candidate.groups
      .map((group) => ({
        ...group,
        paths: group.paths.filter((each) => files.some((file) => file.parquetPath === each)),
      }))
      .filter((group) => group.paths.length > 0);
    return {
      deliveryId: toDeliveryId(candidate.source, billingPeriod, listHashes(files, hashes)),
      source: candidate.source,
      billingPeriod,
      statedPeriod: stated,
      kind: [...new Set(groups.map(({ dialect, cells }) => dialect.kind(cells)))].join('+'),
      manifest: candidate.manifest,
      deliveredAt: candidate.deliveredAt.toISOString(),
      mappingVersion: MAPPING_VERSION,
      isFinal: row.is_final === true,
      rowCount: Number(row.row_count ?? 0),
      quarantinedCount: Number(row.quarantined_count ?? 0),
      hashes,
      files,
      groups,
    };
  });
}

export function listHashes(
  files: readonly { path: string }[],
  hashes: ReadonlyMap<string, string>,
): string[] {
  return files.map((file) => hashes.get(file.path) ?? '');
}

/** @throws InputError, with the first reasons, where more than the limit's share of the rows is to be set aside. */
export async function requireFewQuarantined(
  engine: Engine,
  delivery: Delivery,
  limitRatio: number,
): Promise<void> {
  const { quarantinedCount, rowCount } = delivery;
  const total = quarantinedCount + rowCount;
  if (quarantinedCount === 0 || quarantinedCount / total <= limitRatio) return;
  const reasons = await findReasons(engine, delivery);
  const { source, billingPeriod, manifest } = delivery;
  throw new InputError(
    `${quarantinedCount} of ${total} rows of ${source} ${billingPeriod} cannot be understood; the limit is ${limitRatio * 100} %: ${reasons.join('; ')}`,
    {
      where: manifest ?? delivery.files.map(({ name }) => name).join(', '),
      remedy:
        'Get a whole export, or raise import.quarantine_limit_ratio to set these rows aside. Nothing was imported.',
    },
  );
}

/** What a person should know of the rows of a delivery that were set aside. */
export async function describeSetAside(engine: Engine, delivery: Delivery): Promise<string> {
  const { quarantinedCount, source, billingPeriod } = delivery;
  const reasons = await findReasons(engine, delivery);
  return `${quarantinedCount} rows of ${source} ${billingPeriod} were set aside (table quarantine): ${reasons.join('; ')}`;
}

/** The names, sizes and hashes of a delivery's files, as JSON in a fixed order. */
export function describeFiles(files: readonly OpenedFile[], hashes: ReadonlyMap<string, string>): string {
  const described = files.map((file) => ({
    name: file.name,
    size_bytes: file.sizeBytes,
    sha256: hashes.get(file.path),
  }));
  return JSON.stringify(described.sort((a, b) => (a.name < b.name ? -1 : 1)));
}
