import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { listActivity } from './activity.ts';
import { createBudgets } from './budgets.ts';
import { createWindow, type Month, type Window } from './calendar.ts';
import { createUsageCharges } from './charges.ts';
import { writeCollected } from './collected/write-collected.ts';
import { listReservations, listSavingsPlans } from './commitments.ts';
import { writeConfiguration } from './configuration.ts';
import { queryRows } from './database.ts';
import { createLoads, listDriverVolumes } from './drivers.ts';
import { type Delivery, type Execution, writeDelivery, writeStaleFile } from './export-tree.ts';
import { addFees } from './fees.ts';
import { describeBenign, describeIncidents } from './incident-truth.ts';
import { listIncidents } from './incidents.ts';
import { createEarlyLines, createLines } from './lines.ts';
import { describeSignals } from './signals.ts';
import { planSize } from './size.ts';
import { createSkus } from './skus.ts';
import { type Costs, describeWorld, sumLines, sumPeriods, type Truth } from './truth.ts';
import { createUsage } from './usage.ts';
import { describeWaste } from './waste-truth.ts';
import { isFinal, loadWorld } from './world-tables.ts';

export type DemoOptions = {
  /** Gets `export/acme-focus/`, `collected/`, truth.json and README.md; an earlier export in it is removed. */
  folder: string;
  /** Gets headroom.yml, budgets.csv, drivers.csv and fx.csv. */
  configFolder: string;
  seed: number;
  /** YYYY-MM-DD: the bill is known for the days before it; the last two are not complete yet. */
  asOf: string;
  /** About how many lines in all; the smallest organisation has some 3,700 a month. */
  lines?: number;
  /** With the running one, 2 to 60. */
  months?: number;
  /** A DuckDB to work in; the schema `headroom_demo` comes and goes. Without it, one in memory. */
  engine?: { connection: DuckDBConnection };
  onProgress?: (progress: { phase: string; done: number; total: number }) => void;
};

export type DemoReport = {
  /** What to import. */
  exportFolder: string;
  /** What to give to loadDemoCollected. */
  collectedFolder: string;
  configFolder: string;
  truthFile: string;
  months: string[];
  rows: number;
  files: number;
  sizeBytes: number;
  totals: Costs;
};

const DEFAULT_LINES = 300_000;
const DEFAULT_MONTHS = 14;
const SCHEMA = 'headroom_demo';
/** The months whose first delivery is left beside the final one, and whose folder holds a file of no delivery. */
const RESTATED_MONTHS_AGO = 2;
const STALE_MONTHS_AGO = 3;
const DELIVERY_HOUR_MS = 6.5 * 3_600_000;
const DAY_MS = 86_400_000;

const README = `Acme is an invented organisation and this is a generated bill: no line of it was ever charged.

export/acme-focus/   a Data Export of AWS in FOCUS 1.2, as AWS delivers it to a bucket
collected/           what exists and what was measured of it, as a collection would bring it home
truth.json           what was planted in it: totals, incidents, launches, commitments, waste, misspellings
`;

/**
 * Generates the demo organisation. The same options give the same rows.
 *
 * @throws InputError when asOf or months cannot be used
 */
export async function generateDemo(options: DemoOptions): Promise<DemoReport> {
  const window = createWindow(options.asOf, options.months ?? DEFAULT_MONTHS);
  const exportFolder = join(options.folder, 'export');
  await rm(exportFolder, { recursive: true, force: true });
  await mkdir(exportFolder, { recursive: true });
  const connection =
    options.engine?.connection ?? (await (await DuckDBInstance.create(':memory:')).connect());
  await connection.run(`drop schema if exists ${SCHEMA} cascade; create schema ${SCHEMA}`);
  try {
    return await generate(connection, exportFolder, window, options);
  } finally {
    await connection.run(`drop schema ${SCHEMA} cascade`);
    if (!options.engine) connection.closeSync();
  }
}

async function generate(
  connection: DuckDBConnection,
  exportFolder: string,
  window: Window,
  options: DemoOptions,
): Promise<DemoReport> {
  const { seed } = options;
  const total = window.months.length + 5;
  const step = (phase: string, done: number) => options.onProgress?.({ phase, done, total });
  step('building the organisation', 0);
  const { organisation, freeLinesPerLine } = planSize(seed, window, options.lines ?? DEFAULT_LINES);
  const skus = createSkus();
  const loads = createLoads(seed, window);
  const incidents = listIncidents(window);
  const plans = listSavingsPlans(seed, window);
  const reservations = listReservations(window, organisation.streams);
  await loadWorld(connection, SCHEMA, { seed, window, organisation, skus, plans, reservations });
  step('metering usage', 1);
  const activity = listActivity(seed, window, organisation.series, loads, incidents);
  await createUsage(connection, SCHEMA, { seed, window, incidents, activity, freeLinesPerLine });
  step('charging', 2);
  await createUsageCharges(connection, SCHEMA, window, plans, reservations);
  const finalPeriods = window.months.flatMap((month, periodNo) => (isFinal(month, window) ? [periodNo] : []));
  await addFees(
    connection,
    SCHEMA,
    window,
    incidents.map(({ id }) => id),
    finalPeriods,
  );
  await createLines(connection, SCHEMA, { seed, window, incidents });
  const exported = await writeExport(connection, exportFolder, seed, window, (done) =>
    step('writing the export', 3 + done),
  );
  step('measuring', total - 2);
  const collectedFolder = join(options.folder, 'collected');
  await rm(collectedFolder, { recursive: true, force: true });
  await writeCollected(connection, SCHEMA, collectedFolder, {
    seed,
    window,
    organisation,
  });
  step('writing the configuration', total - 1);
  const volumes = listDriverVolumes(loads, window);
  const budgets = await createBudgets(connection, SCHEMA, seed, window, volumes);
  await writeConfiguration(options.configFolder, window, { volumes, budgets });
  const truth: Truth = {
    note: 'Acme is an invented organisation; this is what was planted in its generated bill.',
    seed,
    as_of: options.asOf,
    first_day: window.months[0]?.billingPeriod ? `${window.months[0].billingPeriod}-01` : '',
    totals: await sumLines(connection, `${SCHEMA}.line`),
    zero_row_ratio: await zeroRowRatio(connection),
    ...exported,
    incidents: await describeIncidents(connection, SCHEMA, window, incidents),
    signals: describeSignals(window, new Set(organisation.streams.map(({ service }) => service.name))),
    benign: await describeBenign(connection, SCHEMA, window, incidents),
    ...describeWorld(window, organisation, plans, reservations),
    ...(await describeWaste(connection, SCHEMA, window, organisation, reservations, plans)),
  };
  const truthFile = join(options.folder, 'truth.json');
  await writeFile(truthFile, `${JSON.stringify(truth, null, 2)}\n`);
  await writeFile(join(options.folder, 'README.md'), README);
  step('done', total);
  const deliveries = exported.periods.flatMap((period) => period.deliveries);
  return {
    exportFolder,
    collectedFolder,
    configFolder: options.configFolder,
    truthFile,
    months: window.months.map(({ billingPeriod }) => billingPeriod),
    rows: truth.totals.rows,
    files: deliveries.flatMap(({ files }) => files).length,
    sizeBytes: deliveries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    totals: truth.totals,
  };
}

async function writeExport(
  connection: DuckDBConnection,
  exportFolder: string,
  seed: number,
  window: Window,
  onMonth: (done: number) => void,
): Promise<Pick<Truth, 'periods' | 'restated' | 'stale_file'>> {
  const sums = await sumPeriods(connection, SCHEMA);
  const periods: Truth['periods'] = [];
  let restated: Truth['restated'] = null;
  let staleFile: string | null = null;
  for (const [periodNo, month] of window.months.entries()) {
    const own = sums.find(({ billingPeriod }) => billingPeriod === month.billingPeriod);
    if (!own) continue;
    const deliveries: Delivery[] = [];
    const execution = executionOf(seed, month, window);
    if (month.monthsAgo === RESTATED_MONTHS_AGO) {
      const relation = await createEarlyLines(connection, SCHEMA, periodNo);
      const early = {
        ...execution,
        executedAt: new Date((month.end + 1) * DAY_MS + DELIVERY_HOUR_MS),
        isFinal: false,
      };
      deliveries.push(
        await writeDelivery(connection, SCHEMA, exportFolder, early, { relation, where: 'true' }),
      );
      restated = {
        billing_period: month.billingPeriod,
        early: await sumLines(connection, relation),
        final: own.costs,
      };
    }
    const delivery = await writeDelivery(connection, SCHEMA, exportFolder, execution, {
      relation: `${SCHEMA}.line`,
      where: `period_no = ${periodNo}`,
    });
    deliveries.push(delivery);
    if (month.monthsAgo === STALE_MONTHS_AGO) {
      const relation = await createEarlyLines(connection, SCHEMA, periodNo);
      const part = `(select * from ${relation} where order_key % 4 = 0)`;
      staleFile = await writeStaleFile(
        connection,
        SCHEMA,
        exportFolder,
        execution,
        delivery.files.length + 1,
        part,
      );
    }
    periods.push({
      billing_period: month.billingPeriod,
      is_final: execution.isFinal,
      ...own.costs,
      by_charge_category: own.byCategory,
      deliveries,
    });
    onMonth(periodNo + 1);
  }
  return { periods, restated, stale_file: staleFile?.slice(exportFolder.length + 1) ?? null };
}

/** The newest execution: a day after the bill became final, or on the day that the window ends. */
function executionOf(seed: number, month: Month, window: Window): Execution {
  const day = Math.min(month.end + 8, window.end);
  return {
    billingPeriod: month.billingPeriod,
    executedAt: new Date(day * DAY_MS + DELIVERY_HOUR_MS),
    seed,
    isFinal: isFinal(month, window),
  };
}

async function zeroRowRatio(connection: DuckDBConnection): Promise<number> {
  const [row] = await queryRows<{ ratio: number }>(
    connection,
    `select round(avg((billed_e10 = 0 and effective_e10 = 0)::int), 4) as ratio from ${SCHEMA}.line`,
  );
  return row?.ratio ?? 0;
}
