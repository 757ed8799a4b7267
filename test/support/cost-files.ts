import { mkdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { type Engine, openDuckdb, quoteText, readParquet } from '../../analytics/engine/duckdb.ts';
import { openTable } from '../../analytics/lake/delta-table.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import type { TableSchema } from '../../analytics/lake/table-schema.ts';
import { makeTestFolder } from './lake-folder.ts';

export type Row = Record<string, string | undefined>;

/** A FOCUS charge as a CSV has it; what a test is about is given, the rest is ordinary. */
export function focusRow(changes: Row = {}): Row {
  return {
    BilledCost: '1.5',
    EffectiveCost: '1.25',
    ListCost: '2',
    ContractedCost: '1.75',
    BillingAccountId: '000123456789',
    BillingCurrency: 'USD',
    BillingPeriodStart: '2026-10-01T00:00:00Z',
    BillingPeriodEnd: '2026-11-01T00:00:00Z',
    ChargePeriodStart: '2026-10-05T00:00:00Z',
    ChargePeriodEnd: '2026-10-06T00:00:00Z',
    ChargeCategory: 'Usage',
    ProviderName: 'AWS',
    ServiceName: 'Amazon S3',
    Tags: '{"team":"payments"}',
    ...changes,
  };
}

/** A line of a legacy Cost and Usage Report. */
export function curRow(changes: Row = {}): Row {
  return {
    'bill/PayerAccountId': '000123456789',
    'bill/BillingPeriodStartDate': '2026-10-01T00:00:00Z',
    'bill/BillingPeriodEndDate': '2026-11-01T00:00:00Z',
    'lineItem/UsageAccountId': '000000000042',
    'lineItem/LineItemType': 'Usage',
    'lineItem/UsageStartDate': '2026-10-05T00:00:00Z',
    'lineItem/UsageEndDate': '2026-10-05T01:00:00Z',
    'lineItem/ProductCode': 'AmazonEC2',
    'lineItem/UsageType': 'BoxUsage:m5.large',
    'lineItem/UsageAmount': '1',
    'lineItem/CurrencyCode': 'USD',
    'lineItem/UnblendedCost': '0.5',
    'pricing/publicOnDemandCost': '0.6',
    ...changes,
  };
}

/** CSV text; the columns are those of all rows. */
export function toCsv(rows: readonly Row[], { delimiter = ',', lineEnd = '\n' } = {}): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const quote = (cell: string) => (/["\n\r,;\t|]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ''))];
  return lines.map((cells) => cells.map(quote).join(delimiter) + lineEnd).join('');
}

/** Writes a file with its folders and returns its path. */
export async function putFile(
  folder: string,
  name: string,
  content: string | Uint8Array,
  modifiedAt?: string,
): Promise<string> {
  const file = path.join(folder, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
  if (modifiedAt !== undefined) await utimes(file, new Date(modifiedAt), new Date(modifiedAt));
  return file;
}

/** Writes one delivery of a Data Export, as AWS does with "create new" files, and returns the manifest's path. */
export async function putDelivery(
  folder: string,
  given: { name?: string; period: string; deliveredAt: string; files: Record<string, string | Uint8Array> },
): Promise<string> {
  const { name = 'focus', period, deliveredAt, files } = given;
  const execution = `BILLING_PERIOD=${period}/${deliveredAt}-6b622448-daaa-439c-92f1-afc727f1e0a3`;
  for (const [file, content] of Object.entries(files))
    await putFile(folder, `${name}/data/${execution}/${file}`, content);
  const dataFiles = Object.keys(files).map((file) => `s3://bucket/exports/${name}/data/${execution}/${file}`);
  return putFile(
    folder,
    `${name}/metadata/${execution}/${name}-Manifest.json`,
    JSON.stringify({ dataFiles }),
  );
}

/** An engine that is gone when the test is. */
export async function openTestEngine(): Promise<Engine> {
  const engine = await openDuckdb({ tempFolder: await makeTestFolder(), threads: 2 });
  onTestFinished(() => engine.close());
  return engine;
}

/** The rows of a lake table, with its partition columns. */
export async function readTable(
  store: ObjectStore,
  schema: TableSchema,
  select = '*',
): Promise<Record<string, unknown>[]> {
  const engine = await openDuckdb({ tempFolder: await store.scratchFolder(), threads: 1 });
  const table = openTable(store, schema);
  const { files } = await table.snapshot();
  const rows: Record<string, unknown>[] = [];
  for (const file of files) {
    const partition = Object.entries(file.partition).map(
      ([column, value]) => `, ${quoteText(value ?? '')} as ${column}`,
    );
    const [local = ''] = await store.localPaths([table.dataKey(file)]);
    const relation = `(select *${partition.join('')} from ${readParquet([local])})`;
    rows.push(...(await engine.query(`select ${select} from ${relation}`)));
  }
  engine.close();
  return rows;
}
