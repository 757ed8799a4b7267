import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { InputError } from '../analytics/errors.ts';
import { createBudget } from './budgets.ts';
import { createMonth, type Month } from './calendar.ts';
import { writeConfiguration } from './configuration.ts';
import { formatAmount, queryRows, quote } from './database.ts';
import { createLoads, listDriverVolumes } from './drivers.ts';
import { copyParquet, dataFileName, dataFolder, type Execution, writeManifest } from './export-tree.ts';
import type { MonthShape } from './month-common.ts';
import { feeLinesSql } from './month-fee-lines.ts';
import { loadMonthTables } from './month-tables.ts';
import { usageLinesSql } from './month-usage-lines.ts';
import { createRandom } from './random.ts';
import { PAYER, TEAMS } from './world.ts';

export type MonthOptions = {
  /** Gets `export/acme-focus/`; an earlier export in it is removed. */
  folder: string;
  /** YYYY-MM */
  month: string;
  /** Exactly so many, 10,000 or more. */
  lines: number;
  seed: number;
  /** Gets a configuration that fits: the demo's, with flat budgets. */
  configFolder?: string;
  /** Files written at the same time, 2 unless given. */
  writers?: number;
  onProgress?: (progress: { phase: string; done: number; total: number }) => void;
};

export type MonthReport = {
  exportFolder: string;
  billingPeriod: string;
  rows: number;
  files: number;
  sizeBytes: number;
  /** Decimal text. */
  billedCost: string;
  effectiveCost: string;
};

const SCHEMA = 'main';
const LINES_A_FILE = 1_250_000;
const LEAST_LINES = 10_000;
const MEMORY_LIMIT = '1400MB';
const TAXED_SERVICES = 10;
const TAX_PERCENT = 6;
const SUPPORT_PERCENT = 3;
const CREDIT_PERMILLE = 5;
const DELIVERY_HOUR_MS = 6.5 * 3_600_000;
const DAY_MS = 86_400_000;

/**
 * Writes one month as an hourly FOCUS 1.2 export of many lines, for measuring speed: resources that live from one hour
 * to the whole month, in no order, with hundreds of meters and 2,000 sets of tags. Streams; the same options give the
 * same rows.
 *
 * @throws InputError when month or lines cannot be used
 */
export async function generateMonth(options: MonthOptions): Promise<MonthReport> {
  const { seed, lines } = options;
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(options.month)) {
    throw new InputError(`'${options.month}' is not a month`, {
      where: 'month',
      remedy: 'write it as 2026-10',
    });
  }
  if (!Number.isInteger(lines) || lines < LEAST_LINES) {
    throw new InputError(`${lines} lines cannot be generated`, {
      where: 'lines',
      remedy: `use ${LEAST_LINES} or more`,
    });
  }
  const month = createMonth(options.month);
  const exportFolder = join(options.folder, 'export');
  await rm(exportFolder, { recursive: true, force: true });
  await mkdir(exportFolder, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: MEMORY_LIMIT,
    preserve_insertion_order: 'true',
  });
  const connection = await instance.connect();
  try {
    const accounts = await loadMonthTables(connection, SCHEMA, seed);
    const execution: Execution = {
      billingPeriod: options.month,
      executedAt: new Date((month.end + 8) * DAY_MS + DELIVERY_HOUR_MS),
      seed,
      isFinal: true,
    };
    const feeLines = (month.end - month.start) * 24 + accounts * (TAXED_SERVICES + 2);
    const invoiceId = String(
      1_000_000_000 + createRandom(seed, 'invoice', options.month).integer(900_000_000),
    );
    const shape: MonthShape = { schema: SCHEMA, seed, month, lines: lines - feeLines, accounts, invoiceId };
    const folder = await dataFolder(exportFolder, execution);
    const files = await writeUsage(instance, shape, folder, options);
    await createFees(
      connection,
      month,
      files.map((file) => join(folder, file)),
    );
    const last = dataFileName(files.length + 1);
    await copyParquet(connection, feeLinesSql(shape), join(folder, last));
    files.push(last);
    await writeManifest(exportFolder, execution, files);
    const measured = await measure(
      connection,
      files.map((file) => join(folder, file)),
    );
    if (options.configFolder)
      await writeMonthConfiguration(options.configFolder, seed, month, measured.effectiveCost);
    return { exportFolder, billingPeriod: options.month, files: files.length, ...measured };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function writeUsage(
  instance: DuckDBInstance,
  shape: MonthShape,
  folder: string,
  options: MonthOptions,
): Promise<string[]> {
  const total = Math.ceil(shape.lines / LINES_A_FILE);
  const size = Math.ceil(shape.lines / total);
  let next = 0;
  let done = 0;
  const write = async () => {
    const connection = await instance.connect();
    while (next < total) {
      const index = next++;
      const sql = usageLinesSql(shape, index * size, Math.min(shape.lines, (index + 1) * size));
      await copyParquet(connection, sql, join(folder, dataFileName(index + 1)));
      done += 1;
      options.onProgress?.({ phase: 'writing the month', done, total });
    }
    connection.closeSync();
  };
  await Promise.all(Array.from({ length: Math.min(options.writers ?? 2, total) }, write));
  return Array.from({ length: total }, (_, index) => dataFileName(index + 1));
}

/** `fee_amount`: the plan's hourly fee, which is what its usage cost; tax, support and a credit by account. */
async function createFees(
  connection: DuckDBConnection,
  month: Month,
  files: readonly string[],
): Promise<void> {
  const period = `${month.start * 24} as start_hour, ${month.end * 24} as end_hour`;
  await connection.run(`
    create or replace table usage_sum as
    select SubAccountId as account_id, ServiceName as service_name, epoch(ChargePeriodStart)::bigint // 3600 as start_hour,
      sum((BilledCost * 1e10)::bigint)::hugeint as billed_e10,
      sum((EffectiveCost * 1e10)::bigint) filter (CommitmentDiscountId is not null)::hugeint as covered_e10
    from read_parquet([${files.map(quote).join(', ')}], hive_partitioning = false) group by all;

    create or replace table account_sum as
    select a.account_id, s.service_name, coalesce(u.billed_e10, 0) as billed_e10
    from account a
    cross join (select service_name from usage_sum group by all order by sum(billed_e10) desc, service_name limit ${TAXED_SERVICES}) s
    left join (select account_id, service_name, sum(billed_e10) as billed_e10 from usage_sum group by all) u
      on u.account_id = a.account_id and u.service_name = s.service_name;

    create or replace table fee_amount as
    select 'fee' as kind, ${quote(PAYER.id)} as account_id, 'Savings Plans for AWS Compute usage' as service_name, h.start_hour,
      h.start_hour + 1 as end_hour, coalesce(sum(u.covered_e10), 0)::bigint as amount_e10
    from range(${month.start * 24}, ${month.end * 24}) as h(start_hour) left join usage_sum u on u.start_hour = h.start_hour
    group by h.start_hour
    union all
    select 'tax', account_id, service_name, ${period}, (billed_e10 * ${TAX_PERCENT} // 100 // 100000000 * 100000000)::bigint from account_sum
    union all
    select 'support', account_id, 'AWS Support (Business)', ${period}, (sum(billed_e10) * ${SUPPORT_PERCENT} // 100 // 100000000 * 100000000)::bigint
    from account_sum group by account_id
    union all
    select 'credit', account_id, 'Amazon Elastic Compute Cloud', ${period}, -(sum(billed_e10) * ${CREDIT_PERMILLE} // 1000 // 100000000 * 100000000)::bigint
    from account_sum group by account_id`);
}

async function writeMonthConfiguration(
  folder: string,
  seed: number,
  month: Month,
  effectiveCost: string,
): Promise<void> {
  const window = { start: month.start, end: month.end, months: [month] };
  const amount = Math.round(Number(effectiveCost) / Object.keys(TEAMS).length);
  const budgets = Object.keys(TEAMS).map((team) => createBudget(month.billingPeriod, team, '', amount));
  await writeConfiguration(folder, window, {
    volumes: listDriverVolumes(createLoads(seed, window), window),
    budgets,
  });
}

async function measure(
  connection: DuckDBConnection,
  files: readonly string[],
): Promise<Pick<MonthReport, 'rows' | 'sizeBytes' | 'billedCost' | 'effectiveCost'>> {
  const [row] = await queryRows<{ rows: bigint; billed: bigint; effective: bigint }>(
    connection,
    `select count(*) as rows, sum((BilledCost * 1e10)::bigint)::hugeint as billed, sum((EffectiveCost * 1e10)::bigint)::hugeint as effective
     from read_parquet([${files.map(quote).join(', ')}], hive_partitioning = false)`,
  );
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return {
    rows: Number(row?.rows ?? 0n),
    sizeBytes: sizes.reduce((sum, size) => sum + size, 0),
    billedCost: formatAmount(row?.billed ?? 0n),
    effectiveCost: formatAmount(row?.effective ?? 0n),
  };
}
