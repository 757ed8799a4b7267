import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../analytics/configuration/load-configuration.ts';
import { formatScaled, parseScaled } from '../../analytics/decimal-text.ts';
import { closeDueMonths, closeMonth, reopenMonth } from '../../analytics/jobs/close.ts';
import { importPath } from '../../analytics/jobs/import.ts';
import type { GivenInvoice } from '../../analytics/jobs/merge-invoices.ts';
import { type BilledInvoice, reconcileInvoices } from '../../analytics/jobs/reconcile-invoices.ts';
import { runModels } from '../../analytics/jobs/run.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import { focusRow, toCsv } from '../support/cost-files.ts';

const CENT = 10n ** 10n;
const given = (more: Partial<GivenInvoice> = {}): GivenInvoice => ({
  month: '2026-09',
  billing_account_id: 'A',
  invoice_id: 'I-1',
  currency: 'USD',
  amount: '120',
  tax: '20',
  given_by: 'invoices.csv',
  issue_status: null,
  conflicting_amount: null,
  ...more,
});
const billed = (billed_cost: string, more: Partial<BilledInvoice> = {}): BilledInvoice => ({
  billing_period: '2026-09',
  billing_account_id: 'A',
  invoice_id: 'I-1',
  billing_currency: 'USD',
  charge_category: 'Usage',
  billed_cost,
  line_count: 1,
  ...more,
});
const tax = (cost: string, more: Partial<BilledInvoice> = {}) =>
  billed(cost, { charge_category: 'Tax', ...more });
const credit = (cost: string) => billed(cost, { charge_category: 'Credit' });

describe('an invoice and its charges', () => {
  it.each<[string, GivenInvoice, BilledInvoice[], string, string | null]>([
    ['equal', given(), [billed('100'), tax('20')], 'matched', null],
    ['half a cent apart', given(), [billed('100.005'), tax('20')], 'matched', 'rounding'],
    ['tax not exported', given(), [billed('100')], 'different', 'tax is not in the export'],
    [
      'tax left out',
      given({ amount: '100', tax: null }),
      [billed('100'), tax('20')],
      'different',
      'tax is in the bill and not in the amount given',
    ],
    ['other tax', given(), [billed('100'), tax('19')], 'different', 'tax differs'],
    [
      'before credits',
      given({ tax: null }),
      [billed('120'), credit('-7')],
      'different',
      'credits are in the bill and not in the amount given',
    ],
    [
      'no ids',
      given({ tax: null }),
      [billed('100'), billed('20', { invoice_id: '(none)' })],
      'different',
      'charges without an invoice id',
    ],
    [
      'two accounts',
      given({ tax: null }),
      [billed('100'), billed('20', { billing_account_id: 'B' })],
      'different',
      'other accounts have charges of the same invoice',
    ],
    [
      'two months',
      given({ tax: null }),
      [billed('100'), billed('20', { billing_period: '2026-08' })],
      'different',
      'wrong month: other months have charges of the same invoice',
    ],
    [
      'rounded lines',
      given({ given_by: 'issuer', issue_status: 'Issued' }),
      [billed('100.7'), tax('20')],
      'different',
      'rounding of its lines: within what FOCUS allows',
    ],
    [
      'a million rounded lines',
      given({ given_by: 'issuer', issue_status: 'Issued', tax: '0' }),
      [billed('115.5', { line_count: 1_000_000 })],
      'different',
      'rounding of its lines: within what FOCUS allows',
    ],
    [
      'too much for a million lines',
      given({ given_by: 'issuer', issue_status: 'Issued', tax: '0' }),
      [billed('105', { line_count: 1_000_000 })],
      'different',
      'unknown',
    ],
    [
      'a currency without cents',
      given({ given_by: 'issuer', issue_status: 'Issued', tax: '0', currency: 'JPY' }),
      [billed('30', { billing_currency: 'JPY' })],
      'different',
      'rounding of its lines: within what FOCUS allows',
    ],
    ['rounded lines, as somebody wrote', given(), [billed('100.7'), tax('20')], 'different', 'unknown'],
    [
      'voided',
      given({ amount: '0', tax: '0', given_by: 'issuer', issue_status: 'Voided' }),
      [billed('100')],
      'different',
      'voided: charges still carry its id',
    ],
    ['provisional', given({ issue_status: 'Open' }), [billed('100'), tax('20')], 'open', null],
    [
      'two amounts',
      given({ given_by: 'both', issue_status: 'Issued', conflicting_amount: '121.50' }),
      [billed('100'), tax('20')],
      'conflict',
      "invoices.csv says 121.5, the issuer's file 120",
    ],
    ['who knows', given(), [billed('3')], 'different', 'unknown'],
    [
      'currency',
      given(),
      [billed('120', { billing_currency: 'EUR' })],
      'not in the bill',
      'different currency: its charges are in EUR',
    ],
    [
      'account',
      given(),
      [billed('120', { billing_account_id: 'B' })],
      'not in the bill',
      'different account: its charges are of B',
    ],
    [
      'month',
      given(),
      [billed('120', { billing_period: '2026-10' })],
      'not in the bill',
      'wrong month: its charges are in 2026-10',
    ],
    [
      'no month',
      given(),
      [billed('1', { billing_period: '2026-10', invoice_id: 'x' })],
      'not in the bill',
      'missing month: no charges of it are imported',
    ],
    [
      'no account',
      given(),
      [billed('1', { billing_account_id: 'B', invoice_id: 'x' })],
      'not in the bill',
      'missing account: no charges of it are imported',
    ],
    [
      'none yet',
      given(),
      [billed('120', { invoice_id: '(none)' })],
      'not in the bill',
      'charges without an invoice id come to it',
    ],
    [
      'a mistyped id',
      given(),
      [
        billed('100', { invoice_id: 'I-l' }),
        tax('20', { invoice_id: 'I-l' }),
        billed('7', { invoice_id: 'x' }),
      ],
      'not in the bill',
      'mistyped id: charges of I-l come to it, and nobody gives that one',
    ],
    [
      'other ids',
      given(),
      [billed('119', { invoice_id: 'x' })],
      'not in the bill',
      'no charges carry its id',
    ],
  ])('%s', (_, invoice, charges, status, cause) => {
    const [row] = reconcileInvoices([invoice], charges, CENT);
    expect(row).toMatchObject({ status, probable_cause: cause });
  });

  it('does not take what another invoice names for a mistyped id, in whatever order they stand', () => {
    const charges = [billed('120', { invoice_id: 'I-2' })];
    const [row] = reconcileInvoices([given(), given({ invoice_id: 'I-2' })], charges, CENT);
    expect(row).toMatchObject({ status: 'not in the bill', probable_cause: 'no charges carry its id' });
  });

  it('that owe nothing and that no charge is on are left out', () => {
    const voided = given({ amount: '0', tax: '0', given_by: 'issuer', issue_status: 'Voided' });
    expect(reconcileInvoices([voided], [], CENT)).toEqual([]);
    const contradicted: GivenInvoice = { ...voided, given_by: 'both', conflicting_amount: '120' };
    expect(reconcileInvoices([contradicted], [], CENT)).toMatchObject([
      { status: 'conflict', invoice_cost: '0', conflicting_cost: '120', billed_cost: '0' },
    ]);
  });

  it('are each in one row, and the rows hold every charge once, whatever is given', () => {
    const key = {
      billing_period: fc.constantFrom('2026-08', '2026-09'),
      billing_account_id: fc.constantFrom('A', 'B'),
      invoice_id: fc.constantFrom('I-1', 'I-2', '(none)'),
      billing_currency: fc.constantFrom('USD', 'EUR'),
    };
    const amount = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }).map(formatScaled);
    const charge = fc.record({
      ...key,
      charge_category: fc.constantFrom('Usage', 'Tax', 'Credit'),
      billed_cost: amount,
      line_count: fc.constant(1),
    });
    const invoice = fc
      .tuple(fc.record(key), amount)
      .map(([{ billing_period: month, billing_currency: currency, ...rest }, each]) =>
        given({ ...rest, month, currency, amount: each, tax: null }),
      );
    const invoices = fc.uniqueArray(invoice, {
      selector: (row) => JSON.stringify([row.month, row.billing_account_id, row.invoice_id, row.currency]),
    });
    fc.assert(
      fc.property(invoices, fc.array(charge), (list, charges) => {
        const rows = reconcileInvoices(list, charges, CENT);
        const sum = (texts: (string | null)[]) =>
          texts.reduce((total, each) => total + parseScaled(each ?? '0'), 0n);
        expect(sum(rows.map((row) => row.billed_cost))).toBe(sum(charges.map((row) => row.billed_cost)));
        expect(sum(rows.map((row) => row.invoice_cost))).toBe(sum(list.map((row) => row.amount)));
        for (const row of rows) {
          if (row.invoice_cost === null) expect(row.status).toBe('not given');
          else {
            const difference = parseScaled(row.billed_cost) - parseScaled(row.invoice_cost);
            expect(row.difference_cost).toBe(formatScaled(difference));
            if (row.status === 'matched')
              expect(Math.abs(Number(row.difference_cost))).toBeLessThanOrEqual(0.01);
            if (row.status === 'different')
              expect(Math.abs(Number(row.difference_cost))).toBeGreaterThanOrEqual(0.01);
          }
        }
      }),
    );
  });
});

it('keeps a month open while an invoice does not match its charges', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'headroom-invoices-'));
  try {
    const store = await openFolderStore(join(folder, 'lake'));
    const bill = join(folder, 'bill');
    const config = join(folder, 'config');
    await mkdir(bill);
    await mkdir(config);
    const row = (InvoiceId: string, BilledCost: string) => focusRow({ InvoiceId, BilledCost });
    await writeFile(join(bill, 'bill.csv'), toCsv([row('I-1', '60'), row('I-1', '39.99'), row('I-2', '5')]));
    await importPath({ store, path: bill, sourceName: 'bill' });
    await writeFile(join(config, 'headroom.yml'), 'version: 1\n');
    const run = async (invoices: string) => {
      await writeFile(
        join(config, 'invoices.csv'),
        `month,billing_account_id,invoice_id,amount\n${invoices}`,
      );
      await runModels({ store, configuration: await loadConfiguration(config), asOf: '2026-11-10' });
    };
    const close = { store, month: '2026-10', by: 'finance' };
    await run('2026-10,000123456789,I-1,99.50\n');
    await expect(closeMonth(close)).rejects.toThrow(
      'invoice I-1 of 2026-10 does not match its charges: 0.49 USD (unknown)',
    );
    const due = await closeDueMonths({ store, by: 'schedule', waitDays: 0, now: new Date('2026-12-01') });
    expect(due.waiting).toMatchObject([{ month: '2026-10', reason: expect.stringContaining('I-1') }]);
    expect(await closeMonth({ ...close, allowUnmatched: true })).toMatchObject({ isNew: true });
    await reopenMonth({ ...close, reason: 'an invoice was wrong' });
    await run('2026-10,000123456789,I-1,100.00\n');
    expect(await closeMonth(close)).toMatchObject({ isNew: true });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
