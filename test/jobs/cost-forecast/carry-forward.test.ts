import { describe, expect, it } from 'vitest';
import {
  carryCommitments,
  carryFees,
  type MonthSpan,
} from '../../../analytics/jobs/cost-forecast/carry-forward.ts';
import { makeHistory, type SeriesGiven } from './cost-history.ts';

/** Day 0 is 1 August 2026: September begins on day 31, October on day 61, November on day 92. */
const OCTOBER: MonthSpan = { period: '2026-10', start: 61, end: 92 };
const NOVEMBER: MonthSpan = { period: '2026-11', start: 92, end: 122 };
/** 15 October: the bill shows days before 75, those before 73 in full. */
const SIGHT = { completeUntil: 73, seenUntil: 75 };

function carry(given: SeriesGiven[], months = [OCTOBER]) {
  const history = makeHistory(0, 130, SIGHT.seenUntil, given);
  return (of: typeof carryFees) =>
    [...of(history.series, months, SIGHT).values()].map((perMonth) => perMonth.map(({ billed }) => billed));
}

describe('fees', () => {
  it.each<[string, SeriesGiven, number[]]>([
    [
      'by day go on as on the last complete day',
      { kind: 'fee', cost: (day) => (day < 70 ? 9 : 10) },
      [170, 300],
    ],
    ['by day that ended are over', { kind: 'fee', cost: (day) => (day < 72 ? 9 : 0) }, [0, 0]],
    [
      'of the month that are there come again next month',
      { kind: 'fee', cost: (day) => (day === 31 || day === 61 ? 40 : 0) },
      [0, 40],
    ],
    [
      'of the month that are late do not come any more',
      { kind: 'fee', cost: (day) => (day === 31 ? 40 : 0) },
      [0, 0],
    ],
    [
      'of the month that come after this day are expected',
      { kind: 'fee', cost: (day) => (day === 31 + 24 ? 40 : 0) },
      [40, 40],
    ],
    [
      'spread over a month that are not there yet are expected',
      { kind: 'fee', isSpread: true, cost: (day) => (day >= 31 && day < 61 ? 2 : 0) },
      [60, 60],
    ],
    [
      'spread by the day follow the length of the month',
      { kind: 'fee', isSpread: true, cost: (day) => (day < 61 ? 2 : 0) },
      [62, 60],
    ],
    ['that never were do not begin', { kind: 'fee', cost: () => 0 }, [0, 0]],
  ])('%s', (_, series, expected) => {
    const [months] = carry([series], [OCTOBER, NOVEMBER])(carryFees);
    for (const [m, value] of (months ?? []).entries())
      expect(value).toBeCloseTo(expected[m] ?? Number.NaN, 9);
    expect(months).toHaveLength(2);
  });
});

describe('commitments', () => {
  const shared: SeriesGiven[] = [
    { kind: 'committed', key: 'sp-1', team: 'a', cost: (day) => (day % 2 === 0 ? 7 : 3) },
    { kind: 'committed', key: 'sp-1', team: 'b', cost: (day) => (day % 2 === 0 ? 3 : 7) },
  ];

  it('cost the same every day in all, whoever uses them', () => {
    const months = carry(shared, [OCTOBER, NOVEMBER])(carryCommitments);
    const total = (m: number) => months.reduce((sum, series) => sum + (series[m] ?? 0), 0);
    expect(total(0)).toBeCloseTo(10 * (92 - 75), 9);
    expect(total(1)).toBeCloseTo(10 * 30, 9);
  });

  it('go to those who used them in the last week', () => {
    const [a = [], b = []] = carry(shared)(carryCommitments);
    // Of the seven days before day 73, four are even.
    expect(a[0]).toBeCloseTo((170 * (4 * 7 + 3 * 3)) / 70, 9);
    expect(b[0]).toBeCloseTo((170 * (4 * 3 + 3 * 7)) / 70, 9);
  });

  it('that ended are over', () => {
    const [months] = carry([{ kind: 'committed', key: 'sp-2', cost: (day) => (day < 60 ? 5 : 0) }])(
      carryCommitments,
    );
    expect(months).toEqual([0]);
  });
});
