import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stateFeedback } from '../../../analytics/alerts/feedback.ts';
import { openOutbox } from '../../../analytics/alerts/outbox.ts';
import { previewAlerts, runAlerts } from '../../../analytics/alerts/run-alerts.ts';
import { alertsSchema } from '../../../analytics/configuration/alerts-schema.ts';
import { openFolderStore } from '../../../analytics/lake/folder-store.ts';
import { openJournal } from '../../../analytics/lake/journal.ts';
import type { ObjectStore } from '../../../analytics/lake/object-store.ts';
import { RequestError } from '../../../analytics/results/request-error.ts';
import { givenManifest, givenSnapshot, givenTable } from '../../results/fixtures.ts';
import { startReceiver } from './https-receiver.ts';
import { type Identity, makeIdentity } from './self-signed.ts';

const NOW = Date.parse('2026-10-08T08:00:00Z');
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

/** Teams with a budget of 300 in October, of which a week is over. */
function publish(costs: Record<string, number>) {
  const rows = Object.entries(costs).map(([team, cost]) => ({
    billing_period: '2026-10',
    team,
    budget_cost: '300',
    effective_cost: String(cost),
    landing_effective_cost: String(cost * 4),
  }));
  const snapshot = givenSnapshot([givenTable('variance', rows)], givenManifest(['2026-10'], '2026-09'));
  return {
    ...snapshot,
    manifest: { ...snapshot.manifest, tables: { variance: { rows: rows.length, sha256: '' } } },
    records: async () => {
      throw new RequestError(404, 'not published');
    },
  };
}

function makeRun(
  costs: Record<string, number>,
  changes: { at?: number; store?: ObjectStore; policy?: object } = {},
) {
  return {
    store: changes.store ?? store,
    snapshot: publish(costs),
    settings: alertsSchema.parse({
      policy: { minimum_amount_per_day: 1, reserved_for_high: 0, ...changes.policy },
      channels: { hook: { type: 'webhook', url: receiver.url, secret: 'env:HOOK', allow_private: true } },
      routes: [{ channels: ['hook'] }],
    }),
    events: [],
    now: () => changes.at ?? NOW,
    ports: {
      readSecret: async () => 'shared',
      network: { ca: identity.cert, resolve: async () => [{ address: '127.0.0.1', family: 4 }] },
    },
    deadline: new Date(NOW + 60_000),
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
});
