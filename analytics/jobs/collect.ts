import { randomUUID } from 'node:crypto';
import type { CollectSettings } from '../configuration/collect-schema.ts';
import { openDuckdb } from '../engine/duckdb.ts';
import { COLLECTIONS } from '../lake/collected-tables.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { accountsCollector } from '../sources/accounts/accounts.ts';
import { resolveTargets } from '../sources/accounts/resolve-targets.ts';
import { explainAwsError } from '../sources/aws-errors.ts';
import type { AwsAccess } from '../sources/aws-session.ts';
import { writeWindow } from '../sources/aws-window.ts';
import { budgetsCollector } from '../sources/budgets/budgets.ts';
import { cloudwatchCollector } from '../sources/cloudwatch/cloudwatch.ts';
import {
  type CollectContext,
  type Collector,
  type CollectUnit,
  describeUnit,
  type SourceName,
  SpendLimitError,
} from '../sources/collector.ts';
import { openCostExplorerLedger } from '../sources/cost-explorer/client.ts';
import { costExplorerCollector } from '../sources/cost-explorer/cost-explorer.ts';
import { toDay } from '../sources/days.ts';
import { inventoryCollector } from '../sources/inventory/inventory.ts';
import { quotasCollector } from '../sources/quotas/quotas.ts';

const COLLECTORS: Record<SourceName, Collector> = {
  accounts: accountsCollector,
  'cost-explorer': costExplorerCollector,
  budgets: budgetsCollector,
  inventory: inventoryCollector,
  cloudwatch: cloudwatchCollector,
  quotas: quotasCollector,
};
const MEMORY_LIMIT_GIB = 1;

export type CollectOptions = {
  store: ObjectStore;
  settings: CollectSettings;
  access?: AwsAccess;
  /** In place of the configuration's. */
  regions?: readonly string[];
  /** Days, `YYYY-MM-DD`; `to` is exclusive. Default: what is missing. */
  from?: string;
  to?: string;
  /** Also what is up to date. */
  isAgain?: boolean;
  clock?: () => Date;
  /** True when no further unit should begin; what is left is deferred. */
  isOutOfTime?: () => boolean;
  onProgress?: (progress: { phase: string; done: number; total: number }) => void;
};

export type UnitReport = CollectUnit & {
  /** deferred: the allowance (`error` says so) or the time ended first; a later call goes on here. */
  outcome: 'collected' | 'failed' | 'deferred';
  rowCount: number;
  error: string | undefined;
  isRetryable: boolean;
  warnings: string[];
};

export type CollectReport = {
  runId: string;
  units: UnitReport[];
  /** Requests to Cost Explorer that were paid for today, by every process on this lake. */
  costExplorerRequestsToday: number;
};

/** What is missing in the lake, as plain data that can go through a queue to `collectUnits`. */
export function planCollection(
  options: CollectOptions,
  sources: readonly SourceName[],
): Promise<CollectUnit[]> {
  return withContext(options, (context) => planSources(context, sources));
}

/**
 * Collects units, those of one account beside those of others. A unit that fails is reported and stops no other; asked
 * again, it begins anew, and nothing is in the lake twice.
 */
export function collectUnits(options: CollectOptions, units: readonly CollectUnit[]): Promise<CollectReport> {
  return withContext(options, (context) => runUnits(context, options, units));
}

/** Plans and collects. */
export function collect(options: CollectOptions, sources: readonly SourceName[]): Promise<CollectReport> {
  return withContext(options, async (context) =>
    runUnits(context, options, await planSources(context, sources)),
  );
}

async function withContext<T>(
  options: CollectOptions,
  action: (context: CollectContext) => Promise<T>,
): Promise<T> {
  const {
    store,
    settings,
    access = {},
    regions,
    from,
    to,
    isAgain = false,
    clock = () => new Date(),
  } = options;
  const targets = await resolveTargets({ settings, access, ...(regions === undefined ? {} : { regions }) });
  const scratchFolder = await store.scratchFolder();
  const engine = await openDuckdb({ tempFolder: scratchFolder, memoryLimitGib: MEMORY_LIMIT_GIB });
  const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  try {
    return await action({ store, engine, scratchFolder, settings, clock, ...targets, range, isAgain });
  } finally {
    engine.close();
  }
}

async function planSources(context: CollectContext, sources: readonly SourceName[]): Promise<CollectUnit[]> {
  const units: CollectUnit[] = [];
  for (const source of sources) units.push(...(await COLLECTORS[source].plan(context)));
  return units;
}

async function runUnits(
  context: CollectContext,
  options: CollectOptions,
  units: readonly CollectUnit[],
): Promise<CollectReport> {
  const runId = randomUUID();
  const done = new Map<CollectUnit, UnitReport>();
  let spent: string | undefined;
  const run = async (unit: CollectUnit) => {
    const isSerial = COLLECTORS[unit.source].isSerial ?? false;
    const isLate = options.isOutOfTime?.() ?? false;
    const report = isLate
      ? reportOf(unit, 'deferred')
      : isSerial && spent
        ? { ...reportOf(unit, 'deferred'), error: spent }
        : await runUnit(context, unit);
    if (isSerial && report.outcome === 'deferred') spent = report.error;
    done.set(unit, report);
    options.onProgress?.({ phase: describeUnit(unit), done: done.size, total: units.length });
  };
  // Serial sources have one lane of their own.
  const serial = units.filter(({ source }) => COLLECTORS[source].isSerial);
  const others = units.filter(({ source }) => !COLLECTORS[source].isSerial);
  const lanes = Array.from({ length: context.settings.concurrency }, () => others);
  await Promise.all([drain(serial, run), ...lanes.map((lane) => drain(lane, run))]);
  const reports = units.flatMap((unit) => done.get(unit) ?? []);
  await recordRun(context, runId, reports);
  const ledger = openCostExplorerLedger(context);
  return { runId, units: reports, costExplorerRequestsToday: await ledger.count(toDay(context.clock())) };
}

/** Takes from a list, which other lanes may share, until it is empty. */
async function drain(units: CollectUnit[], run: (unit: CollectUnit) => Promise<void>): Promise<void> {
  for (let unit = units.shift(); unit; unit = units.shift()) await run(unit);
}

async function runUnit(context: CollectContext, unit: CollectUnit): Promise<UnitReport> {
  try {
    const { rowCount, warnings } = await COLLECTORS[unit.source].collect(context, unit);
    return { ...reportOf(unit, 'collected'), rowCount, warnings };
  } catch (error) {
    if (error instanceof SpendLimitError) return { ...reportOf(unit, 'deferred'), error: error.message };
    const explained = explainAwsError(error, describeUnit(unit));
    const remedy = 'remedy' in explained && explained.remedy ? ` ${explained.remedy}` : '';
    const isRetryable = 'isRetryable' in explained && explained.isRetryable === true;
    return { ...reportOf(unit, 'failed'), error: `${explained.message}.${remedy}`, isRetryable };
  }
}

function reportOf(unit: CollectUnit, outcome: UnitReport['outcome']): UnitReport {
  return {
    ...unit,
    outcome,
    rowCount: 0,
    error: undefined,
    isRetryable: outcome === 'deferred',
    warnings: [],
  };
}

async function recordRun(
  context: CollectContext,
  runId: string,
  reports: readonly UnitReport[],
): Promise<void> {
  if (reports.length === 0) return;
  const finishedAt = context.clock();
  const rows = reports.map((report) => ({
    run_id: runId,
    source: report.part === undefined ? report.source : `${report.source} ${report.part}`,
    account_id: report.accountId,
    region_id: report.regionId ?? null,
    from_date: report.from,
    to_date: report.to,
    outcome: report.outcome,
    row_count: report.rowCount,
    error: report.error ?? null,
    warnings: JSON.stringify(report.warnings),
    finished_at: finishedAt.toISOString(),
  }));
  await writeWindow(context, {
    schema: COLLECTIONS,
    scope: `run/${runId}`,
    pulledAt: finishedAt,
    partitions: new Map([[toDay(finishedAt), rows]]),
  });
}
