import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { THRESHOLD_JOURNAL } from '../../../analytics/alerts/adapt-thresholds.ts';
import { stateFeedback } from '../../../analytics/alerts/feedback.ts';
import { openOutbox } from '../../../analytics/alerts/outbox.ts';
import { previewAlerts, runAlerts } from '../../../analytics/alerts/run-alerts.ts';
import { SourceError } from '../../../analytics/errors.ts';
import { openFolderStore } from '../../../analytics/lake/folder-store.ts';
import { openJournal } from '../../../analytics/lake/journal.ts';
import type { ObjectStore } from '../../../analytics/lake/object-store.ts';
import { givenManifest } from '../../results/fixtures.ts';
import { makeBudgetRun, NOW, publishBudgets, publishSpikes } from './budget-run.ts';
import { startReceiver } from './https-receiver.ts';
import { type Identity, makeIdentity } from './self-signed.ts';

const DAY_MS = 86_400_000;

let identity: Identity;
let folder: string;
let store: ObjectStore;
let receiver: Awaited<ReturnType<typeof startReceiver>>;

beforeAll(() => {
  identity = makeIdentity(['hooks.example.test']);
});
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'run-alerts-'));
  store = await openFolderStore(folder);
  receiver = await startReceiver(identity, () => ['ok']);
});
afterEach(async () => {
  await receiver.stop();
  await rm(folder, { recursive: true });
});

function makeRun(
  costs: Record<string, number>,
  changes: { at?: number; store?: ObjectStore; policy?: object } = {},
) {
  const hook = { type: 'webhook', url: receiver.url, secret: 'env:HOOK', allow_private: true };
  return {
    ...makeBudgetRun(costs, { store, channels: { hook }, ...changes }),
    ports: {
      readSecret: async () => 'shared',
      network: { ca: identity.cert, resolve: async () => [{ address: '127.0.0.1', family: 4 }] },
    },
  };
}

const told = () => receiver.accepted.map(({ key }) => key).sort();
const listKeys = async () => {
  const keys: string[] = [];
  for await (const { key } of store.list('')) keys.push(key);
  return keys;
};

describe('a run', () => {
  it('tells what is new, once, and what has grown, and what is over', async () => {
    const at = (days: number) => NOW + days * DAY_MS;
    expect((await runAlerts(makeRun({ a: 100, b: 10 }))).delivery.delivered).toHaveLength(1);
    expect((await runAlerts(makeRun({ a: 100, b: 10 }, { at: at(1) }))).delivery.delivered).toEqual([]);
    await runAlerts(makeRun({ a: 320, b: 10 }, { at: at(2) }));
    await runAlerts(makeRun({ a: 100, b: 90 }, { at: at(3) }));
    await runAlerts(makeRun({ a: 100, b: 10 }, { at: at(4) }));
    const types = receiver.accepted.map(({ key, body }) => `${key} ${JSON.parse(body).type}`);
    const id = (team: string) => `budget|2026-10|USD|${team}`;
    expect(types.sort()).toEqual([
      `${id('a')}#1@hook open`,
      `${id('a')}#2@hook grown`,
      `${id('b')}#1@hook open`,
      `${id('b')}#2@hook all_clear`,
    ]);
  });

  it('tells the end of an underspent month when the next one is complete', async () => {
    const complete = publishBudgets({ a: 100 }, givenManifest(['2026-10'], '2026-10'));
    await runAlerts({ ...makeRun({}), snapshot: complete });
    const next = publishBudgets({ a: 100 }, givenManifest(['2026-10', '2026-11'], '2026-11'));
    await runAlerts({ ...makeRun({}, { at: NOW + 30 * DAY_MS }), snapshot: next });
    await runAlerts({ ...makeRun({}, { at: NOW + 31 * DAY_MS }), snapshot: next });
    const id = 'budget-underspent|2026-10|USD|a';
    expect(told()).toEqual([`${id}#1@hook`, `${id}#2@hook`]);
    expect(JSON.parse(receiver.accepted.at(-1)?.body ?? '').type).toBe('all_clear');
  });

  it('tells of teams whatever their names are made of', async () => {
    const names = ['Müller & Söhne', '支付', 'a\nb', '\ud800'];
    const { delivery } = await runAlerts(makeRun(Object.fromEntries(names.map((name) => [name, 100]))));
    expect(delivery).toMatchObject({ pending: [], dead: [] });
    const bodies = receiver.accepted.map(({ body }) => JSON.parse(body));
    expect(bodies.map(({ team }) => team).sort()).toEqual(names.sort());
    expect(bodies.map(({ idempotency_key }) => idempotency_key)).toContain('budget|2026-10|USD|支付#1@hook');
    expect(told()).toContain('budget|2026-10|USD|%E6%94%AF%E4%BB%98#1@hook');
  });

  it('on a version without budgets does not take forecasts for over', async () => {
    await runAlerts(makeRun({ a: 100 }));
    const { decision } = await runAlerts({ ...makeRun({}), snapshot: publishSpikes([]) });
    expect(decision.send).toEqual([]);
  });

  it('without news writes nothing', async () => {
    await runAlerts(makeRun({ a: 100 }));
    const before = await listKeys();
    await runAlerts(makeRun({ a: 100 }));
    expect(await listKeys()).toEqual(before);
  });

  it('that only looks writes and sends nothing', async () => {
    const decision = await previewAlerts(makeRun({ a: 100 }));
    expect(decision.send).toMatchObject([{ id: 'budget|2026-10|USD|a', channels: ['hook'] }]);
    expect(await listKeys()).toEqual([]);
    expect(receiver.requests).toEqual([]);
  });

  it('whose process died after it had decided is made good by the next', async () => {
    const dying: ObjectStore = {
      ...store,
      write: (key, bytes, options) => {
        if (key.startsWith('alerts/outbox/')) throw new Error('killed');
        return store.write(key, bytes, options);
      },
    };
    await expect(runAlerts(makeRun({ a: 100 }, { store: dying }))).rejects.toThrow('killed');
    expect(receiver.accepted).toEqual([]);
    await runAlerts(makeRun({ a: 100 }));
    expect(told()).toEqual(['budget|2026-10|USD|a#1@hook']);
  });

  it('beside others decides as one: the budget holds and nothing is told twice', async () => {
    const costs = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`t${index}`, 100]));
    await Promise.all([1, 2, 3].map(() => runAlerts(makeRun(costs))));
    await runAlerts(makeRun(costs));
    expect(new Set(told()).size).toBe(12);
    expect(receiver.accepted).toHaveLength(12);
  });

  it('does not tell again what somebody called planned, but tells its end', async () => {
    await runAlerts(makeRun({ a: 100 }));
    await stateFeedback(
      openJournal(store, 'anomalies'),
      'budget|2026-10|USD|a',
      { feedback: 'planned', reason: '' },
      'ada',
    );
    await runAlerts(makeRun({ a: 320 }));
    expect(told()).toHaveLength(1);
    await runAlerts(makeRun({ a: 10 }, { at: NOW + DAY_MS }));
    // An exceeded budget stays exceeded until its month is complete; a forecast may come back within it.
    expect(told()).toHaveLength(2);
  });

  it('with a channel that is gone from the configuration leaves a dead letter', async () => {
    const run = makeRun({ a: 100 });
    const { send } = await previewAlerts(run);
    for (const notification of send) await openOutbox(store).enqueue({ ...notification, channels: ['gone'] });
    const { delivery } = await runAlerts(run);
    expect(delivery.dead).toMatchObject([{ reason: 'channel gone is not configured any more' }]);
    expect(delivery.delivered).toHaveLength(1);
  });

  it('tries dead letters again when it is asked to', async () => {
    const run = makeRun({ a: 100 });
    const broken = {
      ...run,
      ports: { ...run.ports, readSecret: async () => Promise.reject(new SourceError('gone')) },
    };
    expect((await runAlerts(broken)).delivery.dead).toHaveLength(1);
    expect((await runAlerts(run)).delivery).toEqual({ delivered: [], dead: [], pending: [] });
    expect((await runAlerts({ ...run, retriesDead: true })).delivery.delivered).toHaveLength(1);
    expect((await runAlerts({ ...run, retriesDead: true })).delivery.delivered).toEqual([]);
    expect(told()).toEqual(['budget|2026-10|USD|a#1@hook']);
  });

  it('does not tell a beginning again once the end was told', async () => {
    const run = makeRun({ a: 100 });
    await runAlerts({
      ...run,
      ports: { ...run.ports, readSecret: async () => Promise.reject(new SourceError('gone')) },
    });
    await runAlerts(makeRun({ a: 10 }, { at: NOW + DAY_MS }));
    await runAlerts({ ...makeRun({ a: 10 }, { at: NOW + DAY_MS }), retriesDead: true });
    expect(told()).toEqual(['budget|2026-10|USD|a#2@hook']);
    expect(await openOutbox(store).listDead()).toHaveLength(1);
  });

  it('does not tell a beginning again when the end is long forgotten', async () => {
    const run = makeRun({ a: 100 });
    await runAlerts({
      ...run,
      ports: { ...run.ports, readSecret: async () => Promise.reject(new SourceError('gone')) },
    });
    await runAlerts(makeRun({ a: 10 }, { at: NOW + DAY_MS }));
    await runAlerts(makeRun({ a: 10 }, { at: NOW + 71 * DAY_MS }));
    await runAlerts({ ...makeRun({ a: 10 }, { at: NOW + 71 * DAY_MS }), retriesDead: true });
    expect(told()).toEqual(['budget|2026-10|USD|a#2@hook']);
    expect(await openOutbox(store).listDead()).toHaveLength(1);
  });

  it('does not tell an end again once it has begun anew', async () => {
    await runAlerts(makeRun({ a: 100 }));
    const over = makeRun({ a: 10 }, { at: NOW + DAY_MS });
    await runAlerts({
      ...over,
      ports: { ...over.ports, readSecret: async () => Promise.reject(new SourceError('gone')) },
    });
    await runAlerts(makeRun({ a: 100 }, { at: NOW + 2 * DAY_MS }));
    await runAlerts({ ...makeRun({ a: 100 }, { at: NOW + 2 * DAY_MS }), retriesDead: true });
    expect(told()).toEqual(['budget|2026-10|USD|a#1@hook', 'budget|2026-10|USD|a#3@hook']);
    expect(await openOutbox(store).listDead()).toHaveLength(1);
  });

  it('moves minimums by what people said, once, says so, and decides by them', async () => {
    const spikes = Array.from({ length: 10 }, (_, index) => ({
      id: `s${index}`,
      confidence: 0.52,
      per_day: 11,
    }));
    const runOn = (list: typeof spikes) => {
      const policy = { minimum_amount_per_day: 10, budget_per_week: 20 };
      return runAlerts({ ...makeRun({}, { policy }), snapshot: publishSpikes(list) });
    };
    expect((await runOn(spikes)).decision.send).toHaveLength(10);
    for (const { id } of spikes) {
      const said = { feedback: 'not_actionable' as const, reason: 'noise' };
      await stateFeedback(openJournal(store, 'anomalies'), id, said, 'ada');
    }
    const withUnsure = [...spikes, { id: 'unsure', confidence: 0.54, per_day: 100 }];
    const preview = await previewAlerts({ ...makeRun({}), snapshot: publishSpikes(withUnsure) });
    expect(await openJournal(store, THRESHOLD_JOURNAL).readAll()).toEqual(new Map());
    const after = await runOn(withUnsure);
    expect(preview).toMatchObject({ send: [], thresholds: after.thresholds });
    expect(after.thresholds).toMatchObject([
      { key: 'payments|spike', from: 1, to: 1.25, from_confidence_shift: 0, to_confidence_shift: 0.05 },
    ]);
    const kept = after.decision.suppressed.find(({ alert }) => alert.id === 'unsure');
    expect(kept).toMatchObject({ reason: 'below_minimum', detail: 'less than 55 % sure (54 %)' });
    const again = await runOn([...spikes, { id: 'sure', confidence: 0.56, per_day: 100 }]);
    expect(again.thresholds).toEqual([]);
    expect(again.decision.send.map(({ id }) => id)).toEqual(['sure']);
    const journal = await openJournal(store, THRESHOLD_JOURNAL).readAll();
    expect([...journal.values()].flat()).toMatchObject([
      { by: 'headroom', reason: expect.stringContaining('0 of 10 alerts were actionable') },
    ]);
  });
});
