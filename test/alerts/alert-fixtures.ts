import fc from 'fast-check';
import type { Alert, Notification } from '../../analytics/alerts/alert.ts';
import type { AlertPolicy } from '../../analytics/alerts/alert-state.ts';
import { alertsSchema } from '../../analytics/configuration/alerts-schema.ts';

/** A Wednesday. */
export const NOW = '2026-11-25T08:00:00.000Z';
export const MONDAY = '2026-11-30T08:00:00.000Z';

export function makeAlert(changes: Partial<Alert> = {}): Alert {
  return {
    id: 'a1',
    kind: 'anomaly',
    subkind: 'spike',
    status: 'open',
    revision: 1,
    occurredOn: '2026-11-23',
    detectedOn: '2026-11-24',
    team: 'payments',
    owner: 'ada@example.com',
    tier: 'gold',
    costCenter: '4711',
    service: 'ledger',
    environment: 'prod',
    amountPerDay: '120.5',
    amountTotal: '241',
    currency: 'USD',
    confidence: 0.9,
    title: 'ledger costs 120.50 USD a day more',
    summary: 'Amazon EC2 in eu-west-1 rose from 80.00 to 200.50 USD a day.',
    causes: [{ text: '12 new m7g.4xlarge', amount: '110' }],
    nextStep: 'Ask ada whether the load test still runs.',
    ...changes,
  };
}

export function makePolicy(changes: object = {}, rest: Partial<AlertPolicy> = {}): AlertPolicy {
  const { policy } = alertsSchema.parse({ policy: changes });
  return {
    ...policy,
    routes: [{ match: {}, channels: ['hook'], continue: false }],
    events: [],
    muted: {},
    thresholds: {},
    judged: ['anomaly', 'capacity'],
    ...rest,
  };
}

/** Alerts of few teams and services, so that groups and budgets matter; ids are unique. */
export const alertList = fc
  .uniqueArray(
    fc.record({
      number: fc.integer({ min: 0, max: 200 }),
      team: fc.constantFrom('payments', 'search', 'data'),
      service: fc.constantFrom('api', 'batch', 'web', 'etl', 'cache', 'ledger', 'mail'),
      environment: fc.constantFrom('prod', 'test'),
      status: fc.constantFrom('open', 'updated', 'cleared'),
      kind: fc.constantFrom('anomaly', 'budget', 'capacity', 'digest'),
      subkind: fc.constantFrom('forecast_exceeds', 'exceeded', 'exhaustion', 'saturated'),
      isFading: fc.boolean(),
      isStake: fc.boolean(),
      amount: fc.integer({ min: 0, max: 3000 }),
      confidence: fc.integer({ min: 0, max: 10 }),
    }),
    { selector: ({ number }) => number, maxLength: 40 },
  )
  .map((list) =>
    list.map(({ number, amount, confidence, status, kind, isFading, isStake, ...rest }) =>
      makeAlert({
        ...rest,
        ...(isFading ? { isFading } : {}),
        ...(isStake && kind === 'anomaly' ? { stakePerDay: String(amount) } : {}),
        id: `a${number}`,
        status: status as Alert['status'],
        kind: kind as Alert['kind'],
        amountPerDay: String(amount),
        amountTotal: String(amount * 2),
        confidence: confidence / 10,
      }),
    ),
  );

/** A notification with a series, as the policy makes it. */
export function makeNotification(
  id: string,
  channels: string[],
  changes: Partial<Notification> = {},
): Notification {
  const series = Array.from({ length: 30 }, (_, day) => ({
    date: new Date(Date.UTC(2026, 9, 26 + day)).toISOString().slice(0, 10),
    value: day < 27 ? 80 + (day % 7) : 200,
    expected: 83,
  }));
  return {
    id,
    revision: 1,
    type: 'open',
    severity: 'high',
    alert: makeAlert({ id, series }),
    members: [],
    channels,
    decidedAt: NOW,
    ...changes,
  };
}

const wild = fc.string({ unit: 'binary', maxLength: 400 });
const long = fc.oneof(wild, fc.constant('x'.repeat(5000)));
/** Notifications whose names and texts hold anything, and are as long as can be. */
export const wildNotifications = fc
  .record({
    type: fc.constantFrom('open' as const, 'grown' as const, 'all_clear' as const, 'digest' as const),
    severity: fc.constantFrom('critical' as const, 'high' as const, 'medium' as const, 'low' as const),
    id: fc.string({ minLength: 1, maxLength: 600 }),
    title: long.filter((text) => text !== ''),
    summary: long,
    nextStep: long,
    service: wild,
    team: wild,
    owner: wild,
    causes: fc.array(fc.record({ text: wild, amount: fc.integer().map(String) }), { maxLength: 12 }),
    members: fc.nat({ max: 40 }),
  })
  .map(({ type, severity, members, ...changes }) =>
    makeNotification(changes.id, ['hook'], {
      type,
      severity,
      alert: makeAlert({ ...changes, series: makeNotification('', []).alert.series ?? [] }),
      members: Array.from({ length: members }, (_, index) => makeAlert({ ...changes, id: `m${index}` })),
    }),
  );
