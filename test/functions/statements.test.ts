import { describe, expect, test } from 'vitest';
import { formatScaled, parseScaled } from '../../analytics/decimal-text.ts';
import { closeMonth } from '../../analytics/jobs/close.ts';
import type { ManifestMonth } from '../../analytics/results/manifest.ts';
import { openResults } from '../../analytics/results/snapshot.ts';
import { createApi } from '../../functions/api/routes.ts';
import { givenManifest } from '../results/fixtures.ts';
import { makeEvent, makeStore, publishSample } from './published.ts';

const PATH = '/v1/statements/2026-10';
const JSON_TYPE = 'application/json';
const CSV_TYPE = 'text/csv; charset=utf-8';
const CSV = { headers: { accept: 'text/csv' } };
/** Invoices of the month that tell the bill of publishSample: 9 USD. */
const INVOICES = [
  {
    invoice_key: '1',
    billing_currency: 'USD',
    billed_cost: '6',
    invoice_cost: '5.75',
    difference_cost: '0.25',
  },
  { invoice_key: '2', billing_currency: 'USD', billed_cost: '3', invoice_cost: null, difference_cost: null },
];

async function open() {
  const store = await makeStore();
  const api = createApi({ results: openResults({ store }), store });
  return { store, api };
}
const parse = (body: string | undefined) => JSON.parse(body ?? '');
const add = (texts: readonly string[]) =>
  formatScaled(texts.reduce((sum, text) => sum + parseScaled(text), 0n));
const totalsOf = (statements: { total_cost: string }[]) => add(statements.map((row) => row.total_cost));

test('statements add up to the bill, as known now and as closed', async () => {
  const { store, api } = await open();
  await publishSample(store, 1, {}, { invoices: INVOICES });
  expect((await api(makeEvent(`${PATH}?as=closed`))).statusCode).toBe(404);
  await closeMonth({ store, month: '2026-10', by: 'finance' });
  const later = INVOICES.map((row) => ({ ...row, billed_cost: String(2 * Number(row.billed_cost)) }));
  await publishSample(store, 2, {}, { invoices: later });
  const answer = await api(makeEvent(PATH));
  expect(answer.headers).toMatchObject({ 'content-type': JSON_TYPE });
  const known = parse(answer.body);
  const line = {
    billing_period: '2026-10',
    billing_currency: 'USD',
    service_name: 'any',
    direct_cost: '9',
    shared_cost: '0',
    credits_cost: '0',
    tax_cost: '0',
    total_cost: '9',
  };
  expect(known).toMatchObject({
    month: '2026-10',
    as: 'known',
    is_complete: true,
    statements: [
      { ...line, cost_center: 'CC-1' },
      { ...line, cost_center: 'CC-2' },
    ],
  });
  expect(known.control).toEqual({
    is_reconciled: true,
    totals: [
      {
        billing_currency: 'USD',
        total_cost: '18',
        billed_cost: '18',
        invoice_cost: '5.75',
        not_given_cost: '6',
        difference_cost: '6.25',
      },
    ],
  });
  expect(totalsOf(known.statements)).toBe(known.control.totals[0].total_cost);
  const closed = parse((await api(makeEvent(`${PATH}?as=closed`))).body);
  expect(closed).toMatchObject({
    as: 'closed',
    control: {
      is_reconciled: true,
      totals: [{ total_cost: '9', billed_cost: '9', not_given_cost: '3', difference_cost: '0.25' }],
    },
  });
  expect(totalsOf(closed.statements)).toBe('9');
  const one = parse((await api(makeEvent(`${PATH}?cost_center=CC-2`))).body);
  expect(one.statements).toMatchObject([{ cost_center: 'CC-2', total_cost: '9' }]);
  expect(one.control.totals).toEqual([{ billing_currency: 'USD', total_cost: '9' }]);
});

describe('beside the statements of a month', () => {
  const compare = async (invoices: readonly Record<string, unknown>[]) => {
    const { store, api } = await open();
    await publishSample(store, 1, {}, { invoices });
    return parse((await api(makeEvent(PATH))).body).control;
  };
  const [given, other] = INVOICES;
  const usd = { billing_currency: 'USD', total_cost: '9', billed_cost: '9' };

  test('no difference is claimed where no invoice is given', async () => {
    const none = { ...other, billed_cost: '9' };
    expect(await compare([none])).toEqual({
      is_reconciled: true,
      totals: [{ ...usd, invoice_cost: null, not_given_cost: '9', difference_cost: null }],
    });
  });

  test('invoices of some accounts are compared with the charges of these', async () => {
    const equal = { ...given, invoice_cost: '6', difference_cost: '0' };
    expect(await compare([equal, { ...other, billing_account_id: 'B' }])).toEqual({
      is_reconciled: true,
      totals: [{ ...usd, invoice_cost: '6', not_given_cost: '3', difference_cost: '0' }],
    });
  });

  test('a currency that is billed and not stated, or only invoiced, is there, with its difference', async () => {
    const billed = { ...other, billing_currency: 'EUR', billed_cost: '7', invoice_key: '3' };
    const invoiced = {
      ...given,
      billing_currency: 'JPY',
      billed_cost: '0',
      invoice_cost: '40',
      invoice_key: '4',
    };
    expect(await compare([...INVOICES, billed, invoiced])).toEqual({
      is_reconciled: false,
      totals: [
        {
          billing_currency: 'EUR',
          total_cost: '0',
          billed_cost: '7',
          invoice_cost: null,
          not_given_cost: '7',
          difference_cost: '-7',
        },
        {
          billing_currency: 'JPY',
          total_cost: '0',
          billed_cost: '0',
          invoice_cost: '40',
          not_given_cost: '0',
          difference_cost: '-40',
        },
        { ...usd, invoice_cost: '5.75', not_given_cost: '3', difference_cost: '0.25' },
      ],
    });
  });

  test('charges that no statement has are not called reconciled', async () => {
    expect(await compare([{ ...given, billed_cost: '10', invoice_cost: '10' }])).toEqual({
      is_reconciled: false,
      totals: [{ ...usd, billed_cost: '10', invoice_cost: '10', not_given_cost: '0', difference_cost: '-1' }],
    });
  });
});

test('a month that is not complete says so', async () => {
  const { store, api } = await open();
  const [month] = givenManifest(['2026-10'], '2026-09').months;
  await publishSample(store, 1, { months: [month as ManifestMonth] });
  for (const path of [PATH, `${PATH}/journal`])
    expect(parse((await api(makeEvent(path))).body)).toMatchObject({ is_complete: false });
});

test('statements as CSV are the same lines; who has them is told so', async () => {
  const { store, api } = await open();
  await publishSample(store);
  const answer = await api(makeEvent(PATH, CSV));
  expect(answer).toMatchObject({ statusCode: 200, headers: { 'content-type': CSV_TYPE } });
  expect((answer.body ?? '').trimEnd().split('\r\n')).toEqual([
    'billing_period,cost_center,billing_currency,service_name,direct_cost,shared_cost,credits_cost,tax_cost,total_cost',
    '2026-10,CC-1,USD,any,4.5,0,0,0,4.5',
    '2026-10,CC-2,USD,any,4.5,0,0,0,4.5',
  ]);
  const etag = String(answer.headers?.etag);
  const again = await api(makeEvent(PATH, { headers: { accept: 'text/csv', 'if-none-match': etag } }));
  expect(again.statusCode).toBe(304);
  expect((await api(makeEvent(PATH, { headers: { 'if-none-match': etag } }))).statusCode).toBe(200);
});

test('who sees certain cost centres gets their statements without the rest of the bill, and no journal', async () => {
  const { store, api } = await open();
  await publishSample(store, 1, {}, { invoices: INVOICES });
  const claims = { 'headroom:cost_centers': 'CC-2' };
  const answer = parse((await api(makeEvent(PATH, { claims }))).body);
  expect(answer.statements).toMatchObject([{ cost_center: 'CC-2', total_cost: '4.5' }]);
  expect(answer.control.totals).toEqual([{ billing_currency: 'USD', total_cost: '4.5' }]);
  const other = await api(makeEvent(`${PATH}?cost_center=CC-1`, { claims }));
  expect(other.statusCode).toBe(200);
  expect(parse(other.body)).toMatchObject({ statements: [], control: { totals: [] } });
  const journal = await api(makeEvent(`${PATH}/journal`, { claims }));
  expect(journal).toMatchObject({
    statusCode: 403,
    headers: { 'content-type': 'application/problem+json' },
  });
  expect(parse(journal.body).detail).toContain('certain cost centres only');
});

test('the journal entry balances and books to the accounts that were published', async () => {
  const { store, api } = await open();
  const ledger = {
    clearing_account: '2100',
    expense_account: '6400',
    accounts: [{ account: '6410', cost_center: ['CC-1'] }],
    places: 0,
  };
  await publishSample(store, 1, { ledger });
  const answer = await api(makeEvent(`${PATH}/journal`));
  expect(answer.headers).toMatchObject({ 'content-type': JSON_TYPE });
  const { journal, control } = parse(answer.body);
  expect(
    journal.map(({ account, debit, credit }: Record<string, string>) => [account, debit, credit]),
  ).toEqual([
    ['6400', '5', ''],
    ['6410', '4', ''],
    ['2100', '', '9'],
  ]);
  expect(control.totals).toEqual([{ billing_currency: 'USD', debit: '9', credit: '9', billed_cost: '9' }]);
  const csv = await api(makeEvent(`${PATH}/journal`, CSV));
  expect(csv).toMatchObject({ statusCode: 200, headers: { 'content-type': CSV_TYPE } });
  const [header, ...lines] = (csv.body ?? '').trimEnd().split('\r\n');
  expect(header).toBe('date,reference,account,cost_center,description,billing_currency,debit,credit');
  expect(lines).toHaveLength(3);
  expect(lines.every((line) => line.startsWith('2026-10-31,'))).toBe(true);
});

test.each([
  ['/v1/statements/2026-13', 400, /2026-13/],
  ['/v1/statements/2031-01', 400, /2031-01/],
  [`${PATH}?as=later`, 400, /'later' is no view/],
  [`${PATH}?month=2026-10`, 400, /unknown parameter 'month'/],
  [`${PATH}/journal?cost_center=CC-1`, 400, /unknown parameter 'cost_center'/],
  [`${PATH}?as=closed`, 404, /2026-10/],
])('%s is refused, and told why', async (path, status, detail) => {
  const { store, api } = await open();
  await publishSample(store);
  const answer = await api(makeEvent(path));
  expect(answer).toMatchObject({
    statusCode: status,
    headers: { 'content-type': 'application/problem+json' },
  });
  expect(parse(answer.body)).toMatchObject({ status, detail: expect.stringMatching(detail) });
});

test('statements and journal entries that are too large say what they are and how to have them', async () => {
  const { store, api } = await open();
  const centers = Array.from({ length: 5 }, (_, index) => `${index}${'x'.repeat(1_000_000)}`);
  await publishSample(store, 1, {}, { centers });
  for (const headers of [{}, CSV.headers]) {
    const statements = await api(makeEvent(PATH, { headers }));
    expect(statements.statusCode).toBe(413);
    expect(parse(statements.body)).toMatchObject({
      detail: 'the statements are larger than an answer can be',
      remedy: expect.stringMatching(/cost_center=.*headroom export 2026-10 --format statements/),
    });
    const journal = await api(makeEvent(`${PATH}/journal`, { headers }));
    expect(parse(journal.body)).toMatchObject({
      status: 413,
      detail: 'the journal entry is larger than an answer can be',
      remedy: 'Write it with: headroom export 2026-10 --format statements.',
    });
  }
});
