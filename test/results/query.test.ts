import { describe, expect, test } from 'vitest';
import { answerQuery } from '../../analytics/results/query.ts';
import type { ResultRequest } from '../../analytics/results/request.ts';
import {
  costing,
  type GivenRow,
  givenControlTotals,
  givenManifest,
  givenSnapshot,
  givenTable,
} from './fixtures.ts';

const MONTHS = ['2026-07', '2026-08', '2026-09', '2026-10'];

function varianceRow(
  month: string,
  cost_center: string,
  budget: string,
  actual: string,
  landing = actual,
): GivenRow {
  const flexed = String(Number(budget) * 2);
  const row: GivenRow = {
    billing_period: month,
    cost_center,
    budget_cost: budget,
    budget_currency_cost: '3',
    flexed_budget_cost: flexed,
  };
  return {
    ...row,
    effective_cost: actual,
    landing_effective_cost: landing,
    billed_cost: '1',
    landing_billed_cost: '1',
  };
}

describe('variance', () => {
  const snapshot = givenSnapshot(
    [
      givenTable('variance', [
        varianceRow('2026-08', 'CC-1', '100', '90'),
        varianceRow('2026-08', 'CC-3', '5', '6'),
        varianceRow('2026-09', 'CC-1', '100', '110.5'),
        varianceRow('2026-09', 'CC-2', '0', '20'),
        varianceRow('2026-10', 'CC-1', '100', '30', '120'),
      ]),
    ],
    givenManifest(MONTHS, '2026-09'),
  );
  const ask = (request: Partial<ResultRequest> = {}) =>
    answerQuery(snapshot, { result: 'variance', ...request });

  test('is that of the newest complete month by cost centre', async () => {
    const answer = await ask();
    expect(answer).toMatchObject({
      result: 'variance',
      as_of: '2026-10-08',
      month: '2026-09',
      by: ['cost_center'],
      cost_basis: 'effective',
      currency: 'USD',
    });
    expect(answer.rows[0]).toEqual({
      cost_center: 'CC-1',
      billing_currency: 'USD',
      budget_cost: '100',
      actual_cost: '110.5',
      landing_cost: '110.5',
      variance_cost: '10.5',
      variance_ratio: 0.105,
      budget_currency_cost: '3',
      flexed_budget_cost: '200',
      volume_variance_cost: '97',
      rate_efficiency_variance_cost: '-89.5',
      budget_ytd_cost: '200',
      actual_ytd_cost: '200.5',
      landing_ytd_cost: '200.5',
      variance_ytd_cost: '0.5',
    });
  });

  test('has no ratio without a budget', async () => {
    expect((await ask()).rows[1]).toMatchObject({
      cost_center: 'CC-2',
      variance_cost: '20',
      variance_ratio: null,
    });
  });

  test('has no ratio where the budget is of another grain: its cost stands in other rows', async () => {
    const ofAll = (team: string, budget: string, actual: string) => ({
      ...varianceRow('2026-09', 'CC-1', budget, actual),
      team,
    });
    const rows = [ofAll('(all)', '100', '0'), ofAll('a', '0', '90'), ofAll('b', '10', '0')];
    const other = givenSnapshot([givenTable('variance', rows)], givenManifest(['2026-09']));
    const ratios = async (by: string[]) =>
      (await answerQuery(other, { result: 'variance', by })).rows.map((row) => [
        row.team ?? row.cost_center,
        row.variance_ratio,
      ]);
    expect(await ratios(['team'])).toEqual([
      ['(all)', null],
      ['a', null],
      ['b', -1],
    ]);
    expect(await ratios(['cost_center'])).toEqual([['CC-1', -0.181818]]);
  });

  test('keeps what has amounts earlier in the fiscal year, so that the year is whole', async () => {
    const { rows } = await ask();
    expect(rows[2]).toMatchObject({ cost_center: 'CC-3', actual_cost: '0', variance_ytd_cost: '1' });
  });

  test('of a running month is against its landing', async () => {
    expect((await ask({ month: '2026-10' })).rows[0]).toMatchObject({
      actual_cost: '30',
      landing_cost: '120',
      variance_cost: '20',
      actual_ytd_cost: '230.5',
      landing_ytd_cost: '320.5',
      variance_ytd_cost: '20.5',
    });
  });

  test('takes the cost basis asked for', async () => {
    const answer = await ask({ basis: 'billed', by: [] });
    expect(answer.cost_basis).toBe('billed');
    expect(answer.rows).toMatchObject([{ actual_cost: '2', budget_cost: '100' }]);
  });

  test('adds up a range of months, and the totals carry what was published', async () => {
    const answer = await ask({ month: '2026-08..2026-09', by: [] });
    expect(answer.rows).toMatchObject([
      { budget_cost: '205', actual_cost: '226.5', actual_ytd_cost: '226.5' },
    ]);
    expect(answer.control.totals).toMatchObject([
      { billing_currency: 'USD', actual_cost: '226.5', published: { effective_cost: '9' } },
    ]);
  });

  test('by month gives each month its own year to date, which totals do not add', async () => {
    const { rows, control } = await ask({
      month: 'all',
      by: ['cost_center', 'billing_period'],
      filters: { cost_center: ['CC-1'] },
    });
    expect(rows.map((row) => [row.billing_period, row.actual_cost, row.actual_ytd_cost])).toEqual([
      ['2026-08', '90', '90'],
      ['2026-09', '110.5', '200.5'],
      ['2026-10', '30', '230.5'],
    ]);
    expect(control.totals[0]).toMatchObject({ actual_cost: '230.5' });
    expect(control.totals[0]).not.toHaveProperty('actual_ytd_cost');
  });

  test('is ordered as asked, nulls last in both directions', async () => {
    const order = async (sort: string) => (await ask({ sort })).rows.map((row) => row.cost_center);
    expect(await order('-variance_cost')).toEqual(['CC-2', 'CC-1', 'CC-3']);
    expect(await order('variance_cost')).toEqual(['CC-3', 'CC-1', 'CC-2']);
    expect((await order('variance_ratio')).at(-1)).toBe('CC-3');
    expect(await order('-variance_ratio')).toEqual(['CC-1', 'CC-2', 'CC-3']);
    expect(await order('-cost_center')).toEqual(['CC-3', 'CC-2', 'CC-1']);
  });

  test('is cut into pages', async () => {
    const answer = await ask({ page: 2, pageSize: 2 });
    expect(answer.rows).toHaveLength(1);
    expect(answer.page).toEqual({ number: 2, size: 2, rows: 3, pages: 2 });
    expect(answer.control.totals[0]).toMatchObject({ budget_cost: '100' });
    await expect(ask({ page: 3, pageSize: 2 })).rejects.toMatchObject({
      parameter: 'page',
      allowed: ['1 to 2'],
    });
  });

  test('of a month that is not published names those that are', async () => {
    await expect(ask({ month: '2031-01' })).rejects.toMatchObject({
      status: 400,
      parameter: 'month',
      allowed: MONTHS,
    });
  });

  test('shows a limited caller only their cost centres, and no totals of others', async () => {
    const answer = await ask({ costCenters: ['CC-1', 'CC-9'] });
    expect(answer.rows.map((row) => row.cost_center)).toEqual(['CC-1']);
    expect(answer.control.totals[0]).not.toHaveProperty('published');
    expect((await ask({ costCenters: ['CC-1'], filters: { cost_center: ['CC-2'] } })).rows).toEqual([]);
  });
});

test('amounts of different currencies are never added', async () => {
  const rows = [
    { billing_period: '2026-10', ...costing('1') },
    { billing_period: '2026-10', billing_currency: 'EUR', ...costing('2') },
  ];
  const answer = await answerQuery(givenSnapshot([givenTable('costs', rows)], givenManifest(MONTHS)), {
    result: 'costs',
    by: [],
  });
  expect(answer.rows.map((row) => [row.billing_currency, row.billed_cost])).toEqual([
    ['EUR', '2'],
    ['USD', '1'],
  ]);
  expect(answer).not.toHaveProperty('currency');
  expect(answer.control.totals).toHaveLength(2);
});

describe('variance in the reporting currency', () => {
  const row = (more: GivenRow): GivenRow => ({ billing_period: '2026-09', cost_center: 'CC-1', ...more });
  const snapshot = givenSnapshot(
    [
      givenTable('variance_converted', [
        row({ bill_currency: '(budget)', budget_cost: '1600', flexed_budget_cost: '1600' }),
        row({ bill_currency: 'USD', effective_cost: '500', landing_effective_cost: '500' }),
        row({
          bill_currency: 'EUR',
          effective_cost: '1142',
          landing_effective_cost: '1142',
          currency_effective_cost: '42',
        }),
        row({
          bill_currency: 'JPY',
          billing_currency: 'JPY',
          effective_cost: '9',
          landing_effective_cost: '9',
        }),
      ]),
    ],
    givenManifest(MONTHS, '2026-09'),
  );

  test('tells what the rate did apart from rate and efficiency, and keeps what has no rate apart', async () => {
    const { rows, control } = await answerQuery(snapshot, { result: 'variance/converted' });
    expect(rows).toMatchObject([
      { billing_currency: 'JPY', variance_cost: '9', cost_currency_cost: '0' },
      {
        billing_currency: 'USD',
        actual_cost: '1642',
        variance_cost: '42',
        volume_variance_cost: '0',
        cost_currency_cost: '42',
        rate_efficiency_variance_cost: '0',
      },
    ]);
    // Published totals are of the bill's currency, which these are not.
    for (const total of control.totals) expect(total).not.toHaveProperty('published');
    const byBill = await answerQuery(snapshot, { result: 'variance/converted', by: ['bill_currency'] });
    expect(byBill.rows.map((each) => [each.bill_currency, each.actual_cost])).toEqual([
      ['(budget)', '0'],
      ['EUR', '1142'],
      ['JPY', '9'],
      ['USD', '500'],
    ]);
  });
});

describe('unit costs', () => {
  const orders = (month: string, cost: string, volume: string, more: GivenRow = {}): GivenRow => ({
    billing_period: month,
    driver: 'orders',
    unit: 'order',
    effective_cost: cost,
    volume,
    ...more,
  });
  const ask = (rows: GivenRow[], request: Partial<ResultRequest> = {}) =>
    answerQuery(givenSnapshot([givenTable('unit_costs', rows)], givenManifest(MONTHS)), {
      result: 'unit-costs',
      ...request,
    });

  test('divide cost by volume, and tell change and trend', async () => {
    const rows = [
      orders('2026-07', '100', '100'),
      orders('2026-08', '121', '110'),
      orders('2026-09', '60.5', '50'),
      orders('2026-10', '1', '3', { team: 'a' }),
      orders('2026-10', '2.993', '0', { team: 'b' }),
    ];
    expect((await ask(rows)).rows).toEqual([
      {
        driver: 'orders',
        unit: 'order',
        billing_currency: 'USD',
        cost: '3.993',
        volume: '3',
        unit_cost: '1.331',
        previous_unit_cost: '1.21',
        change_ratio: 0.1,
        trend_ratio: 0.1,
        trend: 'rising',
      },
    ]);
    const byTeam = await ask(rows, { by: ['team'] });
    expect(byTeam.rows).toMatchObject([
      { team: 'a', unit_cost: '0.333333333333', previous_unit_cost: null, change_ratio: null, trend: null },
      { team: 'b', unit_cost: null, volume: '0' },
    ]);
  });

  test('of different drivers are never added', async () => {
    const rows = [
      orders('2026-10', '6', '2'),
      orders('2026-10', '6', '3', { driver: 'visits', unit: 'visit' }),
    ];
    const answer = await ask(rows, { by: [] });
    expect(answer.rows.map((row) => [row.driver, row.unit_cost])).toEqual([
      ['orders', '3'],
      ['visits', '2'],
    ]);
    expect(answer.control.totals.map((total) => total.cost)).toEqual(['6', '6']);
  });

  test.each([
    [['1', '1.005', '1.01', '1.02'], 'stable'],
    [['4', '3', '2', '1'], 'falling'],
  ])('at %j are %s', async (costs, trend) => {
    const rows = MONTHS.map((month, index) => orders(month, costs[index] as string, '1'));
    expect((await ask(rows)).rows).toMatchObject([{ trend }]);
  });
});

describe('tagging', () => {
  const row = (month: string, tag_key: string, taggable: string, tagged: string): GivenRow => ({
    billing_period: month,
    tag_key,
    taggable_cost: taggable,
    tagged_cost: tagged,
    untaggable_cost: '3',
    excluded_cost: '-1',
  });
  const snapshot = givenSnapshot(
    [
      givenTable('tagging', [
        row('2026-09', 'team', '10', '5'),
        row('2026-10', 'team', '10', '9'),
        row('2026-10', 'service', '0', '0'),
      ]),
      givenTable('tagging_resources', [
        { billing_period: '2026-10', resource_id: 'i-1', missing_tags: 'team', taggable_cost: '2' },
        { billing_period: '2026-10', resource_id: 'i-2', missing_tags: 'team,service', taggable_cost: '7' },
      ]),
    ],
    givenManifest(MONTHS),
  );

  test('is a share of what can be tagged, against the month before', async () => {
    const { rows, control } = await answerQuery(snapshot, { result: 'tagging' });
    expect(rows).toEqual([
      {
        tag_key: 'service',
        billing_currency: 'USD',
        taggable_cost: '0',
        tagged_cost: '0',
        untaggable_cost: '3',
        excluded_cost: '-1',
        coverage_ratio: null,
        previous_coverage_ratio: null,
        change: null,
      },
      expect.objectContaining({
        tag_key: 'team',
        coverage_ratio: 0.9,
        previous_coverage_ratio: 0.5,
        change: 0.4,
      }),
    ]);
    expect(control.totals).toHaveLength(2);
  });

  test('by resource lists the largest that lack tags', async () => {
    const { rows } = await answerQuery(snapshot, { result: 'tagging', by: ['resource_id'] });
    expect(rows.map((found) => [found.resource_id, found.missing_tags, found.taggable_cost])).toEqual([
      ['i-2', 'team,service', '7'],
      ['i-1', 'team', '2'],
    ]);
  });
});

describe('reconciliation', () => {
  test('covers all months and says where a stage differs', async () => {
    const key = { source: 'aws', provider_name: 'AWS', billing_period: '2026-09' };
    const raw = givenControlTotals([
      { key, rows: 3, cost: '10' },
      { key: { ...key, billing_period: '2026-10' }, rows: 1, cost: '2.5' },
    ]);
    const published = ['billed', 'effective', 'list', 'contracted'].map((basis): [string, string[]] => [
      `published_${basis}_cost`,
      ['10', '2'],
    ]);
    const columns = { ...raw.columns, ...Object.fromEntries(published), unreconciled_count: [0, 1] };
    const snapshot = givenSnapshot([{ ...raw, columns }], givenManifest(MONTHS));
    const answer = await answerQuery(snapshot, { result: 'reconciliation', by: ['billing_period'] });
    expect(answer.month).toBe('all');
    expect(answer.rows).toMatchObject([
      { billing_period: '2026-09', source_row_count: 3, difference_billed_cost: '0', is_reconciled: true },
      {
        billing_period: '2026-10',
        source_billed_cost: '2.5',
        difference_billed_cost: '0.5',
        is_reconciled: false,
      },
    ]);
    expect(answer.control.totals).toMatchObject([
      { source_billed_cost: '12.5', published_billed_cost: '12' },
    ]);
  });
});

test('nothing published for any month gives no rows', async () => {
  const answer = await answerQuery(givenSnapshot([givenTable('costs', [])], givenManifest([])), {
    result: 'costs',
  });
  expect(answer).toMatchObject({
    month: 'all',
    rows: [],
    control: { totals: [] },
    page: { number: 1, rows: 0, pages: 1 },
  });
});
