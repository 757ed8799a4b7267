import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfiguration } from '../../analytics/configuration/load-configuration.ts';
import { openDuckdb } from '../../analytics/engine/duckdb.ts';
import { closeDueMonths, closeMonth } from '../../analytics/jobs/close.ts';
import { importPath } from '../../analytics/jobs/import.ts';
import { runModels } from '../../analytics/jobs/run.ts';
import { openTable } from '../../analytics/lake/delta-table.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import { INVOICE_DETAILS, BILLING_PERIODS as PERIODS_TABLE } from '../../analytics/lake/invoice-tables.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import { CHARGES } from '../../analytics/lake/tables.ts';
import { BILLING_PERIODS, INVOICES } from '../../analytics/results/records/invoices.ts';
import { answerRecords } from '../../analytics/results/records/query.ts';
import { parseRecordRequest } from '../../analytics/results/records/request.ts';
import { openResults } from '../../analytics/results/snapshot.ts';
import { focusRow, putDelivery, putFile, type Row, readTable, toCsv } from '../support/cost-files.ts';
import { makeTestFolder } from '../support/lake-folder.ts';

const T1 = '2026-11-02T00:00:00.000Z';
const T2 = '2026-11-05T00:00:00.000Z';
const T3 = '2026-11-07T00:00:00.000Z';
const ACCOUNT = '000123456789';

/** A line of Invoice Detail, as FOCUS 1.4 has it. */
const detail = (changes: Row = {}): Row => ({
  BilledCost: '100.00',
  BillingAccountId: ACCOUNT,
  BillingCurrency: 'USD',
  BillingPeriodStart: '2026-10-01T00:00:00Z',
  BillingPeriodEnd: '2026-11-01T00:00:00Z',
  ChargeCategory: 'Usage',
  InvoiceDetailCreated: T1,
  InvoiceDetailDescription: 'Amazon S3',
  InvoiceDetailGrain: '{"ServiceName":"Amazon S3"}',
  InvoiceDetailId: 'D-1',
  InvoiceDetailLastUpdated: T1,
  InvoiceId: 'I-1',
  InvoiceIssueDate: T1,
  InvoiceIssueStatus: 'Issued',
  InvoiceIssuerName: 'AWS',
  PaymentCurrency: 'USD',
  PaymentDueDate: '',
  PaymentTerms: 'Net 30',
  ReferenceInvoiceId: 'I-1',
  x_PricingQuantity: '12',
  ...changes,
});
const period = (changes: Row = {}): Row => ({
  BillingPeriodCreated: '2026-10-01T00:00:00Z',
  BillingPeriodStart: '2026-10-01T00:00:00Z',
  BillingPeriodEnd: '2026-11-01T00:00:00Z',
  BillingPeriodLastUpdated: T1,
  BillingPeriodStatus: 'Open',
  InvoiceIssuerName: 'AWS',
  ...changes,
});

const openLake = async () => openFolderStore(await makeTestFolder());

async function load(store: ObjectStore, rows: readonly Row[], modifiedAt = T1, sourceName = 'invoices') {
  const path = await putFile(await makeTestFolder(), 'file.csv', toCsv(rows), modifiedAt);
  const { deliveries } = await importPath({ store, path, sourceName });
  return deliveries.map(({ billingPeriod, kind, outcome, rowCount, isFinal }) => ({
    ...{ billingPeriod, kind, outcome, rowCount, isFinal },
  }));
}
const amounts = async (store: ObjectStore) =>
  (await readTable(store, INVOICE_DETAILS)).map((row) => `${row.billing_period} ${row.billed_cost}`).sort();

it('keeps every column of an invoice file, from CSV and from Parquet alike', async () => {
  const store = await openLake();
  expect(await load(store, [detail(), detail({ ChargeCategory: 'tax', BilledCost: '19' })])).toEqual([
    {
      billingPeriod: '2026-10',
      kind: 'focus-1.4-invoice-detail',
      outcome: 'loaded',
      rowCount: 2,
      isFinal: true,
    },
  ]);
  const rows = await readTable(store, INVOICE_DETAILS);
  expect(rows).toMatchObject([
    { billed_cost: '19.000000000000', charge_category: 'Tax' },
    {
      billed_cost: '100.000000000000',
      billing_account_id: ACCOUNT,
      charge_category: 'Usage',
      invoice_detail_grain: '{"ServiceName":"Amazon S3"}',
      payment_terms: 'Net 30',
      payment_due_date: null,
      purchase_order_number: null,
      reference_invoice_id: 'I-1',
      custom_columns: { x_PricingQuantity: '12' },
    },
  ]);
  const folder = await makeTestFolder();
  const csv = await putFile(folder, 'd.csv', toCsv([detail()]));
  const engine = await openDuckdb({ tempFolder: folder });
  const parquet = join(folder, 'd.parquet');
  await engine.copy(
    `select * replace (cast(BilledCost as decimal(20, 4)) as BilledCost, cast(BillingPeriodStart as timestamptz) as BillingPeriodStart,
      struct_pack(ServiceName := 'Amazon S3') as InvoiceDetailGrain) from read_csv('${csv}', all_varchar = true)`,
    parquet,
  );
  engine.close();
  const other = await openLake();
  await importPath({ store: other, path: parquet });
  const [typed] = await readTable(other, INVOICE_DETAILS);
  const { delivery_id: _1, source: _2, ...expected } = rows[1] ?? {};
  expect(typed).toMatchObject(expected);
});

it('replaces what a source told of a month as a whole; what is older or the same changes nothing', async () => {
  const store = await openLake();
  const second = [detail({ BilledCost: '7' })];
  const november = detail({ BillingPeriodStart: '2026-11-01T00:00:00Z', BilledCost: '3' });
  const outcome = async (rows: readonly Row[], at: string) =>
    (await load(store, rows, at)).map((each) => `${each.billingPeriod} ${each.outcome}`);
  expect(await outcome([detail(), detail({ InvoiceDetailId: 'D-2' }), november], T1)).toEqual([
    '2026-10 loaded',
    '2026-11 loaded',
  ]);
  expect(await outcome(second, T2)).toEqual(['2026-10 replaced']);
  expect(await amounts(store)).toEqual(['2026-10 7.000000000000', '2026-11 3.000000000000']);
  expect(await outcome([detail({ BilledCost: '1' })], T1)).toEqual(['2026-10 older']);
  expect(await outcome(second, T3)).toEqual(['2026-10 unchanged']);
  expect(await outcome([detail({ BilledCost: '8' })], T2)).toEqual(['2026-10 older']);
  expect(await amounts(store)).toEqual(['2026-10 7.000000000000', '2026-11 3.000000000000']);
});

it('stands beside charges in one folder, and alone leaves them alone', async () => {
  const store = await openLake();
  const folder = await makeTestFolder();
  await putFile(folder, 'cost.csv', toCsv([focusRow()]), T1);
  await putFile(folder, 'detail.csv', toCsv([detail()]), T1);
  await putFile(folder, 'period.csv', toCsv([period()]), T1);
  const report = await importPath({ store, path: folder, sourceName: 'aws' });
  expect(report.deliveries.map(({ kind }) => kind).sort()).toEqual([
    'focus-1.0',
    'focus-1.4-billing-period',
    'focus-1.4-invoice-detail',
  ]);
  await load(store, [detail({ BilledCost: '5' })], T3, 'aws');
  expect(await readTable(store, CHARGES)).toHaveLength(1);
  expect(await readTable(store, PERIODS_TABLE)).toHaveLength(1);
});

it('is known under a manifest too; charges that name lines of invoices stay charges', async () => {
  const store = await openLake();
  const folder = await makeTestFolder();
  await putDelivery(folder, { period: '2026-10', deliveredAt: T1, files: { 'd-1.csv': toCsv([detail()]) } });
  for (const outcome of ['loaded', 'unchanged']) {
    const { deliveries } = await importPath({ store, path: folder });
    expect(deliveries).toMatchObject([{ kind: 'focus-1.4-invoice-detail', outcome, source: 'focus' }]);
  }
  expect((await openTable(store, CHARGES).snapshot()).version).toBe(-1);
  const charges = toCsv([focusRow({ InvoiceId: 'I-1', InvoiceDetailId: 'D-1' })]);
  await importPath({
    store,
    path: await putFile(await makeTestFolder(), 'c.csv', charges),
    sourceName: 'focus',
  });
  expect(await readTable(store, CHARGES)).toHaveLength(1);
  expect(await readTable(store, INVOICE_DETAILS)).toHaveLength(1);
});

it.each<[string, Row[], RegExp]>([
  ['amount', [detail(), detail({ BilledCost: 'x' })], /row 2: BilledCost is absent or cannot be read/],
  ['status', [detail({ InvoiceIssueStatus: 'Paid' })], /InvoiceIssueStatus is none of Open, Issued, Voided/],
  ['month', [detail({ BillingPeriodStart: 'October' })], /BillingPeriodStart is absent/],
  ['currency', [detail({ BillingCurrency: 'dollars' })], /BillingCurrency is no ISO 4217 code/],
  ['account', [detail({ BillingAccountId: '' })], /BillingAccountId is absent/],
  ['period', [period({ BillingPeriodStatus: 'Ajar' })], /BillingPeriodStatus is none of Open, Closed/],
  ['many', Array.from({ length: 30 }, () => detail({ InvoiceId: '' })), /mistakes \(30\)(.|\n)*and 10 more/],
])('refuses a file with a bad %s as a whole', async (_, rows, message) => {
  const store = await openLake();
  await expect(load(store, rows)).rejects.toThrow(message);
  for (const table of [INVOICE_DETAILS, PERIODS_TABLE]) {
    expect((await openTable(store, table).snapshot()).version).toBe(-1);
  }
});

it('names the columns that a file of invoices lacks', async () => {
  const store = await openLake();
  const { BilledCost: _, InvoiceId: __, ...rest } = detail();
  await expect(load(store, [rest])).rejects.toThrow(
    'as focus-1.4-invoice-detail it lacks BilledCost, InvoiceId',
  );
  const path = await putFile(await makeTestFolder(), 'x.csv', `${toCsv([detail()])}1,2\n`);
  await expect(importPath({ store, path })).rejects.toThrow(/row 2: has another number of cells/);
});

it('reconciles the bill with it, and the close waits for the issuer', async () => {
  const store = await openLake();
  const config = await makeTestFolder();
  await writeFile(join(config, 'headroom.yml'), 'version: 1\n');
  const bill = [
    focusRow({ InvoiceId: 'I-1', BilledCost: '60' }),
    focusRow({ InvoiceId: 'I-1', BilledCost: '40' }),
    focusRow({ InvoiceId: 'I-1', BilledCost: '19', ChargeCategory: 'Tax' }),
  ];
  await importPath({
    store,
    path: await putFile(await makeTestFolder(), 'b.csv', toCsv(bill)),
    sourceName: 'b',
  });
  const tax = detail({ ChargeCategory: 'Tax', BilledCost: '19', InvoiceDetailId: 'D-2' });
  const show = async (written = '') => {
    await writeFile(join(config, 'invoices.csv'), `month,billing_account_id,invoice_id,amount\n${written}`);
    await runModels({ store, configuration: await loadConfiguration(config), asOf: '2026-11-20' });
    const snapshot = await openResults({ store }).current();
    const answer = await answerRecords(snapshot, parseRecordRequest(INVOICES, []));
    const periods = await answerRecords(snapshot, parseRecordRequest(BILLING_PERIODS, []));
    return { rows: answer.rows, periods: periods.rows };
  };
  const due = async () => closeDueMonths({ store, by: 'schedule', waitDays: 0, now: new Date('2026-12-01') });

  await load(store, [detail({ InvoiceIssueStatus: 'Open' }), tax], T1);
  await load(store, [period()], T1, 'periods');
  const open = await show();
  expect(open.rows).toMatchObject([
    { invoice_id: 'I-1', status: 'open', given_by: 'issuer', issue_status: 'Open', invoice_cost: '119' },
  ]);
  expect(open.periods).toMatchObject([
    { billing_period: '2026-10', invoice_issuer_name: 'AWS', period_status: 'Open' },
  ]);
  expect((await due()).waiting[0]?.reason).toContain('AWS declares the billing period 2026-10 open');

  // Declared closed in a later file, also of another name; the invoice is not issued yet.
  await load(store, [period({ BillingPeriodStatus: 'Closed', BillingPeriodLastUpdated: T3 })], T3, 'p-2');
  await show();
  expect((await due()).waiting[0]?.reason).toContain('invoice I-1 of 2026-10 is not issued yet');

  // The same invoice, issued, from a file of another name counts once.
  await load(store, [detail({ BilledCost: '90' }), tax], T2, 'again');
  expect((await due()).waiting[0]?.reason).toContain('2026-10 was imported again after the last run');
  expect((await show()).rows).toMatchObject([
    { status: 'different', invoice_cost: '109', invoice_tax_cost: '19', difference_cost: '10' },
  ]);
  await load(store, [detail(), tax, detail({ InvoiceId: 'I-0', InvoiceIssueStatus: 'Voided' })], T3, 'again');
  const conflict = await show('2026-10,000123456789,I-1,118\n');
  expect(conflict.rows).toMatchObject([
    {
      status: 'conflict',
      given_by: 'both',
      invoice_cost: '119',
      conflicting_cost: '118',
      probable_cause: "invoices.csv says 118, the issuer's file 119",
    },
  ]);
  await expect(closeMonth({ store, month: '2026-10', by: 'finance' })).rejects.toMatchObject({
    message: expect.stringContaining(
      "invoice I-1 of 2026-10 is told with two amounts: 118 USD in invoices.csv, 119 USD in the issuer's Invoice Detail; its charges come to 119 USD",
    ),
    remedy: expect.stringMatching(/correct.*invoices\.csv.*import.*run again.*--allow-unmatched/is),
  });
  const voided = await show('2026-10,000123456789,I-1,119\n2026-10,000123456789,I-0,40\n');
  expect(voided.rows).toMatchObject([
    { invoice_id: 'I-0', status: 'conflict', invoice_cost: '0', conflicting_cost: '40', billed_cost: '0' },
    { invoice_id: 'I-1', status: 'matched' },
  ]);
  expect((await due()).waiting[0]?.reason).toContain(
    "40 USD in invoices.csv, 0 USD (voided) in the issuer's Invoice Detail",
  );
  expect((await show('2026-10,000123456789,I-1,119.00\n')).rows).toMatchObject([
    { status: 'matched', given_by: 'both', conflicting_cost: null, probable_cause: null },
  ]);
  expect((await due()).closed).toEqual(['2026-10']);
});
