import type { AlertRun } from '../../../analytics/alerts/run-alerts.ts';
import { alertsSchema } from '../../../analytics/configuration/alerts-schema.ts';
import type { ObjectStore } from '../../../analytics/lake/object-store.ts';
import { ANOMALIES } from '../../../analytics/results/records/anomalies.ts';
import { buildRecords } from '../../../analytics/results/records/record-table.ts';
import { RequestError } from '../../../analytics/results/request-error.ts';
import { givenManifest, givenSnapshot, givenTable } from '../../results/fixtures.ts';

export const NOW = Date.parse('2026-10-08T08:00:00Z');

/** Teams with a budget of 300 in October, of which a week is over. */
export function publishBudgets(
  costs: Record<string, number>,
  manifest = givenManifest(['2026-10'], '2026-09'),
): AlertRun['snapshot'] {
  const rows = Object.entries(costs).map(([team, cost]) => ({
    billing_period: '2026-10',
    team,
    owner: 'ada@example.com',
    budget_cost: '300',
    effective_cost: String(cost),
    landing_effective_cost: String(cost * 4),
  }));
  const snapshot = givenSnapshot([givenTable('variance', rows)], manifest);
  return {
    ...snapshot,
    manifest: { ...snapshot.manifest, tables: { variance: { rows: rows.length, sha256: '' } } },
    records: async () => {
      throw new RequestError(404, 'not published');
    },
  };
}

/** Spikes of a team, one a service, as detection publishes them. */
export function publishSpikes(
  spikes: readonly { id: string; confidence: number; per_day: number }[],
): AlertRun['snapshot'] {
  const rows = spikes.map(({ id, confidence, per_day }) => ({
    ...Object.fromEntries(ANOMALIES.columns.map(({ name, type }) => [name, BLANKS[type]])),
    id,
    confidence,
    kind: 'spike',
    status: 'open',
    started_on: '2026-10-05',
    judged_on: '2026-10-06',
    team: 'payments',
    service: id,
    billing_currency: 'USD',
    excess_per_day_cost: String(per_day),
    at_stake_per_day_cost: null,
    title: `${id} costs more`,
  }));
  const records = buildRecords(ANOMALIES, rows);
  const snapshot = givenSnapshot([], givenManifest(['2026-10'], '2026-09'));
  return {
    ...snapshot,
    records: async (definition) => {
      if (definition === ANOMALIES) return records;
      throw new RequestError(404, 'not published');
    },
  };
}

const BLANKS = {
  text: '',
  date: '2026-10-06',
  instant: '2026-10-06T00:00:00Z',
  decimal: '0',
  number: 0,
  count: 0,
  flag: false,
  json: '[]',
};

/** A run of alerts on those teams, whatever they cost too much, to the channels that are named. */
export function makeBudgetRun(
  costs: Record<string, number>,
  run: {
    store: ObjectStore;
    channels: Record<string, object>;
    policy?: object;
    settings?: object;
    at?: number;
  },
) {
  return {
    store: run.store,
    snapshot: publishBudgets(costs),
    settings: alertsSchema.parse({
      policy: { minimum_amount_per_day: 1, reserved_for_high: 0, ...run.policy },
      channels: run.channels,
      routes: [{ channels: Object.keys(run.channels) }],
      ...run.settings,
    }),
    events: [],
    now: () => run.at ?? NOW,
    deadline: new Date(NOW + 60_000),
  };
}
