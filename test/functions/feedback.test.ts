import { expect, it } from 'vitest';
import { EMPTY_STATE, type Incident } from '../../analytics/alerts/alert-state.ts';
import { writeDecision } from '../../analytics/alerts/decisions.ts';
import { signFeedback } from '../../analytics/alerts/feedback-token.ts';
import { openJournal } from '../../analytics/lake/journal.ts';
import { openResults } from '../../analytics/results/snapshot.ts';
import { createApi } from '../../functions/api/routes.ts';
import { makeAlert, NOW } from '../alerts/alert-fixtures.ts';
import { makeEvent, makeStore, publishSample } from './published.ts';

const SECRET = 'link-secret';
const FUTURE = Math.floor(Date.now() / 1000) + 3600;
const sign = (changes: object = {}) =>
  signFeedback(
    { alertId: 'a<1>', feedback: 'not_actionable', channel: 'slack', expiresAt: FUTURE, ...changes },
    SECRET,
  );

async function openApi(secret?: string) {
  const store = await makeStore();
  await publishSample(store);
  const api = createApi({
    results: openResults({ store }),
    store,
    ...(secret ? { feedbackSecret: async () => secret } : {}),
  });
  const call = (
    method: string,
    path: string,
    body?: string,
    type = 'application/x-www-form-urlencoded',
    claims?: Record<string, unknown>,
  ) => {
    const event = makeEvent(path, claims ? { claims } : {});
    event.requestContext.http.method = method;
    return api({
      ...event,
      ...(body === undefined ? {} : { body }),
      headers: { ...event.headers, 'content-type': type },
    });
  };
  return { call, store, journal: openJournal(store, 'anomalies') };
}

it('following a link states nothing, the form does', async () => {
  const { call, journal } = await openApi(SECRET);
  const path = `/v1/feedback/${sign()}`;
  const shown = await call('GET', path);
  expect(shown).toMatchObject({ statusCode: 200, headers: { 'cache-control': 'no-store' } });
  expect(shown.body).toContain('a&#60;1&#62;');
  expect(shown.body).toContain('<form method="post">');
  await call('HEAD', path);
  expect(await journal.readAll()).toEqual(new Map());
  expect(await call('POST', path, 'reason=')).toMatchObject({ statusCode: 400 });
  expect(await journal.readAll()).toEqual(new Map());
  expect(await call('POST', path, 'reason=known+job')).toMatchObject({ statusCode: 200 });
  expect(await journal.read('a<1>')).toMatchObject([
    { feedback: 'not_actionable', reason: 'known job', by: 'link:slack' },
  ]);
});

it.each([
  ['expired', SECRET, sign({ expiresAt: 1 })],
  ['signed by another', 'other', sign()],
  ['no token', SECRET, 'abc'],
  ['where nothing is signed', undefined, sign()],
])('a link is refused: %s', async (_, secret, token) => {
  const { call, journal } = await openApi(secret);
  for (const method of ['GET', 'POST']) {
    expect(await call(method, `/v1/feedback/${token}`, 'reason=x')).toMatchObject({ statusCode: 403 });
  }
  expect(await journal.readAll()).toEqual(new Map());
});

it('callers state feedback on published anomalies only', async () => {
  const { call, journal } = await openApi();
  const post = (id: string, body: object) =>
    call('POST', `/v1/anomalies/${id}/feedback`, JSON.stringify(body), 'application/json');
  expect(await post('x', { feedback: 'not_actionable' })).toMatchObject({ statusCode: 400 });
  expect(await post('x', { feedback: 'great' })).toMatchObject({ statusCode: 400 });
  expect(await post('nobody', { feedback: 'actionable' })).toMatchObject({ statusCode: 404 });
  expect(await journal.readAll()).toEqual(new Map());
  expect(await post('x', { feedback: 'planned', reason: 'sale' })).toMatchObject({ statusCode: 201 });
  expect(await journal.read('x')).toHaveLength(1);
});

it('callers state feedback on whatever was told, within their cost centres', async () => {
  const { call, journal, store } = await openApi();
  const alert = makeAlert({ id: 'capacity|i-1|cpu', kind: 'capacity', costCenter: 'CC-1' });
  const incident: Incident = {
    status: 'open',
    severity: 'high',
    channels: [],
    toldAt: NOW,
    toldAmountPerDay: 1,
    alerts: [alert],
  };
  await writeDecision(store, {
    sequence: 1,
    decidedAt: NOW,
    send: [],
    suppressed: [],
    state: { ...EMPTY_STATE, incidents: { [alert.id]: incident } },
  });
  const post = (costCenters?: string) =>
    call(
      'POST',
      `/v1/anomalies/${encodeURIComponent(alert.id)}/feedback`,
      '{"feedback":"actionable"}',
      'application/json',
      costCenters === undefined ? undefined : { 'headroom:cost_centers': costCenters },
    );
  expect(await post('CC-2')).toMatchObject({ statusCode: 404 });
  expect(await journal.readAll()).toEqual(new Map());
  expect(await post('CC-1')).toMatchObject({ statusCode: 201 });
  expect(await post()).toMatchObject({ statusCode: 201 });
  expect(await journal.read(alert.id)).toHaveLength(2);
});
