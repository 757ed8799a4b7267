import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addReach, createReachSum, totalOf } from '../../../analytics/jobs/cost-forecast/add-reaches.ts';
import { fiscalYearEnd, listFutureMonths } from '../../../analytics/jobs/cost-forecast/future-months.ts';
import { listScopes } from '../../../analytics/jobs/cost-forecast/scopes.ts';
import {
  calibrateScopes,
  type ScoredLanding,
  scoreLandings,
} from '../../../analytics/jobs/cost-forecast/score-landings.ts';
import { type Part, takePart } from '../../../analytics/jobs/cost-forecast/share-out.ts';
import { findTrend, formatMoney, formatPercent } from '../../../analytics/jobs/cost-forecast/trend-words.ts';
import { describeMonths } from '../../../analytics/jobs/months.ts';

const CELL = {
  billing_currency: 'USD',
  team: 'a',
  service: 's',
  environment: 'prod',
  tier: '1',
  cost_center: 'c',
  owner: 'o',
};

function landing(predicted: number, actual: number, extra: Partial<ScoredLanding> = {}): ScoredLanding {
  const [scope] = listScopes(CELL);
  if (!scope) throw new Error('no scope');
  return {
    scope,
    basis: 'effective',
    period: '2026-09',
    originDay: 7,
    predicted,
    actual,
    naive: 100,
    reach: [5, 10, 20],
    ...extra,
  };
}

it('scores are worked by hand', () => {
  // Errors 10, -4 and 0 on 300; last month's cost misses by 10, 4 and 0.
  expect(scoreLandings([landing(120, 110), landing(100, 104), landing(86, 86, { naive: 86 })])).toEqual({
    count: 3,
    wape: 14 / 300,
    bias: 6 / 300,
    mase: 1,
    coverage80: 2 / 3,
    coverage90: 1,
  });
  expect(scoreLandings([])).toEqual({
    count: 0,
    wape: null,
    bias: null,
    mase: null,
    coverage80: null,
    coverage90: null,
  });
});

describe('totals', () => {
  it('are calibrated so that past landings lie within them as often as promised', () => {
    const past = Array.from({ length: 400 }, (_, i) => landing(100 + ((i % 40) - 20), 100));
    const factors = calibrateScopes(past, 'effective')('total');
    [0.8, 0.9, 0.95].forEach((level, i) => {
      const reach = [5, 10, 20][i] ?? 0;
      const held = past.filter(
        ({ predicted, actual }) => Math.abs(predicted - actual) <= reach * (factors[i] ?? 0) + 1e-9,
      );
      expect(held.length / past.length).toBeGreaterThanOrEqual(level - 0.02);
    });
  });

  it('keep the distances of their parts while few landings are known', () => {
    expect(calibrateScopes([landing(1, 100)], 'effective')('total')).toEqual([1, 1, 1]);
  });

  it('are less far off than their parts together, and no less than the farthest', () => {
    const sum = createReachSum(1);
    for (const reach of [3, 4, 12]) addReach(sum, [reach], 1);
    expect(totalOf(sum, 0)).toBeLessThan(19);
    expect(totalOf(sum, 0)).toBeGreaterThan(12);
  });
});

it('parts of a shared cost add up to it exactly', () => {
  const cuts = fc.array(fc.bigInt({ min: 0n, max: 10n ** 13n }), { maxLength: 8 });
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), cuts, (amount, points) => {
      const edges = [0n, ...points.sort((a, b) => (a < b ? -1 : 1)), 10n ** 13n];
      const parts = edges
        .slice(1)
        .map((after, i): Part => ({ cell: CELL, share: 0, before: edges[i] ?? 0n, after }));
      expect(parts.reduce((sum, part) => sum + takePart(amount, part), 0n)).toBe(amount);
    }),
  );
});

it('a cell is part of one scope a level, and of none that it is not split by', () => {
  expect(listScopes(CELL).map(({ level }) => level)).toEqual([
    'total',
    'team',
    'service',
    'environment',
    'tier',
    'cost_center',
    'owner',
    'team_tier',
  ]);
  const levels = listScopes({ ...CELL, tier: '(all)', owner: '(all)' }).map(({ level }) => level);
  expect(levels).toEqual(['total', 'team', 'service', 'environment', 'cost_center']);
});

describe('a trend in words', () => {
  const grow = (day: number, from: number, weekly: number) =>
    100 * (1 + weekly) ** (Math.max(0, day - from) / 7);
  it.each([
    ['finds growth and its begin', (day: number) => grow(day, 42, 0.03), 0.03, 42],
    ['finds a fall', (day: number) => grow(day, 0, -0.02), -0.02, 0],
  ])('%s', (_, of, weekly, since) => {
    const trend = findTrend(Array.from({ length: 91 }, (_, day) => of(day)));
    expect(trend?.weeklyRatio).toBeCloseTo(weekly, 2);
    expect(Math.abs((trend?.sinceIndex ?? -99) - since)).toBeLessThanOrEqual(7);
  });

  it.each([
    ['a level', Array.from({ length: 91 }, () => 5)],
    ['zeros', new Array<number>(91).fill(0)],
    ['a few days', [1, 2, 3]],
  ])('of %s is none', (_, values) => {
    expect(findTrend(values)).toBeUndefined();
  });

  it('writes money and percent as people do', () => {
    expect([
      formatMoney(61772.17, 'USD'),
      formatMoney(-3.5, 'EUR'),
      formatPercent(-0.0144),
      formatPercent(0.256),
    ]).toEqual(['$61,772', '-3.50 EUR', '1.4 %', '26 %']);
  });
});

it.each([
  ['2026-10-15', 1, '2027-01'],
  ['2026-10-15', 4, '2027-04'],
  ['2026-03-15', 4, '2026-04'],
  ['2026-04-01', 4, '2026-04'],
])('the fiscal year of the last day before %s that begins in month %s ends before %s', (asOf, start, end) => {
  expect(fiscalYearEnd(asOf, start)).toBe(end);
});

it('the rest of the year begins after what the lake holds', () => {
  const months = describeMonths(['2026-09', '2026-10'], '2026-10-15');
  expect(listFutureMonths(months, '2026-10-15', 1).map(({ billing_period }) => billing_period)).toEqual([
    '2026-11',
    '2026-12',
  ]);
});

it('in the last month of the fiscal year the next month is forecast all the same', () => {
  const months = describeMonths(['2026-11', '2026-12'], '2026-12-15');
  const future = listFutureMonths(months, '2026-12-15', 1).map(({ billing_period }) => billing_period);
  expect(future).toEqual(['2027-01']);
});
