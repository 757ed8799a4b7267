import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { quoteText } from '../../analytics/engine/duckdb.ts';
import { InputError } from '../../analytics/errors.ts';
import { type ImportReport, importPath } from '../../analytics/jobs/import.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import { CHARGES, QUARANTINE } from '../../analytics/lake/tables.ts';
import {
  curRow,
  focusRow,
  openTestEngine,
  putFile,
  type Row,
  readTable,
  toCsv,
} from '../support/cost-files.ts';
import { makeTestFolder } from '../support/lake-folder.ts';

type Imported = { report: ImportReport; store: ObjectStore; charges: Record<string, unknown>[] };

/** Imports files of a folder into a new lake; charges come in the order of their descriptions and costs. */
async function importFolder(
  folder: string,
  options: { quarantineLimitRatio?: number } = {},
): Promise<Imported> {
  const store = await openFolderStore(await makeTestFolder());
  const report = await importPath({ store, path: folder, sourceName: 'test', ...options });
  const charges = await readTable(store, CHARGES);
  const order = (row: Record<string, unknown>) => `${row.charge_description} ${row.billed_cost}`;
  return { report, store, charges: charges.sort((a, b) => (order(a) < order(b) ? -1 : 1)) };
}

async function importText(content: string | Uint8Array, name = 'bill.csv', options = {}): Promise<Imported> {
  const folder = await makeTestFolder();
  await putFile(folder, name, content);
  return importFolder(folder, options);
}

const importRows = (...rows: Row[]) => importText(toCsv(rows));

/** Imports what a query gives as one Parquet file. */
async function importParquet(sql: string, name = 'bill.parquet'): Promise<Imported> {
  const folder = await makeTestFolder();
  const target = quoteText(await putFile(folder, name, ''));
  const engine = await openTestEngine();
  await engine.run(sql.includes('$FILE') ? sql.replace('$FILE', target) : `copy (${sql}) to ${target}`);
  return importFolder(folder);
}

const TYPED_ROW = `1.5::double as "BilledCost", 1.25::double as "EffectiveCost", 2::double as "ListCost",
  1.75::double as "ContractedCost", '000123456789' as "BillingAccountId", 'USD' as "BillingCurrency",
  timestamp '2026-10-01' as "BillingPeriodStart", timestamp '2026-11-01' as "BillingPeriodEnd",
  timestamp '2026-10-31 23:00:00' as "ChargePeriodStart", timestamp '2026-11-01' as "ChargePeriodEnd",
  'Usage' as "ChargeCategory", 'AWS' as "ProviderName", map {'team': 'payments'} as "Tags"`;

describe('a FOCUS charge', () => {
  it('comes through whole', async () => {
    const { charges, report } = await importRows(
      focusRow({ ListUnitPrice: '0.0000004', x_Operation: 'PutObject' }),
    );
    expect(report.deliveries).toMatchObject([
      { kind: 'focus-1.0', outcome: 'loaded', rowCount: 1, quarantinedCount: 0 },
    ]);
    expect(charges).toMatchObject([
      {
        source: 'test',
        billing_period: '2026-10',
        billed_cost: '1.500000000000',
        effective_cost: '1.250000000000',
        list_cost: '2.000000000000',
        contracted_cost: '1.750000000000',
        list_unit_price: 4e-7,
        billing_account_id: '000123456789',
        billing_currency: 'USD',
        billing_period_start: '2026-10-01T00:00:00Z',
        billing_period_end: '2026-11-01T00:00:00Z',
        charge_period_start: '2026-10-05T00:00:00Z',
        charge_period_end: '2026-10-06T00:00:00Z',
        charge_category: 'Usage',
        provider_name: 'AWS',
        service_name: 'Amazon S3',
        tags: { team: 'payments' },
        x_operation: 'PutObject',
        invoice_id: null,
      },
    ]);
  });

  it('reads NULL and the empty cell as absent, and ignores a stray column', async () => {
    const { charges } = await importRows(
      focusRow({
        ContractedCost: 'NULL',
        ResourceType: '',
        ResourceId: 'NULL',
        RegionId: ' ',
        Tags: 'NULL',
        Id: '7',
      }),
    );
    expect(charges).toMatchObject([
      {
        contracted_cost: '1.500000000000',
        resource_type: null,
        resource_id: null,
        region_id: null,
        tags: {},
      },
    ]);
  });

  it('knows prices from zones, and spells frequencies and categories one way', async () => {
    const zones = ['us-east-1a', '1', '0.00036', '0', '9.28', 'NULL'];
    const { charges } = await importRows(
      ...zones.map((AvailabilityZone, index) =>
        focusRow({
          AvailabilityZone,
          ChargeDescription: String(index),
          ChargeFrequency: 'Usage-based',
          ChargeCategory: 'usage',
        }),
      ),
    );
    expect(charges.map((row) => row.availability_zone)).toEqual(['us-east-1a', '1', null, null, null, null]);
    expect(new Set(charges.map((row) => `${row.charge_frequency} ${row.charge_category}`))).toEqual(
      new Set(['Usage-Based Usage']),
    );
  });

  it('keeps zero, negative and whole-month charges, and a period that starts after its charge', async () => {
    const { charges } = await importRows(
      focusRow({ ChargeDescription: 'a', BilledCost: '0.00000000000' }),
      focusRow({ ChargeDescription: 'b', BilledCost: '-0.25' }),
      focusRow({
        ChargeDescription: 'c',
        ChargeCategory: 'Tax',
        ChargePeriodStart: '2026-10-01',
        ChargePeriodEnd: '2026-11-01',
      }),
      focusRow({ ChargeDescription: 'd', ChargePeriodStart: '2026-09-30 10:00:00' }),
    );
    expect(charges.map((row) => row.billed_cost)).toEqual([
      '0.000000000000',
      '-0.250000000000',
      '1.500000000000',
      '1.500000000000',
    ]);
    expect(charges[2]).toMatchObject({
      charge_period_start: '2026-10-01T00:00:00Z',
      charge_period_end: '2026-11-01T00:00:00Z',
    });
    expect(charges[3]).toMatchObject({
      billing_period: '2026-10',
      charge_period_start: '2026-09-30T10:00:00Z',
    });
  });

  it('reads the spellings of Microsoft, Google and Oracle', async () => {
    const { charges } = await importRows(
      focusRow({
        ChargeDescription: 'a',
        ProviderName: 'Microsoft',
        BilledCost: '1.81E-8',
        BillingPeriodStart: '10/1/2026',
        BillingPeriodEnd: '11/1/2026',
        ChargePeriodStart: '10/2/2026',
        ChargePeriodEnd: '10/3/2026',
        Tags: '"env": "prod","org": "trey"',
      }),
      focusRow({
        ChargeDescription: 'b',
        ProviderName: 'Oracle',
        BillingPeriodStart: '2026-10-01T00:00Z',
        BillingPeriodEnd: '2026-11-01T00:00Z',
        ChargePeriodStart: '2026-10-13T05:00Z',
        ChargePeriodEnd: '2026-10-13T06:00Z',
        Tags: '{" org": "x", "org": "x"}',
      }),
    );
    expect(charges).toMatchObject([
      {
        billed_cost: '0.000000018100',
        charge_period_start: '2026-10-02T00:00:00Z',
        tags: { env: 'prod', org: 'trey' },
      },
      { billing_period: '2026-10', charge_period_start: '2026-10-13T05:00:00Z', tags: { org: 'x' } },
    ]);
    const google = await importParquet(`select * replace (1.81e-8::decimal(38, 9) as "BilledCost"),
      [{'key': 'team ', 'value': 'search', 'inherited': false}, {'key': 'env', 'value': 'prod', 'inherited': true}] as "Tags"
      from (select ${TYPED_ROW.replace(/, map .*/, '')})`);
    expect(google.charges).toMatchObject([
      { billed_cost: '0.000000018000', tags: { team: 'search', env: 'prod' } },
    ]);
  });

  it('of FOCUS 1.2 has its version, and is final once all usage is invoiced', async () => {
    const open = await importRows(
      focusRow({ InvoiceId: 'one-time', ChargeCategory: 'Purchase' }),
      focusRow({ InvoiceId: '' }),
    );
    expect(open.report.deliveries).toMatchObject([{ kind: 'focus-1.2', isFinal: false }]);
    const closed = await importRows(
      focusRow({ InvoiceId: '123' }),
      focusRow({ InvoiceId: '', ChargeCategory: 'Credit' }),
    );
    expect(closed.report.deliveries).toMatchObject([{ isFinal: true }]);
  });

  it('gets an account, an end and amounts where the bill leaves them out, with a warning for whole columns', async () => {
    const { ListCost, ContractedCost, ...row } = focusRow({
      BillingAccountId: '',
      EffectiveCost: '',
      ChargePeriodEnd: '',
      BillingPeriodEnd: '',
    });
    const { charges, report } = await importRows(row);
    expect([ListCost, ContractedCost]).toEqual(['2', '1.75']);
    expect(charges).toMatchObject([
      {
        billing_account_id: '(none)',
        effective_cost: '1.500000000000',
        list_cost: '1.500000000000',
        contracted_cost: '1.500000000000',
        charge_period_end: '2026-10-06T00:00:00Z',
        billing_period_end: '2026-11-01T00:00:00Z',
      },
    ]);
    expect(report.warnings.join()).toMatch(/no column ContractedCost.*no column ListCost/);
  });

  it('tells what rounding to 12 decimals leaves out, and tags that cannot be read', async () => {
    const { charges, report } = await importRows(
      focusRow({ BilledCost: '0.0000000000014' }),
      focusRow({ BilledCost: '0.0000000000014', Tags: 'team=a' }),
    );
    expect(charges.map((row) => row.billed_cost)).toEqual(['0.000000000001', '0.000000000001']);
    expect(report.warnings.join()).toContain(
      'rounding BilledCost to 12 decimals leaves out 0.0000000000008 in all',
    );
    expect(report.warnings.join()).toContain('1 rows have tags that are no JSON');
  });
});

describe('a text file', () => {
  const rows = [
    focusRow({ ChargeDescription: 'two\nlines, "quoted"' }),
    focusRow({ ChargeDescription: 'x', BilledCost: '2' }),
  ];
  const expected = [
    ['two\nlines, "quoted"', '1.500000000000'],
    ['x', '2.000000000000'],
  ];

  it.each([
    ['with a byte-order mark and CRLF', 'bill.csv', `\uFEFF${toCsv(rows, { lineEnd: '\r\n' })}`],
    ['with semicolons', 'bill.csv', toCsv(rows, { delimiter: ';' })],
    ['with tabs', 'bill.tsv', toCsv(rows, { delimiter: '\t' })],
    ['packed by gzip', 'bill.csv.gz', gzipSync(toCsv(rows))],
    ['packed by gzip without saying so', 'bill.csv', gzipSync(toCsv(rows))],
    ['in a zip archive', 'bill.csv.zip', zip(toCsv(rows))],
    ['with blank lines at the end', 'bill.csv', `${toCsv(rows)}\n\n`],
  ])('is read %s', async (_, name, content) => {
    const { charges, report } = await importText(content, name);
    expect(charges.map((row) => [row.charge_description, row.billed_cost])).toEqual(expected);
    expect(report.deliveries).toMatchObject([{ quarantinedCount: 0 }]);
  });

  it('is read packed by zstd', async () => {
    const { charges } = await importParquet(
      `copy (select * replace (map_entries("Tags") as "Tags") from (select ${TYPED_ROW})) to $FILE (format csv, header, compression zstd)`,
      'bill.csv.zst',
    );
    expect(charges).toMatchObject([{ billed_cost: '1.500000000000', billing_account_id: '000123456789' }]);
  });

  it('that loads as one column is refused, and so is one without the needed columns', async () => {
    await expect(importText('BilledCost BillingCurrency\n1 USD\n')).rejects.toThrow(
      'all it has is one column',
    );
    const { BillingCurrency, ChargeCategory, ...row } = focusRow();
    expect(BillingCurrency).toBe('USD');
    const failure = await importRows(row).catch((error: unknown) => error as InputError);
    expect(failure).toBeInstanceOf(InputError);
    expect(failure).toMatchObject({
      message: expect.stringContaining('as FOCUS lacks BillingCurrency, ChargeCategory'),
    });
    expect(ChargeCategory).toBe('Usage');
    await expect(importText('')).rejects.toThrow('the file is empty');
    await expect(importText('PAR1 is not enough')).rejects.toThrow('cannot be read');
    await expect(importText(gzipSync(toCsv(rows)).subarray(0, 60), 'x.csv.gz')).rejects.toThrow(InputError);
  });

  it('without rows is refused: only a manifest says that a month has no cost', async () => {
    const importing = importText(`${Object.keys(focusRow()).join(',')}\n`);
    await expect(importing).rejects.toThrow(InputError);
    await expect(importing).rejects.toThrow('there are no rows in the file');
  });
});

describe('rows that cannot be understood', () => {
  it('are set aside with file, row, reason and what they cost, and counted', async () => {
    const bad = [
      focusRow({ BilledCost: '' }),
      focusRow({ BilledCost: 'abc' }),
      focusRow({ BillingCurrency: '' }),
      focusRow({ ChargePeriodStart: 'soon' }),
      focusRow({ ChargeCategory: 'Gift' }),
      focusRow({ BillingPeriodStart: 'NULL' }),
      focusRow({ ListCost: 'x' }),
    ];
    const text = toCsv([focusRow(), ...bad, focusRow()]);
    const { charges, store, report } = await importText(`${text}1,2,3\n`, 'bill.csv', {
      quarantineLimitRatio: 1,
    });
    expect(charges).toHaveLength(2);
    const quarantine = await readTable(store, QUARANTINE);
    expect(
      quarantine.map(({ file, row_number, reason, billed_cost }) => [file, row_number, reason, billed_cost]),
    ).toEqual([
      ['bill.csv', 2, 'billed_cost is missing', null],
      ['bill.csv', 3, 'BilledCost is not an amount: abc', null],
      ['bill.csv', 4, 'billing_currency is missing', '1.500000000000'],
      ['bill.csv', 5, 'charge_period_start is missing or not a date', '1.500000000000'],
      ['bill.csv', 6, expect.stringContaining('charge_category is missing or none of'), '1.500000000000'],
      ['bill.csv', 7, 'billing_period_start is missing or not a date', '1.500000000000'],
      ['bill.csv', 8, 'ListCost is not an amount: x', '1.500000000000'],
      ['bill.csv', 10, expect.stringContaining('missing columns'), null],
    ]);
    expect(JSON.parse(String(quarantine[4]?.raw))).toMatchObject({
      ChargeCategory: 'Gift',
      BilledCost: '1.5',
    });
    expect(JSON.parse(String(quarantine[7]?.raw))).toBe('1,2,3');
    expect(report.deliveries).toMatchObject([{ rowCount: 2, quarantinedCount: 8 }]);
    const sum = (stage: string) => {
      const totals = report.controlTotals.filter((total) => total.stage === stage);
      return [
        totals.reduce((all, { rowCount }) => all + rowCount, 0),
        totals.reduce((all, { billedCost }) => all + Number(billedCost), 0),
      ];
    };
    expect([sum('source'), sum('loaded'), sum('quarantined')]).toEqual([
      [10, 10.5],
      [2, 3],
      [8, 7.5],
    ]);
  });

  it('fail the import above the limit, and nothing is committed', async () => {
    const folder = await makeTestFolder();
    await putFile(
      folder,
      'bill.csv',
      toCsv([...Array.from({ length: 9 }, () => focusRow()), focusRow({ BilledCost: '-' })]),
    );
    const store = await openFolderStore(await makeTestFolder());
    const failing = importPath({ store, path: folder, quarantineLimitRatio: 0.09 });
    await expect(failing).rejects.toThrow(/1 of 10 rows .* bill\.csv row 10: BilledCost is not an amount: -/);
    for await (const { key } of store.list('')) expect(key).toBe('nothing');
    const report = await importPath({ store, path: folder, quarantineLimitRatio: 0.1 });
    expect(report.deliveries).toMatchObject([{ rowCount: 9, quarantinedCount: 1 }]);
  });

  it('name their row also after lines that are none', async () => {
    const lines = toCsv([
      focusRow(),
      focusRow({ BilledCost: 'x' }),
      focusRow({ BilledCost: 'y' }),
      focusRow(),
    ]).split('\n');
    const broken = [lines[0], 'a,b', lines[1], lines[2], 'c,d', 'e,f', lines[3], 'g,h', lines[4]];
    const { store } = await importText(broken.join('\n'), 'bill.csv', { quarantineLimitRatio: 1 });
    const quarantine = await readTable(store, QUARANTINE);
    expect(quarantine.map(({ row_number, reason }) => [row_number, String(reason).slice(0, 15)])).toEqual([
      [1, 'missing columns'],
      [3, 'BilledCost is n'],
      [4, 'missing columns'],
      [5, 'missing columns'],
      [6, 'BilledCost is n'],
      [7, 'missing columns'],
    ]);
  });

  it('of Parquet name their row too', async () => {
    const folder = await makeTestFolder();
    const engine = await openTestEngine();
    await engine.run(`copy (select * replace (case when i = 4 then 'nan'::double else 1.5 end as "BilledCost")
      from (select ${TYPED_ROW}), range(6) t(i) order by i) to '${folder}/bill.parquet'`);
    const { store } = await importFolder(folder, { quarantineLimitRatio: 0.5 });
    expect(await readTable(store, QUARANTINE)).toMatchObject([
      { file: 'bill.parquet', row_number: 5, reason: 'BilledCost is not an amount: nan', billed_cost: null },
    ]);
  });
});

describe('a Parquet file', () => {
  it('gives the same charges as the same rows as text', async () => {
    const { charges } = await importParquet(`select ${TYPED_ROW}`);
    const text = await importRows(
      focusRow({
        ServiceName: '',
        ChargePeriodStart: '2026-10-31T23:00:00Z',
        ChargePeriodEnd: '2026-11-01T00:00:00Z',
      }),
    );
    expect(charges).toEqual(text.charges);
  });

  it('keeps 0.1 as 0.1, and long decimals and integers as they are', async () => {
    const { charges } = await importParquet(
      `select ${TYPED_ROW.replace('1.5::double', '0.1::double')
        .replace('1.25::double', '1234567.891::double')
        .replace('2::double', "'0.123456789012345678'::decimal(38, 18)")
        .replace('1.75::double', '3::integer')}`,
    );
    expect(charges).toMatchObject([
      {
        billed_cost: '0.100000000000',
        effective_cost: '1234567.891000000000',
        list_cost: '0.123456789012',
        contracted_cost: '3.000000000000',
      },
    ]);
  });

  it('keeps 0.1 as 0.1 in single precision too', async () => {
    const { charges } = await importParquet(
      `select 0.1::float as "PricingQuantity", ${TYPED_ROW.replace('1.5::double', '0.1::float')}`,
    );
    expect(charges).toMatchObject([{ billed_cost: '0.100000000000', pricing_quantity: 0.1 }]);
  });

  it('is UTC with and without a zone, also where the machine is west of it', async () => {
    const zone = process.env.TZ;
    process.env.TZ = 'America/Los_Angeles';
    try {
      const { charges } = await importParquet(
        `select * replace ("ChargePeriodStart"::timestamptz as "ChargePeriodStart") from (select ${TYPED_ROW})`,
      );
      expect(charges).toMatchObject([
        {
          billing_period: '2026-10',
          billing_period_start: '2026-10-01T00:00:00Z',
          charge_period_start: '2026-10-31T23:00:00Z',
        },
      ]);
    } finally {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    }
  });

  it('gets no column from the names of folders, and may have an odd path', async () => {
    const { charges } = await importParquet(
      `select ${TYPED_ROW}`,
      "BILLING_PERIOD=1999-01/service_name=x/it's [odd]*.parquet",
    );
    expect(charges).toMatchObject([{ billing_period: '2026-10', service_name: null }]);
  });

  it('can differ in columns and order from the others of its delivery', async () => {
    const folder = await makeTestFolder();
    const engine = await openTestEngine();
    await engine.run(`copy (select 'b' as "ChargeDescription", ${TYPED_ROW}) to '${folder}/1.parquet'`);
    await putFile(folder, '2.csv', toCsv([focusRow({ ChargeDescription: 'a', x_UsageType: 'u' })]));
    const { charges, report } = await importFolder(folder);
    expect(charges.map((row) => [row.charge_description, row.x_usage_type])).toEqual([
      ['a', 'u'],
      ['b', null],
    ]);
    expect(report.deliveries).toMatchObject([{ files: 2, rowCount: 2 }]);
  });

  it('that is large is taken over column by column, with the same charges', async () => {
    const rows = `select * replace (i % 7 / 8 as "BilledCost"), md5(i::varchar) || md5((i + 1)::varchar) as "ResourceId",
      case when i % 3 = 0 then 'Usage-based' else 'Usage-Based' end as "ChargeFrequency", 'NULL' as "ResourceType",
      '' as "ResourceName", case when i % 2 = 0 then '0.02' else 'us-east-1a' end as "AvailabilityZone",
      (i % 1000 / 7)::double as "ConsumedQuantity" from (select ${TYPED_ROW}), range(300000) t(i)`;
    const engine = await openTestEngine();
    const large = await makeTestFolder();
    const small = await makeTestFolder();
    await engine.run(`copy (${rows}) to '${large}/bill.parquet'`);
    await engine.run(
      `copy (${rows}) to '${small}' (format parquet, file_size_bytes '2MB', row_group_size 20000, overwrite_or_ignore)`,
    );
    const sums: unknown[] = [];
    for (const folder of [large, small]) {
      const store = await openFolderStore(await makeTestFolder());
      const { deliveries } = await importPath({ store, path: folder, sourceName: 'test' });
      expect(deliveries).toMatchObject([{ rowCount: 300000, quarantinedCount: 0 }]);
      const parts = await readTable(
        store,
        CHARGES,
        `count(*) as rows, sum(billed_cost) as billed_cost,
        sum(cast(consumed_quantity as decimal(38,12))) as consumed_quantity, sum(hash(resource_id, charge_frequency, resource_type,
        availability_zone, tags, charge_period_start, nullif(resource_name, ''))) as hash`,
      );
      const add = (name: string) =>
        parts.reduce((sum, part) => sum + BigInt(String(part[name]).replace('.', '')), 0n);
      sums.push(['rows', 'billed_cost', 'consumed_quantity', 'hash'].map(add));
    }
    expect(sums[0]).toEqual(sums[1]);
  });
});

describe('a Cost and Usage Report', () => {
  const sp = 'arn:aws:savingsplans::1:savingsplan/a';
  const ri = 'arn:aws:ec2:us-east-1:1:reserved-instances/b';
  const lines: [string, Row, unknown[]][] = [
    ['Usage', {}, ['Usage', '0.5', '0.5', '0.6', '0.5', null]],
    ['Tax', { 'pricing/publicOnDemandCost': '0.0' }, ['Tax', '0.5', '0.5', '0.5', '0.5', null]],
    ['Fee', {}, ['Purchase', '0.5', '0.5', '0.5', '0.5', null]],
    ['Fee', { 'reservation/ReservationARN': ri }, ['Purchase', '0.5', '0', '0.5', '0.5', ri]],
    [
      'RIFee',
      {
        'reservation/ReservationARN': ri,
        'reservation/UnusedAmortizedUpfrontFeeForBillingPeriod': '0.1',
        'reservation/UnusedRecurringFee': '0.02',
      },
      ['Purchase', '0.5', '0.12', '0.5', '0.5', ri],
    ],
    [
      'DiscountedUsage',
      { 'reservation/ReservationARN': ri, 'reservation/EffectiveCost': '0.3', 'lineItem/UnblendedCost': '0' },
      ['Usage', '0', '0.3', '0.6', '0.6', ri],
    ],
    [
      'SavingsPlanCoveredUsage',
      { 'savingsPlan/SavingsPlanARN': sp, 'savingsPlan/SavingsPlanEffectiveCost': '0.4' },
      ['Usage', '0', '0.4', '0.6', '0.5', sp],
    ],
    [
      'SavingsPlanNegation',
      {
        'savingsPlan/SavingsPlanARN': sp,
        'lineItem/UnblendedCost': '-0.5',
        'pricing/publicOnDemandCost': '',
      },
      ['Usage', '0', '0', '0', '0', sp],
    ],
    [
      'SavingsPlanUpfrontFee',
      { 'savingsPlan/SavingsPlanARN': sp },
      ['Purchase', '0.5', '0', '0.5', '0.5', sp],
    ],
    [
      'SavingsPlanRecurringFee',
      {
        'savingsPlan/SavingsPlanARN': sp,
        'savingsPlan/TotalCommitmentToDate': '0.5',
        'savingsPlan/UsedCommitment': '0.4',
      },
      ['Purchase', '0.5', '0.1', '0.5', '0.5', sp],
    ],
    ['Credit', { 'lineItem/UnblendedCost': '-2' }, ['Credit', '-2', '-2', '-2', '-2', null]],
    ['Refund', { 'lineItem/UnblendedCost': '-3' }, ['Adjustment', '-3', '-3', '-3', '-3', null]],
    ...['BundledDiscount', 'Discount', 'EdpDiscount', 'PrivateRateDiscount'].map(
      (type): [string, Row, unknown[]] => [
        type,
        { 'lineItem/UnblendedCost': '-0.05' },
        ['Usage', '-0.05', '-0.05', '0', '-0.05', null],
      ],
    ),
  ];

  it('maps every type of line item', async () => {
    const rows = lines.map(([type, changes], index) =>
      curRow({
        ...changes,
        'lineItem/LineItemType': type,
        'lineItem/LineItemDescription': String(index + 100),
      }),
    );
    const { charges, report } = await importRows(...rows);
    expect(report).toMatchObject({ deliveries: [{ kind: 'cur-legacy', quarantinedCount: 0 }] });
    expect(report.warnings).toHaveLength(1);
    const short = (value: unknown) => String(value).replace(/\.?0+$/, '');
    expect(
      charges.map((row) => [
        row.charge_category,
        ...['billed_cost', 'effective_cost', 'list_cost', 'contracted_cost'].map((name) => short(row[name])),
        row.commitment_discount_id,
      ]),
    ).toEqual(lines.map(([, , expected]) => expected));
    const refund = lines.findIndex(([type]) => type === 'Refund');
    expect(charges[refund]).toMatchObject({ charge_class: 'Correction' });
    expect(charges[0]).toMatchObject({
      sub_account_id: '000000000042',
      service_name: 'AmazonEC2',
      service_category: 'Compute',
      provider_name: 'AWS',
      x_usage_type: 'BoxUsage:m5.large',
      consumed_quantity: 1,
      pricing_category: 'Standard',
    });
  });

  it('takes net costs where the report has them', async () => {
    const { charges } = await importRows(
      curRow({ 'lineItem/LineItemDescription': 'a', 'lineItem/NetUnblendedCost': '0.45' }),
      curRow({ 'lineItem/LineItemDescription': 'b', 'lineItem/NetUnblendedCost': '' }),
      curRow({
        'lineItem/LineItemDescription': 'c',
        'lineItem/LineItemType': 'DiscountedUsage',
        'lineItem/UnblendedCost': '0',
        'reservation/EffectiveCost': '0.3',
        'reservation/NetEffectiveCost': '0.27',
      }),
    );
    expect(charges.map((row) => [row.billed_cost, row.effective_cost])).toEqual([
      ['0.450000000000', '0.450000000000'],
      ['0.500000000000', '0.500000000000'],
      ['0.000000000000', '0.270000000000'],
    ]);
  });

  it('warns when covered usage and its negation do not cancel out', async () => {
    const { report } = await importRows(curRow({ 'lineItem/LineItemType': 'SavingsPlanCoveredUsage' }));
    expect(report.warnings.join()).toContain('which leaves out 0.5');
  });

  it('sets a line item of an unknown type aside', async () => {
    await expect(importRows(curRow({ 'lineItem/LineItemType': 'Surprise' }))).rejects.toThrow(
      'charge_category is missing or none of',
    );
  });

  it('has its tags in columns, in a map or in JSON, with the same keys', async () => {
    const legacy = await importRows(
      curRow({
        'resourceTags/user:Team': ' payments ',
        'resourceTags/aws:createdBy': 'x',
        'resourceTags/user:none': '',
        'costCategory/Cost Center': 'CC-1',
      }),
    );
    expect(legacy.charges).toMatchObject([
      {
        tags: { 'user:Team': 'payments', 'aws:createdBy': 'x' },
        x_cost_categories: { 'Cost Center': 'CC-1' },
      },
    ]);
    const flat = await importRows(
      toSnakeCase(curRow({ resource_tags_user_team: 'payments', resource_tags_aws_created_by: 'x' })),
    );
    expect(flat.charges).toMatchObject([{ tags: { 'user:team': 'payments', 'aws:created_by': 'x' } }]);
    const json = await importRows(
      toSnakeCase(
        curRow({
          resource_tags: '{"user_team":"payments"}',
          product: '{"product_name":"Amazon EC2","region":"eu-west-1"}',
        }),
      ),
    );
    expect(json.charges).toMatchObject([
      { tags: { 'user:team': 'payments' }, service_name: 'Amazon EC2', region_id: 'eu-west-1' },
    ]);
    const typed =
      await importParquet(`select timestamp '2026-10-01' as bill_billing_period_start_date, timestamp '2026-10-31 23:00:00' as line_item_usage_start_date,
      0.1::double as line_item_unblended_cost, 'Usage' as line_item_line_item_type, 'USD' as line_item_currency_code,
      map {'user_team': 'payments', 'user_gone': null} as resource_tags, map {'product_name': 'Amazon EC2'} as product,
      'arn:x' as savings_plan_savings_plan_a_r_n`);
    expect(typed.report.deliveries).toMatchObject([{ kind: 'cur-2.0' }]);
    expect(typed.charges).toMatchObject([
      {
        billed_cost: '0.100000000000',
        tags: { 'user:team': 'payments' },
        service_name: 'Amazon EC2',
        commitment_discount_id: 'arn:x',
        charge_period_start: '2026-10-31T23:00:00Z',
      },
    ]);
  });

  it('may lack the columns of currency, type and period, with a warning for each', async () => {
    const {
      'lineItem/CurrencyCode': currency,
      'lineItem/LineItemType': type,
      'bill/BillingPeriodStartDate': start,
      ...row
    } = curRow();
    const { charges, report } = await importRows(row);
    expect([currency, type, start]).toEqual(['USD', 'Usage', '2026-10-01T00:00:00Z']);
    expect(charges).toMatchObject([
      {
        billing_currency: 'USD',
        charge_category: 'Usage',
        billing_period: '2026-10',
        billing_period_end: '2026-11-01T00:00:00Z',
      },
    ]);
    expect(report.warnings).toHaveLength(4);
  });
});

/** `lineItem/UsageType` -> `line_item_usage_type` */
function toSnakeCase(row: Row): Row {
  const rename = (name: string) =>
    name
      .replaceAll(/(?<=[a-z])([A-Z])/g, '_$1')
      .replaceAll('/', '_')
      .toLowerCase();
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [rename(name), value]));
}

/** A zip archive of one file. */
function zip(content: string): Buffer {
  const name = Buffer.from('report.csv');
  const packed = deflateRawSync(content);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(8, 8);
  local.writeUInt32LE(packed.length, 18);
  local.writeUInt32LE(content.length, 22);
  local.writeUInt16LE(name.length, 26);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(8, 10);
  central.writeUInt32LE(packed.length, 20);
  central.writeUInt32LE(content.length, 24);
  central.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length + name.length, 12);
  end.writeUInt32LE(local.length + name.length + packed.length, 16);
  return Buffer.concat([local, name, packed, central, name, end]);
}

describe('a compressed bill that was cut off', () => {
  for (const [name, compression] of [
    ['bill.csv.gz', 'gzip'],
    ['bill.csv.zst', 'zstd'],
  ] as const) {
    it(`is refused, not taken for a shorter one (${compression})`, async () => {
      const engine = await openTestEngine();
      const folder = await makeTestFolder();
      const whole = path.join(folder, name);
      await engine.run(
        `copy (select * exclude ("Tags") replace (md5(i::varchar) as "ResourceId") from (select ${TYPED_ROW}, '' as "ResourceId"), range(20000) t(i))
         to '${whole}' (format csv, header, compression ${compression})`,
      );
      const bytes = await readFile(whole);
      await writeFile(whole, bytes.subarray(0, Math.floor(bytes.length * 0.6)));
      const store = await openFolderStore(await makeTestFolder());
      await expect(importPath({ store, path: whole })).rejects.toThrow(/ends too early or is damaged/);
      await writeFile(whole, bytes);
      expect((await importPath({ store, path: whole })).deliveries).toMatchObject([{ rowCount: 20_000 }]);
    });
  }
});
