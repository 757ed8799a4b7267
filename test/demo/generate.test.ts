import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../analytics/errors.ts';
import { generateDemo } from '../../demo/generate.ts';
import {
  checksum,
  createDemo,
  type DemoFixture,
  openConnection,
  query,
  readParquet,
} from './demo-fixture.ts';

const MANDATORY = [
  'BilledCost',
  'BillingAccountId',
  'BillingCurrency',
  'BillingPeriodEnd',
  'BillingPeriodStart',
  'ChargeCategory',
  'ChargeDescription',
  'ChargeFrequency',
  'ChargePeriodEnd',
  'ChargePeriodStart',
  'ContractedCost',
  'EffectiveCost',
  'InvoiceIssuerName',
  'ListCost',
  'ProviderName',
  'PublisherName',
  'ServiceCategory',
  'ServiceName',
  'ServiceSubcategory',
  'SubAccountId',
  'SubAccountName',
  'Tags',
];

const HOOK_TIMEOUT_MS = 300_000;
let demo: DemoFixture;
let connection: DuckDBConnection;

beforeAll(async () => {
  connection = await openConnection();
  demo = await createDemo();
}, HOOK_TIMEOUT_MS);

afterAll(async () => {
  connection.closeSync();
  await demo.remove();
});

/** Counts the lines that break a rule. */
async function broken(rule: string): Promise<string | null | undefined> {
  const [row] = await query(
    connection,
    `select count(*) as n from ${demo.lines()} where not coalesce((${rule}), false)`,
  );
  return row?.n;
}

describe('the generated bill', () => {
  it('is the same for the same options, on any number of threads, and another for another seed', async () => {
    const single = await openConnection(1);
    const again = await createDemo({ engine: { connection: single } });
    const other = await createDemo({ seed: 2 });
    const sums = await Promise.all([demo, again, other].map((one) => checksum(connection, one.lines())));
    expect(sums[1]).toBe(sums[0]);
    expect(sums[2]).not.toBe(sums[0]);
    const texts = (one: DemoFixture) =>
      Promise.all(
        ['headroom.yml', 'budgets.csv', 'drivers.csv', 'fx.csv'].map((name) =>
          readFile(join(one.report.configFolder, name), 'utf8'),
        ),
      );
    expect(await texts(again)).toEqual(await texts(demo));
    expect(again.truth).toEqual(demo.truth);
    single.closeSync();
    await Promise.all([again.remove(), other.remove()]);
  });

  it('sums to the planted totals to the last digit, although costs are doubles', async () => {
    for (const period of demo.truth.periods) {
      const rows = await query(
        connection,
        `select ChargeCategory, count(*) as n, sum(BilledCost::decimal(38,12)) as billed, sum(EffectiveCost::decimal(38,12)) as effective,
           sum(ListCost::decimal(38,12)) as list, sum(ContractedCost::decimal(38,12)) as contracted
         from ${demo.lines(period.billing_period)} group by 1`,
      );
      const found = rows.map((row) => [
        row.ChargeCategory,
        {
          rows: Number(row.n),
          billed_cost: trimZeros(row.billed),
          effective_cost: trimZeros(row.effective),
          list_cost: trimZeros(row.list),
          contracted_cost: trimZeros(row.contracted),
        },
      ]);
      expect(Object.fromEntries(found)).toEqual(period.by_charge_category);
    }
  });

  it('costs nothing in most lines, as real bills do', async () => {
    const [row] = await query(
      connection,
      `select avg((BilledCost = 0 and EffectiveCost = 0 and ListCost = 0)::int) as ratio from ${demo.lines()}`,
    );
    expect(Number(row?.ratio)).toBeGreaterThan(0.55);
    expect(Number(row?.ratio)).toBeLessThan(0.82);
    expect(demo.truth.zero_row_ratio).toBeCloseTo(Number(row?.ratio), 1);
  });

  it('has about as many lines as asked, down to the smallest organisation', async () => {
    const larger = await createDemo({ lines: 110_000 });
    expect(demo.report.rows / 15_000).toBeGreaterThan(0.75);
    expect(demo.report.rows / 15_000).toBeLessThan(1.25);
    expect(larger.report.rows / 110_000).toBeGreaterThan(0.75);
    expect(larger.report.rows / 110_000).toBeLessThan(1.25);
    await larger.remove();
  });

  it('refuses what is no date or no number of months', async () => {
    const options = { folder: demo.folder, configFolder: demo.folder, seed: 1, asOf: '2026-11-20' };
    for (const asOf of ['2026-02-30', '1800-01-01', '9999-12-31'])
      await expect(generateDemo({ ...options, asOf })).rejects.toThrow(InputError);
    await expect(generateDemo({ ...options, months: 1 })).rejects.toThrow(InputError);
  });
});

describe('the export tree', () => {
  const exportRoot = () => join(demo.report.exportFolder, 'acme-focus');

  it('lists its data files in manifests, and holds one that no manifest lists', async () => {
    const manifests = await listFiles(join(exportRoot(), 'metadata'), '-Manifest.json');
    const listed = (await Promise.all(manifests.map(readManifest))).flatMap(({ dataFiles }) => dataFiles);
    const found = await listFiles(join(exportRoot(), 'data'), '.parquet');
    expect(listed.length).toBe(new Set(listed).size);
    const names = listed.map((url) => {
      expect(url).toMatch(
        /^s3:\/\/.+\/acme-focus\/data\/BILLING_PERIOD=\d{4}-\d{2}\/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z-[0-9a-f-]{36}\/acme-focus-\d{5}\.snappy\.parquet$/,
      );
      return url.slice(url.indexOf('/data/') + 1);
    });
    const unlisted = found
      .map((file) => file.slice(exportRoot().length + 1))
      .filter((file) => !names.includes(file));
    expect(names.every((name) => found.includes(join(exportRoot(), name)))).toBe(true);
    expect(unlisted.map((file) => `acme-focus/${file}`)).toEqual([demo.truth.stale_file]);
  });

  it('keeps the first delivery of a month beside the final one, which restates it', async () => {
    const restated = demo.truth.restated;
    const period = demo.truth.periods.find(
      ({ billing_period }) => billing_period === restated?.billing_period,
    );
    expect(period?.deliveries.length).toBe(2);
    const sums = await Promise.all(
      (period?.deliveries ?? []).map(async ({ execution, files }) => {
        const folder = join(exportRoot(), 'data', `BILLING_PERIOD=${period?.billing_period}`, execution);
        const lines = readParquet(files.map((file) => join(folder, file)));
        const [row] = await query(
          connection,
          `select count(*) as n, sum(BilledCost::decimal(38,12)) as billed from ${lines}`,
        );
        return { rows: Number(row?.n), billed: trimZeros(row?.billed) };
      }),
    );
    expect(sums).toEqual([
      { rows: restated?.early.rows, billed: restated?.early.billed_cost },
      { rows: restated?.final.rows, billed: restated?.final.billed_cost },
    ]);
    expect(sums[0]).not.toEqual(sums[1]);
    const [early = '', final = ''] = (period?.deliveries ?? []).map(({ execution }) => execution);
    expect(early < final).toBe(true);
  });

  it('says when a delivery was made by its name and by the time of its files', async () => {
    for (const manifest of await listFiles(join(exportRoot(), 'metadata'), '-Manifest.json')) {
      const [, time = ''] = /\/(\d{4}-\d{2}-\d{2}T06:30:00\.000Z)-[^/]+\//.exec(manifest) ?? [];
      expect((await stat(manifest)).mtime.toISOString()).toBe(time);
    }
  });

  it('finishes old months with an invoice and support, and the running one with neither', async () => {
    const rows = await query(
      connection,
      `select strftime(BillingPeriodStart, '%Y-%m') as month, count(InvoiceId) as invoiced, count(*) as n,
         count(*) filter (ServiceName like 'AWS Support%' and ChargeCategory <> 'Tax') as support
       from ${demo.lines()} group by 1 order by 1`,
    );
    expect(rows.map(({ month }) => month)).toEqual(['2026-08', '2026-09', '2026-10', '2026-11']);
    for (const row of rows.slice(0, 3)) expect(row.invoiced).toBe(row.n);
    expect(rows.slice(0, 3).every(({ support }) => Number(support) > 0)).toBe(true);
    expect([rows[3]?.invoiced, rows[3]?.support]).toEqual(['0', '0']);
  });

  it('knows the last two days only in part', async () => {
    const rows = await query(
      connection,
      `select ChargePeriodStart::date as day, sum(EffectiveCost) as cost from ${demo.lines('2026-11')}
       where ChargePeriodEnd - ChargePeriodStart <= interval 1 day and ChargeCategory = 'Usage' group by 1 order by 1`,
    );
    const cost = new Map(rows.map((row) => [row.day, Number(row.cost)]));
    const usual = cost.get('2026-11-12') ?? 0;
    expect(rows.at(-1)?.day).toBe('2026-11-19');
    expect((cost.get('2026-11-19') ?? 0) / usual).toBeLessThan(0.6);
    expect((cost.get('2026-11-18') ?? 0) / usual).toBeLessThan(0.97);
    expect((cost.get('2026-11-17') ?? 0) / usual).toBeGreaterThan(0.9);
  });

  it('treats a month that ended days ago as not final', async () => {
    const young = await createDemo({ asOf: '2026-11-04' });
    const finals = young.truth.periods.map(({ billing_period, is_final }) => [billing_period, is_final]);
    expect(finals.slice(-3)).toEqual([
      ['2026-09', true],
      ['2026-10', false],
      ['2026-11', false],
    ]);
    await young.remove();
  });
});

describe('FOCUS', () => {
  it('has the columns of FOCUS_1_2_AWS in its order, with its types', async () => {
    const columns = await query(connection, `from (describe select * from ${demo.lines()})`);
    const names = columns.map(({ column_name }) => column_name ?? '');
    const focus = names.slice(0, 57);
    expect(names.length).toBe(60);
    expect(focus).toEqual([...focus].sort());
    expect(names.slice(57)).toEqual(['x_Discounts', 'x_Operation', 'x_ServiceCode']);
    const types = Object.fromEntries(
      columns.map(({ column_name, column_type }) => [column_name, column_type]),
    );
    expect(types).toMatchObject({
      BilledCost: 'DOUBLE',
      ChargePeriodStart: 'TIMESTAMP',
      PricingQuantity: 'DOUBLE',
      SkuPriceDetails: 'MAP(VARCHAR, VARCHAR)',
      SubAccountId: 'VARCHAR',
      Tags: 'MAP(VARCHAR, VARCHAR)',
      x_Discounts: 'MAP(VARCHAR, DOUBLE)',
    });
  });

  it.each([
    ['mandatory columns are filled', MANDATORY.map((name) => `${name} is not null`).join(' and ')],
    [
      'tax has no price',
      `ChargeCategory <> 'Tax' or coalesce(ListUnitPrice::varchar, PricingQuantity::varchar, SkuId, PricingCategory) is null`,
    ],
    [
      'usage and purchases have a price',
      `ChargeCategory not in ('Usage', 'Purchase') or (SkuId is not null and SkuPriceId is not null and ListUnitPrice is not null and PricingUnit is not null)`,
    ],
    [
      'cost is price by quantity',
      `ChargeClass = 'Correction' or ListUnitPrice is null or abs(ListUnitPrice * PricingQuantity - ListCost) < 1e-9 * greatest(1, ListCost)`,
    ],
    [
      'contracted cost is price by quantity',
      `ChargeClass = 'Correction' or ContractedUnitPrice is null or abs(ContractedUnitPrice * PricingQuantity - ContractedCost) < 1e-9 * greatest(1, ListCost)`,
    ],
    [
      'no resource, no type and no name',
      `ResourceId is not null or (ResourceType is null and ResourceName is null)`,
    ],
    [
      'a commitment line has all of a commitment',
      `(CommitmentDiscountId is null) = (CommitmentDiscountType is null) and (CommitmentDiscountId is null) = (CommitmentDiscountQuantity is null) and (CommitmentDiscountId is null) = (CommitmentDiscountUnit is null)`,
    ],
    [
      'covered usage is paid by its commitment',
      `CommitmentDiscountStatus is distinct from 'Used' or (BilledCost = 0 and EffectiveCost > 0 and ListCost > EffectiveCost and PricingCategory = 'Committed')`,
    ],
    [
      'unused commitment consumes nothing',
      `CommitmentDiscountStatus is distinct from 'Unused' or (ConsumedQuantity is null and EffectiveCost > 0)`,
    ],
    [
      'buying a commitment has no effective cost',
      `ChargeCategory <> 'Purchase' or CommitmentDiscountId is null or (EffectiveCost = 0 and BilledCost > 0 and CommitmentDiscountStatus is null)`,
    ],
    [
      'credits are negative and untagged',
      `ChargeCategory <> 'Credit' or (BilledCost < 0 and EffectiveCost = BilledCost and cardinality(Tags) = 0)`,
    ],
    [
      'refunds correct an earlier month',
      `ChargeClass is null or (BilledCost < 0 and ChargePeriodStart < BillingPeriodStart)`,
    ],
    [
      'tax spans the month',
      `ChargeCategory <> 'Tax' or (ChargePeriodStart = BillingPeriodStart and ChargePeriodEnd = BillingPeriodEnd)`,
    ],
    ['amounts survive the cast to a decimal', `abs(BilledCost) < 4096 and abs(ListCost) < 4096`],
    ['accounts keep their leading zeros', `length(SubAccountId) = 12 and length(BillingAccountId) = 12`],
  ])('%s', async (_, rule) => {
    expect(await broken(rule)).toBe('0');
  });

  it('charges for a Savings Plan what its usage and its unused part cost, day by day', async () => {
    const rows = await query(
      connection,
      `select CommitmentDiscountId, ChargePeriodStart,
         sum(BilledCost::decimal(38,12)) filter (ChargeCategory = 'Purchase') as fee,
         sum(EffectiveCost::decimal(38,12)) filter (ChargeCategory = 'Usage') as cost
       from ${demo.lines()} where CommitmentDiscountCategory = 'Spend' group by all`,
    );
    expect(rows.length).toBeGreaterThan(100);
    const late = rows.filter(({ fee, cost }) => fee !== cost);
    expect(late).toEqual([]);
  });
});

function trimZeros(text: string | null | undefined): string {
  return (text ?? '').includes('.') ? (text ?? '').replace(/\.?0+$/, '') : (text ?? '');
}

async function listFiles(folder: string, ending: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => name.endsWith(ending)).map((name) => join(folder, name));
}

async function readManifest(file: string): Promise<{ dataFiles: string[] }> {
  return JSON.parse(await readFile(file, 'utf8'));
}
