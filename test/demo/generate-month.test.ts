import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../analytics/configuration/load-configuration.ts';
import { InputError } from '../../analytics/errors.ts';
import { generateMonth, type MonthReport } from '../../demo/generate-month.ts';
import { checksum, openConnection, query, readParquet } from './demo-fixture.ts';

let folder: string;
let connection: DuckDBConnection;
let report: MonthReport;
const LINES = 60_000;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-month-'));
  connection = await openConnection();
  report = await generateMonth({
    folder,
    configFolder: join(folder, 'config'),
    month: '2026-10',
    lines: LINES,
    seed: 5,
  });
});

afterAll(async () => {
  connection.closeSync();
  await rm(folder, { recursive: true, force: true });
});

async function linesOf({ exportFolder }: MonthReport): Promise<string> {
  const names = await readdir(exportFolder, { recursive: true });
  return readParquet(
    names
      .filter((name) => name.endsWith('.parquet'))
      .map((name) => join(exportFolder, name))
      .sort(),
  );
}

describe('a month for measuring', () => {
  it('has exactly the lines asked for, in the files that its manifest lists', async () => {
    const names = await readdir(report.exportFolder, { recursive: true });
    const manifest = names.find((name) => name.endsWith('-Manifest.json')) ?? '';
    const { dataFiles } = JSON.parse(await readFile(join(report.exportFolder, manifest), 'utf8'));
    const found = names.filter((name) => name.endsWith('.parquet'));
    expect(dataFiles.map((url: string) => url.slice(url.indexOf('acme-focus/data/'))).sort()).toEqual(
      found.sort(),
    );
    const [row] = await query(
      connection,
      `select count(*) as n, count(distinct ChargePeriodStart) as hours from ${await linesOf(report)}`,
    );
    expect([Number(row?.n), report.rows]).toEqual([LINES, LINES]);
    expect(Number(row?.hours)).toBe(744);
  });

  it('is the same for the same seed, with any number of writers, and another for another', async () => {
    const again = await generateMonth({
      folder: join(folder, 'again'),
      month: '2026-10',
      lines: LINES,
      seed: 5,
      writers: 1,
    });
    const other = await generateMonth({
      folder: join(folder, 'other'),
      month: '2026-10',
      lines: LINES,
      seed: 6,
    });
    const sums = await Promise.all(
      [report, again, other].map(async (one) => checksum(connection, await linesOf(one))),
    );
    expect(sums[1]).toBe(sums[0]);
    expect(sums[2]).not.toBe(sums[0]);
  });

  it('has the shape of a real one', async () => {
    const [row] = await query(
      connection,
      `select avg((BilledCost = 0 and EffectiveCost = 0)::int) as zero, count(distinct ResourceId) as resources,
         count(distinct SkuMeter) as meters, count(distinct SubAccountId) as accounts, count(distinct Tags) as tags,
         max(greatest(abs(BilledCost), abs(ListCost))) as largest,
         corr(epoch(ChargePeriodStart), file_row_number) filter (ChargeCategory = 'Usage') as order_by_time
       from (select *, row_number() over () as file_row_number from ${await linesOf(report)})`,
    );
    expect(Number(row?.zero)).toBeGreaterThan(0.55);
    expect(Number(row?.zero)).toBeLessThan(0.8);
    expect(Number(row?.resources)).toBeGreaterThan(LINES / 400);
    expect(Number(row?.meters)).toBeGreaterThan(100);
    expect(Number(row?.accounts)).toBe(40);
    expect(Number(row?.tags)).toBeGreaterThan(100);
    expect(Number(row?.largest)).toBeLessThan(4096);
    expect(Math.abs(Number(row?.order_by_time))).toBeLessThan(0.1);
  });

  it('bills its Savings Plan by the hour for what it covered, so that billed and effective cost agree', async () => {
    const rows = await query(
      connection,
      `select ChargePeriodStart, sum(BilledCost::decimal(38,12)) as billed, sum(EffectiveCost::decimal(38,12)) as effective
       from ${await linesOf(report)} where CommitmentDiscountId is not null group by 1`,
    );
    expect(rows.length).toBe(744);
    expect(rows.filter(({ billed, effective }) => billed !== effective)).toEqual([]);
    expect(report.billedCost).toBe(report.effectiveCost);
  });

  it('comes with a configuration that fits', async () => {
    const configuration = await loadConfiguration(join(folder, 'config'));
    expect(new Set(configuration.budgets.map(({ month }) => month))).toEqual(new Set(['2026-10']));
  });

  it('refuses what is no month or too few lines', async () => {
    await expect(generateMonth({ folder, month: '2026-13', lines: LINES, seed: 1 })).rejects.toThrow(
      InputError,
    );
    await expect(generateMonth({ folder, month: '2026-10', lines: 10, seed: 1 })).rejects.toThrow(InputError);
  });
});
