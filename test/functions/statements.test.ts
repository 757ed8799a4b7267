import { expect, test } from 'vitest';
import { closeMonth } from '../../analytics/jobs/close.ts';
import { openResults } from '../../analytics/results/snapshot.ts';
import { createApi } from '../../functions/api/routes.ts';
import { makeEvent, makeStore, publishSample } from './published.ts';

const PATH = '/v1/statements/2026-10';
const CSV = { headers: { accept: 'text/csv' } };

async function open() {
  const store = await makeStore();
  const api = createApi({ results: openResults({ store }), store });
  return { store, api };
}
const parse = (body: string | undefined) => JSON.parse(body ?? '');

test('statements add up to the bill, as known now and as closed', async () => {
  const { store, api } = await open();
  await publishSample(store);
  expect((await api(makeEvent(`${PATH}?as=closed`))).statusCode).toBe(404);
  await closeMonth({ store, month: '2026-10', by: 'finance' });
  await publishSample(store, 2);
  const known = parse((await api(makeEvent(PATH))).body);
  expect(known.statements).toHaveLength(2);
  expect(known.statements[0]).toMatchObject({ cost_center: 'CC-1', direct_cost: '9', total_cost: '9' });
  expect(known.control.totals).toMatchObject([{ billing_currency: 'USD', total_cost: '18' }]);
  expect(known.control.totals[0]).toHaveProperty('billed_cost');
  expect(known.control.totals[0]).toHaveProperty('invoice_cost');
  const closed = parse((await api(makeEvent(`${PATH}?as=closed`))).body);
  expect(closed).toMatchObject({ as: 'closed', control: { totals: [{ total_cost: '9' }] } });
  const one = parse((await api(makeEvent(`${PATH}?cost_center=CC-2`))).body);
  expect(one.control.totals).toEqual([{ billing_currency: 'USD', total_cost: '9' }]);
});

test('statements as CSV are the same lines; who has them is told so', async () => {
  const { store, api } = await open();
  await publishSample(store);
  const answer = await api(makeEvent(PATH, CSV));
  expect(answer.headers?.['content-type']).toContain('text/csv');
  const [header, ...lines] = (answer.body ?? '').trimEnd().split('\r\n');
  expect(header).toBe(
    'billing_period,cost_center,billing_currency,service_name,direct_cost,shared_cost,credits_cost,tax_cost,total_cost',
  );
  expect(lines).toHaveLength(2);
  const etag = String(answer.headers?.etag);
  const again = await api(makeEvent(PATH, { headers: { accept: 'text/csv', 'if-none-match': etag } }));
  expect(again.statusCode).toBe(304);
  expect((await api(makeEvent(PATH, { headers: { 'if-none-match': etag } }))).statusCode).toBe(200);
});

test('who sees certain cost centres gets their statements without the rest of the bill, and no journal', async () => {
  const { store, api } = await open();
  await publishSample(store);
  const claims = { 'headroom:cost_centers': 'CC-2' };
  const answer = parse((await api(makeEvent(PATH, { claims }))).body);
  expect(answer.statements.map((row: { cost_center: string }) => row.cost_center)).toEqual(['CC-2']);
  expect(answer.control.totals).toEqual([{ billing_currency: 'USD', total_cost: '4.5' }]);
  expect((await api(makeEvent(`${PATH}?cost_center=CC-1`, { claims }))).statusCode).not.toBe(500);
  const other = await api(makeEvent(`${PATH}?cost_center=CC-1`, { claims }));
  expect(other.body).not.toContain('"total_cost":"4.5"');
  expect((await api(makeEvent(`${PATH}/journal`, { claims }))).statusCode).toBe(403);
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
  const { journal, control } = parse((await api(makeEvent(`${PATH}/journal`))).body);
  expect(
    journal.map(({ account, debit, credit }: Record<string, string>) => [account, debit, credit]),
  ).toEqual([
    ['6400', '5', ''],
    ['6410', '4', ''],
    ['2100', '', '9'],
  ]);
  expect(control.totals).toEqual([{ billing_currency: 'USD', debit: '9', credit: '9', billed_cost: '9' }]);
  const csv = await api(makeEvent(`${PATH}/journal`, CSV));
  expect(csv.body?.split('\r\n')[0]).toBe(
    'date,reference,account,cost_center,description,billing_currency,debit,credit',
  );
});

test.each([
  ['/v1/statements/2026-13', 400],
  ['/v1/statements/2031-01', 400],
  [`${PATH}?as=later`, 400],
  [`${PATH}?month=2026-10`, 400],
  [`${PATH}/journal?cost_center=CC-1`, 400],
])('%s is refused', async (path, status) => {
  const { store, api } = await open();
  await publishSample(store);
  expect((await api(makeEvent(path))).statusCode).toBe(status);
});
