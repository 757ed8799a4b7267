import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { checkConservation, checkContract } from '../engine/check-contract.ts';
import { type Engine, quoteName, quoteText } from '../engine/duckdb.ts';
import { createLakeView, type Partition } from '../engine/lake-view.ts';
import type { Model } from '../engine/model.ts';
import { createRelation } from '../engine/relation.ts';
import { runModel } from '../engine/run-model.ts';
import { groupBy } from '../group-by.ts';
import type { DataFile } from '../lake/delta-files.ts';
import { type DeltaTable, openTable } from '../lake/delta-table.ts';
import { modelTable } from '../lake/model-table.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { TableSchema } from '../lake/table-schema.ts';
import { toDate } from './months.ts';

const DAY_MILLISECONDS = 86_400_000;
const FINGERPRINT = 'fingerprint';

export type DailyCostOptions = {
  engine: Engine;
  store: ObjectStore;
  scratchFolder: string;
  /** All models, sorted; those that daily_cost reads run once for each period. */
  models: readonly Model[];
  charges: { table: DeltaTable; schema: TableSchema; files: readonly DataFile[] };
  /** Changes with anything in the configuration that allocation reads. */
  allocationHash: string;
  onPeriod?: (period: string, done: number, total: number) => void;
};

/** A model that the lake keeps, and what it takes to bring it up to date. */
type KeptModel = {
  model: Model;
  schema: TableSchema;
  table: DeltaTable;
  upstream: readonly Model[];
  /** Those upstream that read charges: they run once for each period. */
  ofPeriod: ReadonlySet<Model>;
  files: ReadonlyMap<string, readonly DataFile[]>;
  current: Partition[];
};

/**
 * Brings daily_cost and whatever else the lake keeps of the charges up to date, one billing period at a time, rebuilding
 * only the periods whose charges, allocation or SQL changed, and leaves a view of each in the engine. A period of a model
 * is replaced by one commit.
 *
 * @returns the periods of daily_cost that were rebuilt.
 * @throws ContractError where a result breaks its contract; what was there before stays.
 */
export async function buildDailyCost(options: DailyCostOptions): Promise<string[]> {
  const { engine, models, charges } = options;
  const kept: KeptModel[] = [];
  for (const model of listKeptModels(models)) kept.push(await prepareModel(options, model));
  const needed = new Set(kept.flatMap(({ upstream }) => upstream));
  const ofPeriods = findDependents(models, 'charges');
  for (const input of models) if (needed.has(input) && !ofPeriods.has(input)) await runModel(engine, input);

  const periods = groupByPeriod(charges.files);
  const rebuilt: string[] = [];
  for (const [index, [period, files]] of [...periods].entries()) {
    options.onPeriod?.(period, index, periods.size);
    const own = kept.filter((each) => listKept(each, periods).has(period));
    if (await rebuildPeriod(options, own, period, files)) rebuilt.push(period);
  }
  options.onPeriod?.('', periods.size, periods.size);
  for (const each of kept) {
    const { model, schema, table, current } = each;
    await dropAbsent(table, listKept(each, periods));
    await createLakeView(engine, schema, current);
    await checkContract(engine, model);
  }
  return rebuilt;
}

/** The periods of which a model is kept. */
function listKept({ model }: KeptModel, periods: ReadonlyMap<string, unknown>): Set<string> {
  const { newest_periods = periods.size } = model.contract;
  return new Set([...periods.keys()].slice(-newest_periods));
}

/** Rebuilds what is stale of a period, and notes the files that hold it. Says whether daily_cost was among it. */
async function rebuildPeriod(
  options: DailyCostOptions,
  kept: readonly KeptModel[],
  period: string,
  files: readonly DataFile[],
): Promise<boolean> {
  const { engine, store, models } = options;
  const fingerprints = new Map(kept.map((each) => [each, makeFingerprint(options, each, period, files)]));
  const stale = kept.filter((each) => {
    const old = each.files.get(period) ?? [];
    return old.length === 0 || old.some((file) => file.tags?.[FINGERPRINT] !== fingerprints.get(each));
  });
  if (stale.length > 0) await createChargesView(options, files);
  for (const input of models) {
    if (stale.some(({ ofPeriod }) => ofPeriod.has(input))) await runModel(engine, input);
  }
  for (const each of kept) {
    const own = stale.includes(each)
      ? [await writePeriod(options, each, period, fingerprints.get(each) ?? '')]
      : (each.files.get(period) ?? []);
    const paths = await store.localPaths(own.map((file) => each.table.dataKey(file)));
    each.current.push({ values: { billing_period: period }, paths });
  }
  return stale.some(({ model }) => model.name === 'daily_cost');
}

async function prepareModel({ store, models }: DailyCostOptions, model: Model): Promise<KeptModel> {
  const upstream = findUpstream(models, model);
  const schema = modelTable(model);
  const table = openTable(store, schema);
  const files = groupBy((await table.snapshot()).files, (file) => file.partition.billing_period ?? '');
  const ofPeriod = findDependents(upstream, 'charges');
  return { model, schema, table, upstream, ofPeriod, files, current: [] };
}

function makeFingerprint(
  { allocationHash }: DailyCostOptions,
  { model, upstream }: KeptModel,
  period: string,
  files: readonly DataFile[],
): string {
  return hash([period, allocationHash, files.map((file) => file.path).sort(), upstream.concat(model)]);
}

async function createChargesView(options: DailyCostOptions, files: readonly DataFile[]): Promise<void> {
  const { engine, store, scratchFolder, charges } = options;
  const partitions: Partition[] = [];
  for (const [, members] of groupBy(files, (file) => JSON.stringify(file.partition))) {
    const paths = await store.localPaths(members.map((file) => charges.table.dataKey(file)));
    partitions.push({ values: members[0]?.partition ?? {}, paths });
  }
  await createLakeView(engine, charges.schema, partitions);
  const [span] = await engine.query(
    'select min(billing_period_start) as first_at, max(billing_period_end) as last_at from charges',
  );
  await createRelation(
    engine,
    scratchFolder,
    'calendar_days',
    { day: 'DATE' },
    listDays(span?.first_at, span?.last_at),
  );
}

/** Billing periods are months; a year is beyond any, and a mistyped date must not fill the memory. */
const MAX_CALENDAR_DAYS = 366;

function listDays(first: unknown, last: unknown): { day: string }[] {
  if (typeof first !== 'string' || typeof last !== 'string') return [];
  const start = Date.parse(first.slice(0, 10));
  const count = Math.min(Math.ceil((Date.parse(last) - start) / DAY_MILLISECONDS), MAX_CALENDAR_DAYS);
  return Array.from({ length: count }, (_, index) => ({ day: toDate(start + index * DAY_MILLISECONDS) }));
}

/** Nothing is committed before the period's sums are those that were loaded. */
async function writePeriod(
  { engine, store, scratchFolder }: DailyCostOptions,
  { model, schema, table }: KeptModel,
  period: string,
  fingerprint: string,
): Promise<DataFile> {
  const partition = { billing_period: period };
  const file = join(scratchFolder, `${model.name}-${period}-${process.pid}.parquet`);
  const columns = Object.keys(model.contract.columns).filter((name) => !(name in partition));
  const written = await engine.copy(
    `select ${columns.map(quoteName).join(', ')} from (${model.sql}) as model`,
    file,
  );
  await createLakeView(engine, schema, [{ values: partition, paths: [file] }]);
  await checkConservation(engine, model, `billing_period = ${quoteText(period)}`);
  const path = table.newPath(partition);
  await store.writeFile(table.dataKey({ path }), file);
  const added: DataFile = { path, partition, ...written, tags: { [FINGERPRINT]: fingerprint } };
  await table.commit(() => ({
    add: [added],
    remove: (old) => old.partition.billing_period === period,
    info: { operation: 'REPLACE PERIOD', billing_period: period },
  }));
  return added;
}

/** A period that charges no longer have must not stay behind. */
async function dropAbsent(table: DeltaTable, periods: ReadonlySet<string>): Promise<void> {
  const isAbsent = (file: DataFile) => !periods.has(file.partition.billing_period ?? '');
  await table.commit((snapshot) =>
    snapshot.files.some(isAbsent)
      ? { add: [], remove: isAbsent, info: { operation: 'DROP PERIODS' } }
      : undefined,
  );
}

/** The models that the lake keeps and every model that they read: those that buildDailyCost runs. */
export function listDailyCostModels(models: readonly Model[]): Set<Model> {
  const kept = listKeptModels(models);
  return new Set([...kept.flatMap((model) => findUpstream(models, model)), ...kept]);
}

function listKeptModels(models: readonly Model[]): Model[] {
  return models.filter(({ contract }) => contract.materialized === 'lake');
}

/** The models that a model reads, directly or not, in the order in which they run. */
function findUpstream(models: readonly Model[], model: Model): Model[] {
  const needed = new Set(model.contract.inputs);
  for (const candidate of [...models].reverse()) {
    if (needed.has(candidate.name)) for (const input of candidate.contract.inputs) needed.add(input);
  }
  return models.filter((candidate) => needed.has(candidate.name));
}

/** Those of sorted models that read a relation, directly or not, in the same order. */
function findDependents(models: readonly Model[], relation: string): Set<Model> {
  const names = new Set([relation]);
  const dependents = new Set<Model>();
  for (const model of models) {
    if (!model.contract.inputs.some((input) => names.has(input))) continue;
    names.add(model.name);
    dependents.add(model);
  }
  return dependents;
}

function groupByPeriod(files: readonly DataFile[]): Map<string, DataFile[]> {
  const groups = groupBy(files, (file) => file.partition.billing_period ?? '');
  return new Map([...groups].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function hash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}
