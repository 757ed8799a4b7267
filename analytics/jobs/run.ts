import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoadedConfiguration } from '../configuration/load-configuration.ts';
import { type Engine, openDuckdb, quoteText } from '../engine/duckdb.ts';
import { createLakeView } from '../engine/lake-view.ts';
import { loadModels } from '../engine/model.ts';
import { createRelation } from '../engine/relation.ts';
import { prepareEngine, runModel } from '../engine/run-model.ts';
import { ContractError, InputError } from '../errors.ts';
import type { DataFile, Snapshot } from '../lake/delta-files.ts';
import { type DeltaTable, openTable } from '../lake/delta-table.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { CHARGES, CONTROL_TOTALS } from '../lake/tables.ts';
import { addCollectedDrivers } from './collected-drivers.ts';
import { allocationRelations, planningRelations, type Relation } from './configuration-relations.ts';
import { buildDailyCost, listDailyCostModels } from './daily-cost.ts';
import { hashImports } from './deliveries.ts';
import { createLakeRelations } from './lake-relations.ts';
import { chooseAsOf, describeMonths, type Month } from './months.ts';
import { publishModels } from './publish.ts';
import { listRelations } from './relation-sources.ts';
import { runRelations } from './run-relations.ts';
import { nameOf, sortComputations } from './step.ts';
import { STEPS } from './steps/index.ts';

export type RunOptions = {
  store: ObjectStore;
  configuration: LoadedConfiguration;
  /** `YYYY-MM-DD`: months are judged complete as of this day. Default: see chooseAsOf. */
  asOf?: string;
  /** Default: one that is opened for this run. */
  engine?: Engine;
  /** Where the models lie, when not beside the sources. */
  modelsFolder?: string;
  /** `group` is what the phase is part of: all models are one, each step is one. */
  onProgress?: (progress: { phase: string; group?: string; done: number; total: number }) => void;
};

export type RunReport = {
  version: string;
  asOf: string;
  months: Month[];
  /** Billing periods whose daily cost was computed anew; the others were up to date. */
  rebuiltPeriods: string[];
};

/**
 * Computes everything from the charges in the lake and publishes it as one version.
 *
 * @throws InputError where the lake holds no charges; ContractError where a model breaks its contract or the totals of
 * two steps differ. Nothing is published then, and the last published version stays.
 */
export async function runModels(options: RunOptions): Promise<RunReport> {
  const { store, onProgress } = options;
  const scratchFolder = join(await store.scratchFolder(), `run-${randomUUID()}`);
  await mkdir(scratchFolder, { recursive: true });
  const engine = options.engine ?? (await openDuckdb({ tempFolder: scratchFolder }));
  try {
    await prepareEngine(engine);
    const models = await loadModels(options.modelsFolder);
    const charges = openTable(store, CHARGES);
    const snapshot = await charges.snapshot();
    if (snapshot.files.length === 0) {
      throw new InputError('the lake holds no charges yet', {
        where: store.name,
        remedy: 'import a delivery first: headroom import PATH --lake DIR',
      });
    }
    const imports = await hashImports(store, snapshot);
    const configuration = await addCollectedDrivers(options.configuration, engine, store);
    const make = (relations: Record<string, Relation>) => createRelations(engine, scratchFolder, relations);
    const allocation = allocationRelations(configuration);
    await make(allocation);
    await loadControlTotals(engine, store, snapshot);
    const rebuiltPeriods = await buildDailyCost({
      engine,
      store,
      scratchFolder,
      models,
      charges: { table: charges, schema: CHARGES, files: snapshot.files },
      allocationHash: createHash('sha256').update(JSON.stringify(allocation)).digest('hex'),
      onPeriod: (period, done, total) =>
        onProgress?.({ phase: `daily cost ${period}`.trim(), group: 'daily cost', done, total }),
    });

    const asOf = options.asOf ?? (await findAsOf(engine, snapshot));
    const months = describeMonths(listPeriods(snapshot.files), asOf);
    await make({
      ...runRelations(configuration, asOf, months),
      ...planningRelations(configuration),
      ...(await listRelations({ configuration, store, asOf, months })),
    });
    await createLakeRelations(engine, store, asOf);
    const isDone = listDailyCostModels(models);
    const later = sortComputations(
      models.filter((model) => !isDone.has(model)),
      STEPS,
    );
    for (const [index, each] of later.entries()) {
      const group = each.kind === 'model' ? 'models' : nameOf(each).replaceAll(/[-_]/g, ' ');
      const report = (phase: string) => onProgress?.({ phase, group, done: index, total: later.length });
      report(nameOf(each));
      if (each.kind === 'model') await runModel(engine, each.model);
      else
        await each.step.run({
          engine,
          store,
          scratchFolder,
          configuration,
          asOf,
          months,
          onProgress: report,
        });
    }
    await requireReconciled(engine);
    onProgress?.({ phase: 'publish', done: later.length, total: later.length });
    const { version } = await publishModels({
      engine,
      store,
      configuration,
      asOf,
      months,
      models: models.filter((model) => model.contract.result),
      deliveries: [...listDeliveryIds(snapshot)],
      imports,
    });
    return { version, asOf, months, rebuiltPeriods };
  } finally {
    if (!options.engine) engine.close();
    await rm(scratchFolder, { recursive: true, force: true });
  }
}

async function createRelations(
  engine: Engine,
  scratchFolder: string,
  relations: Record<string, Relation>,
): Promise<void> {
  for (const [name, { columns, rows }] of Object.entries(relations)) {
    await createRelation(engine, scratchFolder, name, columns, rows);
  }
}

/** Control totals of the deliveries that charges hold now, named as the models name things. */
async function loadControlTotals(engine: Engine, store: ObjectStore, charges: Snapshot): Promise<void> {
  const table: DeltaTable = openTable(store, CONTROL_TOTALS);
  const { files } = await table.snapshot();
  const current = listDeliveryIds(charges);
  const partitions = await Promise.all(
    files.map(async (file) => ({
      values: file.partition,
      paths: await store.localPaths([table.dataKey(file)]),
    })),
  );
  await createLakeView(engine, CONTROL_TOTALS, partitions);
  const ids = [...current].map(quoteText).join(', ');
  await engine.run(
    `create table current_totals as select * from control_totals where delivery_id in (${ids})`,
  );
  await engine.run('drop view control_totals');
  await engine.run('alter table current_totals rename to control_totals');
}

function listDeliveryIds(charges: Snapshot): Set<string> {
  return new Set(charges.files.map((file) => file.tags?.delivery_id ?? ''));
}

function listPeriods(files: readonly DataFile[]): string[] {
  return [...new Set(files.map((file) => file.partition.billing_period ?? ''))];
}

async function findAsOf(engine: Engine, charges: Snapshot): Promise<string> {
  const deliveredDates = charges.files.map((file) => file.tags?.delivered_at?.slice(0, 10) ?? '');
  const deliveredDate = deliveredDates.sort().at(-1) || new Date().toISOString().slice(0, 10);
  const [row] = await engine.query(
    `select cast(max(charge_date) + interval '1' day as date) as last_date from daily_cost where not is_spread`,
  );
  return chooseAsOf(typeof row?.last_date === 'string' ? row.last_date : deliveredDate, deliveredDate);
}

/** Each step's totals equal those of the step before; what set-aside rows cost is the only difference allowed. */
async function requireReconciled(engine: Engine): Promise<void> {
  const amounts = ['billed_cost', 'effective_cost', 'list_cost', 'contracted_cost', 'row_count'];
  const differs = amounts.flatMap((name) => [
    `source_${name} <> loaded_${name} + quarantined_${name}`,
    `loaded_${name} <> modelled_${name}`,
  ]);
  const rows = await engine.query(`select * from reconciliation where ${differs.join(' or ')} limit 5`);
  if (rows.length > 0) throw new ContractError('the totals of two steps differ; nothing was published', rows);
}
