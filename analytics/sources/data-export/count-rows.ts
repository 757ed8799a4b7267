import { type Engine, quoteText } from '../../engine/duckdb.ts';
import { InputError } from '../../errors.ts';
import { chargesOf, FILE_COLUMN, type FileGroup } from './charge-sql.ts';
import { type CostFile, openCostFile, prepareRejectedLines, REJECTED_LINES } from './cost-file.ts';
import { detectDialect } from './dialect.ts';
import type { Candidate, DeliveredFile } from './discover.ts';
import { detectInvoiceDataset, type InvoiceDataset } from './invoice-datasets.ts';
import { VALUE_MACROS } from './value-macros.ts';

export type OpenedFile = DeliveredFile & CostFile;
export type OpenedCandidate = Omit<Candidate, 'files'> & {
  files: OpenedFile[];
  groups: FileGroup[];
  /** Files of a dataset that tells of invoices; they hold no charges. */
  invoiceFiles: (OpenedFile & { dataset: InvoiceDataset })[];
};

/** What the delivered files hold, counted apart from what is written: one row a file, period and control total. */
export const SOURCE_COUNTS = 'source_counts';
/** The name of each opened file, and the period to which its rows without a readable period go. */
export const OPENED_FILES = 'opened_files';

export const TOTAL_KEYS = [
  'provider_name',
  'billing_account_id',
  'billing_currency',
  'charge_category',
] as const;
export const TOTAL_COSTS = ['billed_cost', 'effective_cost', 'list_cost', 'contracted_cost'] as const;
/** The select list of control totals over charges, to be grouped by all. An absent name may be '' in one file. */
export const TOTALS = [
  ...TOTAL_KEYS.map((name) => `nullif(${name}, '') as ${name}`),
  'count(*) as row_count',
  ...TOTAL_COSTS.map((name) => `coalesce(sum(${name}), 0) as ${name}`),
].join(', ');

/** Makes the macros and tables of an import. */
export async function prepareImport(engine: Engine): Promise<void> {
  for (const statement of VALUE_MACROS) await engine.run(statement);
  await prepareRejectedLines(engine);
  await engine.run(
    `create or replace temp table ${OPENED_FILES} (parquet_path varchar, name varchar, first_period varchar)`,
  );
  await engine.run(`create or replace temp table ${SOURCE_COUNTS} (parquet_path varchar, billing_period varchar, is_quarantined boolean,
    ${TOTAL_KEYS.map((name) => `${name} varchar`)}, row_count bigint,
    ${TOTAL_COSTS.map((name) => `${name} decimal(38, 12)`)}, invoiced_count bigint, uninvoiced_usage_count bigint)`);
}

/**
 * Opens a candidate's files and counts their rows into SOURCE_COUNTS.
 *
 * @param stagingPrefix start of the paths at which text files are staged.
 * @throws InputError where a file cannot be read or is no cost file.
 */
export async function openCandidate(
  engine: Engine,
  candidate: Candidate,
  stagingPrefix: string,
  onFile: (file: DeliveredFile) => void,
): Promise<OpenedCandidate> {
  const files: OpenedFile[] = [];
  const invoiceFiles: OpenedCandidate['invoiceFiles'] = [];
  const groups = new Map<string, FileGroup & { paths: string[] }>();
  for (const [index, file] of candidate.files.entries()) {
    onFile(file);
    const opened = await openCostFile(engine, file.path, `${stagingPrefix}-${index}.parquet`);
    const dataset = detectInvoiceDataset(opened.columns, file.name);
    if (dataset) {
      invoiceFiles.push({ ...file, ...opened, dataset });
      continue;
    }
    const { dialect, cells } = detectDialect(opened.columns, file.name);
    files.push({ ...file, ...opened });
    const key = JSON.stringify([dialect.name, opened.columns]);
    const group = groups.get(key);
    if (group) group.paths.push(opened.parquetPath);
    else groups.set(key, { paths: [opened.parquetPath], dialect, cells });
    await engine.run(
      `insert into ${OPENED_FILES} values (${quoteText(opened.parquetPath)}, ${quoteText(file.name)}, null)`,
    );
  }
  for (const group of groups.values()) await countGroup(engine, group, candidate.billingPeriod);
  if (files.length > 0) {
    await countRejectedLines(engine, files);
    await settlePeriods(engine, files, candidate.billingPeriod);
  }
  return { ...candidate, files, groups: [...groups.values()], invoiceFiles };
}

/** Rows are grouped by the instant at which their period starts, which is cheaper than by its month. */
async function countGroup(engine: Engine, group: FileGroup, period: string | undefined): Promise<void> {
  const counts = ['row_count', ...TOTAL_COSTS, 'invoiced_count', 'uninvoiced_usage_count'];
  await engine.run(`insert into ${SOURCE_COUNTS} by name
    select parquet_path, month_of(billing_period_start) as billing_period, is_quarantined, ${TOTAL_KEYS.join(', ')},
      ${counts.map((name) => `sum(${name}) as ${name}`).join(', ')}
    from (
      select ${FILE_COLUMN} as parquet_path, billing_period_start, quarantine_reason is not null as is_quarantined,
        ${TOTALS}, count(invoice_id) as invoiced_count,
        count(*) filter (where invoice_id is null and charge_category = 'Usage') as uninvoiced_usage_count
      from (${chargesOf(group, period)}) group by all
    ) group by all`);
}

/** A line that is no row is one row of the source, of which nothing is known. */
async function countRejectedLines(engine: Engine, files: readonly OpenedFile[]): Promise<void> {
  await engine.run(`insert into ${SOURCE_COUNTS} by name
    select parquet_path, true as is_quarantined, count(*) as row_count,
      ${TOTAL_COSTS.map((name) => `0 as ${name}`)}, 0 as invoiced_count, 0 as uninvoiced_usage_count
    from ${REJECTED_LINES} where parquet_path in (${listPaths(files)}) group by parquet_path`);
}

/** Rows whose period cannot be read go to the delivery's period or, without a manifest, to their file's first. */
async function settlePeriods(
  engine: Engine,
  files: readonly OpenedFile[],
  period: string | undefined,
): Promise<void> {
  const paths = listPaths(files);
  const first = period === undefined ? 'min(billing_period)' : quoteText(period);
  await engine.run(`update ${OPENED_FILES} set first_period = counted.first_period
    from (select parquet_path, ${first} as first_period from ${SOURCE_COUNTS} group by parquet_path) as counted
    where ${OPENED_FILES}.parquet_path = counted.parquet_path and counted.parquet_path in (${paths})`);
  await engine.run(`update ${SOURCE_COUNTS} set billing_period =
      ${period === undefined ? `coalesce(${SOURCE_COUNTS}.billing_period, ${OPENED_FILES}.first_period)` : quoteText(period)}
    from ${OPENED_FILES}
    where ${OPENED_FILES}.parquet_path = ${SOURCE_COUNTS}.parquet_path and ${OPENED_FILES}.parquet_path in (${paths})`);
  const [lost] = await engine.query(`select name, sum(row_count) as row_count from ${SOURCE_COUNTS}
    join ${OPENED_FILES} using (parquet_path) where billing_period is null group by name order by name limit 1`);
  if (lost) {
    throw new InputError(`none of its ${String(lost.row_count)} rows has a billing period that can be read`, {
      where: String(lost.name),
      remedy: 'Check that the file is the bill as the provider exports it.',
    });
  }
}

export function listPaths(files: readonly { parquetPath: string }[]): string {
  return files.map(({ parquetPath }) => quoteText(parquetPath)).join(', ');
}

/** The billing accounts in the rows of a delivery that are understood, in order. */
export async function listBillingAccounts(
  engine: Engine,
  part: { billingPeriod: string; files: readonly { parquetPath: string }[] },
): Promise<string[]> {
  if (part.files.length === 0) return [];
  const rows = await engine.query(`select distinct billing_account_id from ${SOURCE_COUNTS}
    where parquet_path in (${listPaths(part.files)}) and billing_period = ${quoteText(part.billingPeriod)}
      and not is_quarantined and billing_account_id is not null order by all`);
  return rows.map((row) => String(row.billing_account_id));
}
