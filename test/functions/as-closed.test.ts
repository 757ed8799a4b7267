import { expect, test } from 'vitest';
import { closeMonth, reopenMonth } from '../../analytics/jobs/close.ts';
import { openResults } from '../../analytics/results/snapshot.ts';
import { createApi } from '../../functions/api/routes.ts';
import { makeEvent, makeStore, publishSample } from './published.ts';

const MONTH = '2026-10';

async function openApi() {
  const store = await makeStore();
  const api = createApi({ results: openResults({ store }), store });
  const get = async (path: string) => {
    const { statusCode, body = '' } = await api(makeEvent(path));
    return { status: statusCode, answer: JSON.parse(body) };
  };
  return { store, get };
}

test('a list by month is answered as the month was closed', async () => {
  const { store, get } = await openApi();
  const closed = await publishSample(store);
  await closeMonth({ store, month: MONTH, by: 'finance' });
  const known = await publishSample(store, 2);
  const versionOf = async (query: string) =>
    (await get(`/v1/reconciliation/invoices?${query}`)).answer.version;
  expect(await versionOf(`month=${MONTH}&as=closed`)).toBe(closed);
  expect(await versionOf(`month=${MONTH}&as=known`)).toBe(known);
  expect(await versionOf(`month=${MONTH}`)).toBe(known);
});

test('what cannot be answered as closed is refused', async () => {
  const { store, get } = await openApi();
  await publishSample(store);
  const refusals = [
    [`/v1/variance/drivers?month=${MONTH}&as=closed`, 404],
    ['/v1/variance/drivers?as=closed', 400],
    ['/v1/variance/drivers?month=all&as=closed', 400],
    [`/v1/variance/drivers?month=${MONTH}&as=shut`, 400],
    ['/v1/anomalies?as=closed', 400],
    ['/v1/anomalies/x?as=closed', 400],
  ] as const;
  for (const [path, status] of refusals) expect((await get(path)).status, path).toBe(status);
});

test('a pack that is not there is explained without parameters that nobody gave', async () => {
  const { store, get } = await openApi();
  await publishSample(store);
  for (const format of ['xlsx', 'html']) {
    const { status, answer } = await get(`/v1/closes/${MONTH}/pack.${format}`);
    expect(status).toBe(404);
    expect(JSON.stringify(answer)).toContain('headroom close 2026-10');
    expect(JSON.stringify(answer)).not.toContain('as=closed');
  }
});

test('closes have a history, and only months', async () => {
  const { store, get } = await openApi();
  await publishSample(store);
  await closeMonth({ store, month: MONTH, by: 'finance' });
  await reopenMonth({ store, month: MONTH, by: 'finance', reason: 'late credit' });
  const { answer } = await get('/v1/closes');
  expect(answer.closes).toMatchObject([
    { month: MONTH, state: 'reopened', entries: [{ action: 'close' }, { reason: 'late credit' }] },
  ]);
  expect((await get(`/v1/closes/${MONTH}`)).answer).toEqual(answer.closes[0]);
  for (const path of ['', '/pack.json', '/pack.xlsx', '/pack.html'])
    expect((await get(`/v1/closes/2026-99${path}`)).status, path).toBe(400);
  expect((await get('/v1/closes/2026-09')).status).toBe(404);
});
