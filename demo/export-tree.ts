import { mkdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { queryRows, quote } from './database.ts';
import { FOCUS_COLUMNS } from './focus-columns.ts';
import { projectLines } from './projection.ts';
import { createRandom } from './random.ts';
import { PAYER } from './world.ts';

export const EXPORT_NAME = 'acme-focus';
const BUCKET_PREFIX = `s3://acme-billing-exports/focus/${EXPORT_NAME}`;
const SMALL_CHUNK_ROWS = 15_000;
const LARGE_CHUNK_ROWS = 1_000_000;

/** One execution of the export for one billing period. */
export type Execution = { billingPeriod: string; executedAt: Date; seed: number; isFinal: boolean };

export type Delivery = { execution: string; files: string[]; rows: number; sizeBytes: number };

/**
 * Writes the lines of `relation` that satisfy `where` as one delivery: data files in snappy Parquet, then the manifest
 * that lists them.
 *
 * @param exportFolder the folder that holds `acme-focus/`
 */
export async function writeDelivery(
  connection: DuckDBConnection,
  schema: string,
  exportFolder: string,
  execution: Execution,
  lines: { relation: string; where: string },
): Promise<Delivery> {
  const [counted] = await queryRows<{ rows: bigint }>(
    connection,
    `select count(*) as rows from ${lines.relation} where ${lines.where}`,
  );
  const rows = Number(counted?.rows ?? 0n);
  const chunkRows = Math.min(LARGE_CHUNK_ROWS, Math.max(SMALL_CHUNK_ROWS, Math.ceil(rows / 2)));
  const chunks = Math.max(1, Math.ceil(rows / chunkRows));
  const folder = await dataFolder(exportFolder, execution);
  const files: string[] = [];
  for (let chunk = 0; chunk < chunks; chunk++) {
    const file = dataFileName(chunk + 1);
    const chunkOf = chunks > 1 ? `order_key % ${chunks} = ${chunk}` : 'true';
    const part = `(select * from ${lines.relation} where ${lines.where} and ${chunkOf})`;
    await copyParquet(
      connection,
      projectLines(schema, part, { isInvoiced: execution.isFinal }),
      join(folder, file),
    );
    await utimes(join(folder, file), execution.executedAt, execution.executedAt);
    files.push(file);
  }
  await writeManifest(exportFolder, execution, files);
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
  return {
    execution: executionName(execution),
    files,
    rows,
    sizeBytes: sizes.reduce((sum, size) => sum + size, 0),
  };
}

/** Writes a data file that no manifest lists, as an interrupted execution leaves it. */
export async function writeStaleFile(
  connection: DuckDBConnection,
  schema: string,
  exportFolder: string,
  execution: Execution,
  fileNo: number,
  relation: string,
): Promise<string> {
  const folder = await dataFolder(exportFolder, execution);
  const file = join(folder, dataFileName(fileNo));
  await copyParquet(connection, projectLines(schema, relation, { isInvoiced: false }), file);
  const earlier = new Date(execution.executedAt.getTime() - 86_400_000);
  await utimes(file, earlier, earlier);
  return file;
}

export function dataFileName(fileNo: number): string {
  return `${EXPORT_NAME}-${String(fileNo).padStart(5, '0')}.snappy.parquet`;
}

/** Creates and names the folder of an execution's data files. */
export async function dataFolder(exportFolder: string, execution: Execution): Promise<string> {
  const folder = join(
    exportFolder,
    EXPORT_NAME,
    'data',
    `BILLING_PERIOD=${execution.billingPeriod}`,
    executionName(execution),
  );
  await mkdir(folder, { recursive: true });
  return folder;
}

export async function copyParquet(connection: DuckDBConnection, sql: string, file: string): Promise<void> {
  await connection.run(`copy (${sql}) to ${quote(file)} (format parquet, compression snappy)`);
}

/** The manifest is written after the data and alone says which files count. */
export async function writeManifest(
  exportFolder: string,
  execution: Execution,
  files: readonly string[],
): Promise<void> {
  const period = `BILLING_PERIOD=${execution.billingPeriod}`;
  const name = executionName(execution);
  const folder = join(exportFolder, EXPORT_NAME, 'metadata', period, name);
  await mkdir(folder, { recursive: true });
  const manifest = {
    assemblyId: executionId(execution),
    account: PAYER.id,
    columns: FOCUS_COLUMNS.map(([column, type]) => ({ name: column, type: manifestType(type) })),
    charset: 'UTF-8',
    compression: 'Parquet',
    contentType: 'Parquet',
    reportId: uuid('report', execution.seed),
    reportName: EXPORT_NAME,
    executionId: executionId(execution),
    exportArn: `arn:aws:bcm-data-exports:us-east-1:${PAYER.id}:export/${EXPORT_NAME}-${uuid('report', execution.seed)}`,
    dataFiles: files.map((file) => `${BUCKET_PREFIX}/data/${period}/${name}/${file}`),
    finalized: execution.isFinal,
  };
  const path = join(folder, `${EXPORT_NAME}-Manifest.json`);
  await writeFile(path, `${JSON.stringify(manifest, null, 2)}\n`);
  await utimes(path, execution.executedAt, execution.executedAt);
}

/** Timestamp and execution id, as AWS names the folder. */
export function executionName(execution: Execution): string {
  return `${execution.executedAt.toISOString()}-${executionId(execution)}`;
}

function executionId({ seed, billingPeriod, executedAt }: Execution): string {
  return uuid('execution', seed, billingPeriod, executedAt.toISOString());
}

function uuid(...key: (string | number)[]): string {
  const random = createRandom(...key);
  return `${random.hex(8)}-${random.hex(4)}-4${random.hex(3)}-9${random.hex(3)}-${random.hex(12)}`;
}

function manifestType(type: string): string {
  if (type === 'DOUBLE') return 'OptionalBigDecimal';
  if (type === 'TIMESTAMP_MS') return 'DateTime';
  return type.startsWith('MAP') ? 'OptionalMap' : 'OptionalString';
}
