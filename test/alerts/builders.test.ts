import { describe, expect, it } from 'vitest';
import { buildAnomalyAlerts } from '../../analytics/alerts/build/anomaly-alerts.ts';
import { type BudgetMonth, buildBudgetAlerts } from '../../analytics/alerts/build/budget-alerts.ts';
import { buildCapacityAlerts } from '../../analytics/alerts/build/capacity-alerts.ts';
import { buildTaggingLines, buildWasteLines } from '../../analytics/alerts/build/digest-alerts.ts';
import { alertsSchema } from '../../analytics/configuration/alerts-schema.ts';
import { RESULT_NAMES } from '../../analytics/results/catalog.ts';
import { findRecordDefinition } from '../../analytics/results/records/index.ts';

const { policy } = alertsSchema.parse({});
const OWNER = {
  team: 'payments',
  owner: 'ada',
  tier: 'gold',
  cost_center: '4711',
  service: 'ledger',
  environment: 'prod',
};

const budgetRow = (budget: string, actual: string, landing = actual, changes: object = {}) => ({
  ...OWNER,
  billing_currency: 'USD',
  budget_cost: budget,
  actual_cost: actual,
  landing_cost: landing,
  ...changes,
});
const month = (billingPeriod: string, rows: BudgetMonth['rows'], completeDays = 30): BudgetMonth => ({
  billingPeriod,
  isComplete: completeDays === 30,
  completeDays,
  days: 30,
  rows,
});
const brief = (months: BudgetMonth[], probability?: number) =>
  buildBudgetAlerts(months, policy.budgets, () => probability).map(
    ({ subkind, status, amountPerDay, amountTotal, isFading }) =>
      `${subkind} ${isFading ? 'fading' : status} ${amountPerDay} ${amountTotal}`,
  );

describe('budget alerts', () => {
  it('of the running month: exceeded, or forecast to be, where it is likely enough', () => {
    expect(brief([month('2026-11', [budgetRow('300', '301', '450')], 20)])).toEqual(['exceeded open 5 150']);
    expect(brief([month('2026-11', [budgetRow('300', '150', '360')], 15)])).toEqual([
      'forecast_exceeds open 2 60',
    ]);
  });

  it('of a forecast fade before they end', () => {
    const tell = (landing: string, probability: number) =>
      brief([month('2026-11', [budgetRow('300', '150', landing)], 15)], probability);
    expect(tell('360', 0.6)).toEqual(['forecast_exceeds open 2 60']);
    expect(tell('360', 0.59)).toEqual(['forecast_exceeds fading 2 60']);
    expect(tell('360', 0.3)).toEqual(['forecast_exceeds fading 2 60']);
    expect(tell('360', 0.29)).toEqual([]);
    expect(tell('315', 0.99)).toEqual(['forecast_exceeds fading 0.5 15']);
    expect(tell('307.5', 0.99)).toEqual([]);
  });

  it('are none without a budget', () => {
    expect(brief([month('2026-11', [budgetRow('0', '150', '315')], 15)])).toEqual([]);
  });

  it('of complete months: exceeded, far below, or over at the final cost', () => {
    expect(brief([month('2026-10', [budgetRow('300', '330.3')])])).toEqual(['exceeded open 1.01 30.3']);
    expect(brief([month('2026-10', [budgetRow('300', '290')])])).toEqual([
      'exceeded cleared 0.333333333333 290',
    ]);
    expect(brief([month('2026-10', [budgetRow('300', '200')])])).toEqual([
      'exceeded cleared 3.333333333333 200',
      'underspent open 3.333333333333 100',
    ]);
    const past = [month('2026-09', [budgetRow('300', '330')]), month('2026-10', [budgetRow('300', '300')])];
    expect(brief(past)).toEqual(['exceeded cleared 1 330', 'exceeded cleared 0 300']);
  });

  it('add up a team exactly, whatever its services, and keep currencies apart', () => {
    const rows = [
      budgetRow('100', '0', '0', { service: '(none)', owner: 'x' }),
      budgetRow('0', '100.1', '100.1', { service: 'a' }),
      budgetRow('0', '0.2', '0.2', { service: 'b', owner: 'y' }),
      budgetRow('10', '9', '9', { billing_currency: 'EUR' }),
    ];
    const alerts = buildBudgetAlerts([month('2026-10', rows)], policy.budgets);
    expect(alerts).toMatchObject([
      {
        subkind: 'exceeded',
        status: 'open',
        amountTotal: '0.3',
        currency: 'USD',
        team: 'payments',
        owner: 'ada',
        service: '',
      },
      { status: 'cleared', currency: 'EUR' },
    ]);
    expect(new Set(alerts.map(({ id }) => id)).size).toBe(2);
  });
});

it('budgets that name no team are those of their cost centre, with all its cost', () => {
  const rows = [
    budgetRow('300', '0', '0', { team: '(all)', cost_center: 'CC-1' }),
    budgetRow('0', '290', '290', { team: 'a', cost_center: 'CC-1' }),
    budgetRow('100', '120', '120', { team: 'b', cost_center: 'CC-1' }),
    budgetRow('50', '10', '10', { team: 'c', cost_center: 'CC-2' }),
  ];
  const alerts = buildBudgetAlerts([month('2026-10', rows)], policy.budgets);
  expect(
    alerts.filter(({ status }) => status === 'open').map(({ id, amountTotal }) => `${id} ${amountTotal}`),
  ).toEqual([
    'budget|2026-10|USD|cost_center|CC-1 10',
    'budget|2026-10|USD|b 20',
    'budget-underspent|2026-10|USD|c 40',
  ]);
});

const CAPACITY_ROW = {
  forecast_id: 'f1',
  resource_name: 'orders',
  metric: 'storage',
  status: 'will exhaust',
  reason: 'grows 1.4 % a week',
  scope: 'resource',
  probability_30d: 0.35,
  probability_90d: 0.9,
  exhaustion_median_date: '2027-01-14',
  next_unit: '100 GiB',
  next_unit_cost: '11.5',
  billing_currency: 'USD',
  ...OWNER,
};

it('capacity alerts name the chance, the day and what the next unit costs', () => {
  const build = (changes: object = {}, settings: object = {}) =>
    buildCapacityAlerts([{ ...CAPACITY_ROW, ...changes }], { ...policy.capacity, ...settings }, '2026-11-25');
  expect(build()).toMatchObject([
    {
      id: 'capacity|f1',
      title: 'orders runs out of storage within 30 days at 35 %, most likely by 2027-01-14',
      nextStep: 'Add 100 GiB for 11.50 USD in 30 days, or use less of it.',
      team: 'payments',
      confidence: 0.35,
    },
  ]);
  expect(build()[0]).not.toHaveProperty('isFading');
  expect(build({ probability_30d: 0.19 })).toMatchObject([{ confidence: 0.19, isFading: true }]);
  expect(build({ probability_30d: 0.09 })).toEqual([]);
  expect(build({ probability_30d: 0.19 }, { within_days: 90 })).toHaveLength(1);
  expect(build({ probability_30d: null, status: 'unknown' })).toEqual([]);
  expect(
    build({
      status: 'over threshold',
      probability_30d: 1,
      exhaustion_median_date: null,
      reached_since_date: '2026-11-05',
    }),
  ).toMatchObject([{ title: 'orders is beyond its threshold of storage since 2026-11-05' }]);
  expect(build({ probability_30d: null, status: 'saturated' })).toMatchObject([{ subkind: 'saturated' }]);
});

it('anomaly alerts carry what detection published, and survive evidence that they do not know', () => {
  const row = {
    id: 'n1',
    kind: 'spike',
    status: 'open',
    started_on: '2026-11-20',
    judged_on: '2026-11-22',
    excess_per_day_cost: '10.5',
    excess_cost: '31.5',
    billing_currency: 'USD',
    confidence: 0.8,
    title: 't',
    reason: 'r',
    next_step: 'n',
    ...OWNER,
    causes: [{ text: 'c', amount: '10.5' }],
    evidence: { series: [{ date: '2026-11-20', value: 3, expected: 2 }] },
  };
  expect(buildAnomalyAlerts([row])).toMatchObject([
    {
      id: 'n1',
      kind: 'anomaly',
      subkind: 'spike',
      status: 'open',
      amountPerDay: '10.5',
      causes: row.causes,
      series: row.evidence.series,
    },
  ]);
  const shared = {
    ...row,
    team: '(several)',
    cost_center: '(several)',
    evidence: { largest_owner: { team: 'payments', cost_center: '4711', service: 'ledger' } },
  };
  expect(buildAnomalyAlerts([shared])[0]).toMatchObject({
    team: '(several)',
    largestOwner: { team: 'payments', costCenter: '4711' },
  });
  expect(buildAnomalyAlerts([{ ...shared, team: 'web', cost_center: '1' }])[0]?.largestOwner).toBeUndefined();
  expect(buildAnomalyAlerts([{ ...row, id: 'a/b' }])[0]?.link).toBe('anomalies/a%2Fb');
  const stakeOf = (at_stake_per_day_cost: string, change_ratio: number | null) =>
    buildAnomalyAlerts([{ ...row, at_stake_per_day_cost, change_ratio }])[0]?.stakePerDay;
  expect([stakeOf('200', -0.4), stakeOf('200', 3), stakeOf('200', null)].map(Number)).toEqual([80, 200, 200]);
  expect(
    buildAnomalyAlerts([{ ...row, status: 'withdrawn', causes: null, evidence: { other: 1 } }]),
  ).toMatchObject([{ status: 'cleared', causes: [] }]);
});

it('each alert links to a result that the API has', () => {
  const [budget] = buildBudgetAlerts([month('2026-10', [budgetRow('300', '330')])], policy.budgets);
  expect(RESULT_NAMES).toContain(budget?.link);
  const [capacity] = buildCapacityAlerts([CAPACITY_ROW], policy.capacity, '2026-11-25');
  expect(findRecordDefinition(capacity?.link ?? '')?.name).toBe('forecasts/capacity');
});

describe('digest lines', () => {
  it('add up open waste of a team, each saving once', () => {
    const finding = (resource_id: string, counted: string, changes: object = {}) => ({
      ...OWNER,
      status: 'open',
      resource_id,
      reason: 'idle',
      counted_saving_cost: counted,
      saving_cost: '99',
      billing_currency: 'USD',
      ...changes,
    });
    const lines = buildWasteLines(
      [
        finding('i-1', '30'),
        finding('i-2', '60.6'),
        finding('i-3', '0'),
        finding('i-4', '500', { status: 'dismissed' }),
      ],
      '2026-11-25',
    );
    expect(lines).toMatchObject([
      { id: 'digest|waste|payments|USD', amountTotal: '90.6', amountPerDay: '3.02' },
    ]);
    expect(lines[0]?.causes[0]).toEqual({ text: 'i-2: idle', amount: '60.6' });
  });

  it('name teams whose tagged share fell', () => {
    const tagged = (team: string, share: string) => ({
      team,
      billing_currency: 'USD',
      taggable_cost: '100',
      tagged_cost: share,
    });
    const before = {
      billingPeriod: '2026-09',
      days: 30,
      rows: [tagged('a', '95'), tagged('b', '95'), tagged('c', '10')],
    };
    const after = {
      billingPeriod: '2026-10',
      days: 31,
      rows: [tagged('a', '90'), tagged('b', '94.5'), tagged('c', '20'), tagged('d', '0')],
    };
    expect(buildTaggingLines(before, after, 0.01, '2026-11-25')).toMatchObject([
      {
        team: 'a',
        title: 'Tagging of a fell from 95.0 % in 2026-09 to 90.0 % in 2026-10',
        amountTotal: '10',
      },
    ]);
  });
});

it('next steps are commands that a shell takes as they are', () => {
  const team = "(it's unallocated)";
  const row = { ...OWNER, team, status: 'open', resource_id: 'i', reason: 'idle', counted_saving_cost: '30' };
  const [waste] = buildWasteLines([{ ...row, billing_currency: 'USD' }], '2026-11-25');
  expect(waste?.nextStep).toBe(`headroom show waste --where 'team=(it'\\''s unallocated)'`);
  const tagged = (tagged_cost: string) => [
    { team, billing_currency: 'USD', taggable_cost: '100', tagged_cost },
  ];
  const months = ['2026-09', '2026-10'].map((billingPeriod) => ({ billingPeriod, days: 30 }));
  const [before, after] = months as [(typeof months)[0], (typeof months)[0]];
  const [tagging] = buildTaggingLines(
    { ...before, rows: tagged('90') },
    { ...after, rows: tagged('10') },
    0.01,
    '2026-11-25',
  );
  expect(tagging?.nextStep).toContain(`--where 'team=(it'\\''s unallocated)' --month 2026-10`);
  const rows = [budgetRow('300', '330', '330', { team })];
  const [budget] = buildBudgetAlerts([month('2026-10', rows)], policy.budgets);
  expect(budget?.nextStep).toContain(`--where 'team=(it'\\''s unallocated)' --month 2026-10`);
  const [plain] = buildBudgetAlerts([month('2026-10', [budgetRow('300', '330')])], policy.budgets);
  expect(plain?.nextStep).toContain('--where team=payments --month 2026-10');
});
