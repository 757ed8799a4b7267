import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Engine, openDuckdb } from '../engine/duckdb.ts';
import { InputError } from '../errors.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { openCandidate, prepareImport } from '../sources/data-export/count-rows.ts';
import { type Candidate, discoverDeliveries } from '../sources/data-export/discover.ts';
import { inspectGroup } from '../sources/data-export/inspect-group.ts';
import type { ControlTotal } from './control-totals.ts';
import {
  type Delivery,
  describeSetAside,
  hashFiles,
  planDeliveries,
  requireFewQuarantined,
} from './delivery.ts';
import { type ImportLake, openImportLake } from './import-lake.ts';
import { loadDelivery } from './load-delivery.ts';
import { type InvoiceDelivery, loadInvoices, planInvoices } from './load-invoices.ts';

const DEFAULT_QUARANTINE_LIMIT_RATIO = 0.001;

export type ImportOutcome = 'loaded' | 'unchanged' | 'older' | 'replaced';

export type ImportedDelivery = {
  deliveryId: string;
  source: string;
  /** YYYY-MM */
  billingPeriod: string;
  kind: string;
  /** ISO text in UTC. */
  deliveredAt: string;
  outcome: ImportOutcome;
  rowCount: number;
  quarantinedCount: number;
  files: number;
  isFinal: boolean;
};

/** `controlTotals` are those of the deliveries named, as the lake holds them; an older one has none. */
export type ImportReport = {
  deliveries: ImportedDelivery[];
  controlTotals: ControlTotal[];
  warnings: string[];
};

export type ImportOptions = {
  store: ObjectStore;
  /** An export's tree, a folder of cost files, or one file. */
  path: string;
  /** Default: the name of the export, folder or file. Lower case letters, digits and hyphens are kept. */
  sourceName?: string;
  /** Share of a delivery's rows that may be set aside. */
  quarantineLimitRatio?: number;
  /** Default: one that is opened for this import. */
  engine?: Engine;
  onProgress?: (progress: { phase: string; done: number; total: number }) => void;
};

/**
 * Loads cost files into the lake: each delivery replaces, in one commit, what its source had for the billing period
 * before, unless that is newer. The outcome does not depend on the order in which deliveries are imported, on
 * repetition, or on an earlier import that died. All deliveries are read and counted before the first is loaded.
 *
 * @throws InputError where a file is missing, cannot be read, is no cost file, all are empty, or has too many rows that cannot be
 * understood: the lake is then unchanged. ContractError where the totals of source, lake and quarantine differ.
 */
export async function importPath(options: ImportOptions): Promise<ImportReport> {
  const { store, onProgress = () => {} } = options;
  const { candidates, warnings } = await discoverDeliveries(options.path, options.sourceName);
  const scratchFolder = path.join(await store.scratchFolder(), `import-${randomUUID()}`);
  await mkdir(scratchFolder, { recursive: true });
  const engine = options.engine ?? (await openDuckdb({ tempFolder: scratchFolder }));
  try {
    const lake = openImportLake(store, engine, scratchFolder);
    await prepareImport(engine);
    const deliveries = await readDeliveries(
      { ...options, onProgress },
      { engine, lake, candidates, warnings, scratchFolder },
    );
    const limit = options.quarantineLimitRatio ?? DEFAULT_QUARANTINE_LIMIT_RATIO;
    for (const { delivery } of deliveries) if (delivery) await requireFewQuarantined(engine, delivery, limit);
    const imported: ImportedDelivery[] = [];
    for (const [index, { delivery, invoices, known }] of deliveries.entries()) {
      if (known) imported.push(known);
      if (invoices) imported.push(await loadInvoices(lake, invoices));
      if (!delivery) continue;
      onProgress({
        phase: `load ${delivery.source} ${delivery.billingPeriod}`,
        done: index,
        total: deliveries.length,
      });
      imported.push(await loadDelivery(lake, delivery));
      if (delivery.quarantinedCount > 0) warnings.push(await describeSetAside(engine, delivery));
    }
    onProgress({ phase: 'loaded', done: deliveries.length, total: deliveries.length });
    const ids = imported.filter(({ outcome }) => outcome !== 'older').map(({ deliveryId }) => deliveryId);
    return { deliveries: imported, controlTotals: await lake.readControlTotals(ids), warnings };
  } finally {
    if (!options.engine) engine.close();
    await rm(scratchFolder, { recursive: true, force: true });
  }
}

type Reading = {
  engine: Engine;
  lake: ImportLake;
  candidates: readonly Candidate[];
  warnings: string[];
  scratchFolder: string;
};

/** Either a delivery to load, of charges or of invoices, or one that the lake holds already. */
type PlannedDelivery = { delivery?: Delivery; invoices?: InvoiceDelivery; known?: ImportedDelivery };

async function readDeliveries(
  { path: location, onProgress }: { path: string; onProgress: NonNullable<ImportOptions['onProgress']> },
  { engine, lake, candidates, warnings, scratchFolder }: Reading,
): Promise<PlannedDelivery[]> {
  const planned: PlannedDelivery[] = [];
  const total = candidates.reduce((sum, { files }) => sum + files.length, 0);
  let done = 0;
  for (const [index, candidate] of candidates.entries()) {
    const hashes = await hashFiles(candidate.files);
    const known = await lake.findUnchanged(candidate, hashes);
    if (known) {
      planned.push({ known });
      done += candidate.files.length;
      continue;
    }
    const opened = await openCandidate(
      engine,
      candidate,
      path.join(scratchFolder, `staged-${index}`),
      ({ name }) => {
        onProgress({ phase: `read ${name}`, done, total });
        done += 1;
      },
    );
    const invoices = await planInvoices(engine, opened, hashes);
    planned.push(...invoices.map((each) => ({ invoices: each })));
    // Nothing but invoices is no delivery of charges, also not an empty one.
    if (opened.files.length === 0 && opened.invoiceFiles.length > 0) continue;
    const notes = await Promise.all(opened.groups.map((group) => inspectGroup(engine, group)));
    for (const note of new Set(notes.flat()))
      warnings.push(`${candidate.manifest ?? candidate.source}: ${note}`);
    const deliveries = await planDeliveries(engine, opened, hashes);
    if (deliveries.length === 0)
      warnings.push(`${candidate.source}: no rows in ${candidate.files.length} files`);
    planned.push(...deliveries.map((delivery) => ({ delivery })));
  }
  onProgress({ phase: 'read', done: total, total });
  if (planned.length === 0 && candidates.every(({ manifest }) => manifest === null)) {
    throw new InputError(`there are no rows in ${total === 1 ? 'the file' : `the ${total} files`}`, {
      where: location,
      remedy: 'Look at the export. Only a manifest can say that a month has no cost.',
    });
  }
  return planned;
}
