import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../../analytics/errors.ts';
import type { ControlTotal } from '../../../analytics/jobs/control-totals.ts';
import { type ImportReport, importPath } from '../../../analytics/jobs/import.ts';
import { openFolderStore } from '../../../analytics/lake/folder-store.ts';
import type { ObjectStore } from '../../../analytics/lake/object-store.ts';
import { CHARGES, QUARANTINE } from '../../../analytics/lake/tables.ts';
import { readTable } from '../../support/cost-files.ts';
import { makeTestFolder } from '../../support/lake-folder.ts';
import { SHARED_DATA, skipReason } from '../../support/shared-data.ts';

if (skipReason) console.warn(skipReason);

async function importData(name: string, options: { quarantineLimitRatio?: number } = {}) {
  const store = await openFolderStore(await makeTestFolder());
  const report = await importPath({ store, path: path.join(SHARED_DATA, name), ...options });
  return { report, store };
}

/** Exact sum, without trailing zeros. */
function add(amounts: readonly string[]): string {
  const total = amounts.reduce((sum, amount) => sum + BigInt(amount.replace('.', '')), 0n);
  const digits = (total < 0n ? -total : total).toString().padStart(13, '0');
  const text = `${digits.slice(0, -12)}.${digits.slice(-12)}`.replace(/\.?0+$/, '');
  return total < 0n ? `-${text}` : text;
}

function sumBilled(
  { controlTotals }: ImportReport,
  isWanted: (total: ControlTotal) => boolean = () => true,
): string {
  return add(
    controlTotals
      .filter((total) => total.stage === 'loaded' && isWanted(total))
      .map(({ billedCost }) => billedCost),
  );
}

describe.skipIf(skipReason)('the FOCUS sample', () => {
  let report: ImportReport;
  let store: ObjectStore;
  let charges: Record<string, unknown>[];
  let lake: string;
  beforeAll(async () => {
    lake = await mkdtemp(path.join(tmpdir(), 'headroom-data-'));
    store = await openFolderStore(lake);
    report = await importPath({ store, path: path.join(SHARED_DATA, 'focus-sample-data/focus_sample.csv') });
    charges = await readTable(store, CHARGES);
  });
  afterAll(() => rm(lake, { recursive: true, force: true }));

  it('adds up, by provider, to what its authors billed', () => {
    const ofProvider = (name: string) => sumBilled(report, ({ providerName }) => providerName === name);
    expect(report.deliveries.map(({ billingPeriod, rowCount }) => [billingPeriod, rowCount])).toEqual([
      ['2024-09', 999],
      ['2024-10', 1],
    ]);
    expect(ofProvider('AWS')).toBe('18.0066386184');
    expect(ofProvider('Microsoft')).toBe('1.97651418586');
    expect(ofProvider('Oracle')).toBe('0.53707392473');
    expect(sumBilled(report)).toBe('20.52022672899');
  });

  it('is clean of what trips a naive reader', () => {
    expect(charges).toHaveLength(1000);
    expect(
      charges.filter((row) => Object.values(row).some((value) => value === '' || value === 'NULL')),
    ).toEqual([]);
    const distinct = (name: string) => new Set(charges.map((row) => row[name]));
    expect(distinct('charge_frequency')).toEqual(new Set(['Usage-Based', 'One-Time']));
    const zones = charges
      .filter((row) => row.provider_name === 'Microsoft')
      .map((row) => row.availability_zone);
    expect(new Set(zones)).toEqual(new Set([null]));
    const keys = charges.flatMap((row) => Object.keys((row.tags ?? {}) as object));
    expect(keys).toContain('org');
    expect(keys.filter((key) => key !== key.trim())).toEqual([]);
    expect(charges.filter((row) => Number(row.billed_cost) < 0)).toHaveLength(13);
  });
});

describe.skipIf(skipReason)('Cost and Usage Reports', () => {
  it('of legacy form, anonymised: 1,281 rows', async () => {
    const { report } = await importData('focus-converters/sample-anonymous-aws-export-dataset.csv');
    expect(report.deliveries).toMatchObject([
      { kind: 'cur-legacy', billingPeriod: '2023-11', rowCount: 1281, quarantinedCount: 0 },
    ]);
    expect(sumBilled(report)).toBe('1.6823086974');
    expect(sumBilled(report, ({ chargeCategory }) => chargeCategory === 'Tax')).toBe('0.08');
  });

  it('with manifests beside the files, one zipped, one gzipped', async () => {
    const { report } = await importData('keboola');
    expect(
      report.deliveries.map(({ source, billingPeriod, kind, rowCount, isFinal }) => [
        source,
        billingPeriod,
        kind,
        rowCount,
        isFinal,
      ]),
    ).toEqual([
      ['mocktestreport', '2024-01', 'cur-legacy', 3, true],
      ['mocktestreportv2', '2024-09', 'cur-2.0', 4, true],
    ]);
    expect(sumBilled(report, ({ source }) => source === 'mocktestreport')).toBe('0.045152');
    expect(sumBilled(report, ({ source }) => source === 'mocktestreportv2')).toBe('0.108304');
    expect(report.warnings).toEqual([expect.stringContaining('ignored 2 files that no manifest lists')]);
  });

  it.each([
    ['cur-anonymize/sample-cur20.csv', 'cur-2.0', '2025-01', 4, 3],
    ['cur-anonymize/sample-legacy-csv.csv', 'cur-legacy', '2025-01', 4, 3],
    ['koku/aws_2022-07-01-alt-columns.csv', 'cur-2.0', '2022-07', 2, 0],
    ['koku/aws_2023-06-01.csv', 'cur-legacy', '2023-06', 3, 1],
    ['koku/aws_2023-06-01-not-final.csv', 'cur-legacy', '2023-06', 3, 1],
  ])('%s', async (name, kind, billingPeriod, rowCount, warnings) => {
    const { report } = await importData(name);
    expect(report.deliveries).toMatchObject([{ kind, billingPeriod, rowCount, quarantinedCount: 0 }]);
    expect(report.warnings).toHaveLength(warnings);
    expect(report.deliveries[0]?.isFinal).toBe(name.includes('koku') && !name.includes('not-final'));
  });

  it('keep leading zeros of account ids, and amortise covered usage', async () => {
    const { store } = await importData('koku/aws_2023-06-01.csv');
    for (const row of await readTable(store, CHARGES)) {
      expect(row).toMatchObject({
        billing_account_id: '0099999999999',
        billing_currency: 'NOK',
        billed_cost: '0.000000000000',
        effective_cost: '0.100000000000',
        list_cost: '10.000000000000',
        x_cost_categories: { cost_env: 'prod', name: 'compute', qe_source: 'aws-single' },
      });
    }
  });

  it('without a row are refused: only a manifest can say that a month has no cost', async () => {
    await expect(importData('koku/aws_empty_frame.csv')).rejects.toThrow('there are no rows in the file');
  });

  it('with rows that have no cost are refused, or set aside where that is allowed', async () => {
    await expect(importData('fivetran')).rejects.toThrow('20 of 20 rows of fivetran 2024-04');
    const { report, store } = await importData('fivetran', { quarantineLimitRatio: 1 });
    expect(report.deliveries).toMatchObject([{ rowCount: 0, quarantinedCount: 20 }]);
    expect(await readTable(store, QUARANTINE)).toHaveLength(20);
  });
});

describe.skipIf(skipReason)('files that are no bill', () => {
  const lacking: [string, RegExp][] = [
    ['focus-spec/validator-samples/all_fail.csv', /all it has is one column, "x_foo"/],
    ['focus-spec/validator-samples/all_pass_0.5.csv', /as FOCUS lacks EffectiveCost, ChargeCategory$/],
    ['focus-spec/validator-samples/billedCostTest.csv', /as FOCUS lacks EffectiveCost, BillingCurrency,/],
    [
      'focus-spec/validator-samples/fail_invoice_issuer.csv',
      /as FOCUS lacks EffectiveCost, BillingCurrency,/,
    ],
    ['focus-spec/validator-samples/listUnitPriceTest.csv', /as FOCUS lacks BilledCost,/],
    ['focus-spec/validator-samples/sample.parquet', /as FOCUS lacks BilledCost,/],
    ['finops-toolkit/open-data/Regions.csv', /as FOCUS lacks BilledCost,/],
    ['finops-toolkit/ea-samples/EA_ActualCost_Small.csv', /as FOCUS lacks BilledCost, EffectiveCost,/],
    ['finops-toolkit/ea-samples/EA_NoRows.csv', /as FOCUS lacks BilledCost,/],
    ['opencost/headersets/German.csv', /as FOCUS lacks BilledCost,/],
  ];
  it.each(lacking)('%s', async (name, reason) => {
    const failure = await importData(name).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InputError);
    expect((failure as Error).message).toMatch(reason);
  });
});

describe.skipIf(skipReason)('examples of the FOCUS specification', () => {
  const folder = path.join(SHARED_DATA, 'focus-spec/spec-examples');
  const names = skipReason
    ? []
    : readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.csv'))
        .sort();
  const isWhole = (name: string) => name.includes('saas_examples');

  it.each(names.filter(isWhole))('%s is imported', async (name) => {
    const { report, store } = await importData(path.join('focus-spec/spec-examples', name));
    expect(report.deliveries.length).toBeGreaterThan(0);
    for (const { billingPeriod, quarantinedCount } of report.deliveries) {
      expect(billingPeriod).toMatch(/^2025-|^2026-/);
      expect(quarantinedCount).toBe(0);
    }
    for (const row of await readTable(store, CHARGES))
      expect(Number(row.list_cost)).toBeGreaterThanOrEqual(0);
  });

  it.each(names.filter((name) => !isWhole(name)))('%s has no currency and is refused', async (name) => {
    await expect(importData(path.join('focus-spec/spec-examples', name))).rejects.toThrow(
      /as FOCUS lacks BillingCurrency$/,
    );
  });

  it('of a contract paid up front bills what the contract says', async () => {
    const { report, store } = await importData(
      'focus-spec/spec-examples/saas_examples/simple_agreements/simple_saas_agreements_c.csv',
    );
    const [first] = await readTable(store, CHARGES);
    expect(first).toMatchObject({
      billed_cost: '10100.000000000000',
      list_unit_price: 20,
      billing_period: '2025-04',
    });
    expect(report.deliveries.map(({ billingPeriod }) => billingPeriod)).toEqual([
      '2025-04',
      '2025-05',
      '2025-06',
    ]);
  });
});
