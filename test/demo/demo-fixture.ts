import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { type DemoOptions, type DemoReport, generateDemo } from '../../demo/generate.ts';
import type { Truth } from '../../demo/truth.ts';

export type DemoFixture = {
  folder: string;
  report: DemoReport;
  truth: Truth;
  /** SQL that reads the newest delivery of every month, or of one. */
  lines(billingPeriod?: string): string;
  remove(): Promise<void>;
};

/** A small demo organisation in a temporary folder. */
export async function createDemo(options: Partial<DemoOptions> = {}): Promise<DemoFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'headroom-demo-'));
  const report = await generateDemo({
    folder,
    configFolder: join(folder, 'config'),
    seed: 1,
    asOf: '2026-11-20',
    months: 4,
    lines: 15_000,
    ...options,
  });
  const truth: Truth = JSON.parse(await readFile(report.truthFile, 'utf8'));
  const files = (billingPeriod?: string) =>
    truth.periods
      .filter((period) => billingPeriod === undefined || period.billing_period === billingPeriod)
      .flatMap(({ billing_period, deliveries }) => {
        const delivery = deliveries.at(-1);
        const data = join(
          report.exportFolder,
          'acme-focus',
          'data',
          `BILLING_PERIOD=${billing_period}`,
          delivery?.execution ?? '',
        );
        return (delivery?.files ?? []).map((file) => join(data, file));
      });
  return {
    folder,
    report,
    truth,
    lines: (billingPeriod) => readParquet(files(billingPeriod)),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

export function readParquet(files: readonly string[]): string {
  return `read_parquet([${files.map((file) => `'${file}'`).join(', ')}], hive_partitioning = false)`;
}

export async function openConnection(threads?: number): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:', threads ? { threads: String(threads) } : {});
  return await instance.connect();
}

/** Rows with every value as text or null. */
export async function query(
  connection: DuckDBConnection,
  sql: string,
): Promise<Record<string, string | null>[]> {
  const reader = await connection.runAndReadAll(`select columns(*)::varchar from (${sql})`);
  return reader.getRowObjectsJson() as Record<string, string | null>[];
}

/** The same for the same rows in any order. */
export async function checksum(connection: DuckDBConnection, lines: string): Promise<string> {
  const [row] = await query(
    connection,
    `select count(*) || '/' || sum(hash(t)::hugeint) as sum from ${lines} t`,
  );
  return row?.sum ?? '';
}
