import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY_CALENDAR } from '../../../analytics/forecast/calendar.ts';
import {
  forecastUsage,
  type OutlookOptions,
  sumComing,
} from '../../../analytics/jobs/cost-forecast/outlook.ts';
import { planUnits } from '../../../analytics/jobs/cost-forecast/usage-units.ts';
import { makeHistory, type SeriesGiven } from './cost-history.ts';

/** Day 0 is 1 August 2026, as in carry-forward.test.ts; 20,666 days after 1970-01-01. */
const FIRST_DAY = 20_666;
const OCTOBER = { period: '2026-10', start: 61, end: 92 };
const NOVEMBER = { period: '2026-11', start: 92, end: 122 };
const OPTIONS: OutlookOptions = {
  sight: { completeUntil: 73, seenUntil: 75 },
  stretches: [{ months: [OCTOBER] }, { months: [NOVEMBER] }],
  completeness: [],
  calendar: EMPTY_CALENDAR,
  basis: 'effective',
};
const make = (given: SeriesGiven[]) => makeHistory(FIRST_DAY, 130, OPTIONS.sight.seenUntil, given);
const week = (day: number) => ((day + 5) % 7 < 5 ? 10 : 4);

describe('an outlook', () => {
  it('continues the week, and counts what is seen of the last days once', () => {
    const history = make([{ kind: 'usage', cost: (day) => (day < 73 ? week(day) : week(day) / 2) }]);
    const coming = sumComing(history, forecastUsage(history, OPTIONS), OPTIONS);
    const expected = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => week(from + i)).reduce((sum, cost) => sum + cost, 0);
    const [october, november] = [...coming.values()][0] ?? [];
    const seen = week(73) / 2 + week(74) / 2;
    expect(october?.effective).toBeCloseTo(expected(73, 92) - seen, -0.5);
    expect(november?.effective).toBeCloseTo(expected(92, 122), -1);
  });

  it('is never below what is charged already, whatever the history', () => {
    const series = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e6, noNaN: true })), {
      minLength: 75,
      maxLength: 75,
    });
    fc.assert(
      fc.property(fc.array(series, { minLength: 1, maxLength: 4 }), (all) => {
        const history = make(
          all.map((costs, i) => ({ kind: 'usage', team: `t${i}`, cost: (day) => costs[day] ?? 0 })),
        );
        const coming = sumComing(history, forecastUsage(history, OPTIONS), OPTIONS);
        for (const months of coming.values())
          for (const amounts of months)
            for (const amount of Object.values(amounts)) {
              expect(Number.isFinite(amount)).toBe(true);
              expect(amount).toBeGreaterThanOrEqual(0);
            }
      }),
      { numRuns: 25 },
    );
  });

  it('paces what is too young to be forecast, and says why', () => {
    const history = make([{ kind: 'usage', cost: (day) => (day >= 71 ? 6 : 0) }]);
    const forecasts = forecastUsage(
      { ...history, hasData: (day) => day >= FIRST_DAY + 71 && day < FIRST_DAY + 75 },
      OPTIONS,
    );
    expect(forecasts[0]?.reason).toBe('it has 2 values and needs 3');
    const [october] = [...sumComing(history, forecasts, OPTIONS).values()][0] ?? [];
    expect(october?.effective).toBeCloseTo(6 * 17, 6);
  });

  it('has nothing for what cost nothing lately', () => {
    const history = make([{ kind: 'usage', cost: (day) => (day < 40 ? 100 : 0) }]);
    expect(forecastUsage(history, OPTIONS)).toEqual([]);
  });

  it('in a scenario changes usage, what is beyond commitments, and tax with them; commitments stay', () => {
    const history = make([
      { kind: 'usage', cost: () => 10 },
      { kind: 'committed', key: 'sp', cost: () => 4, effective: () => 3 },
      { kind: 'proportional', key: 'tax', cost: (day) => (day === 31 ? 60 : 0) },
    ]);
    const forecasts = forecastUsage(history, OPTIONS);
    const base = sumComing(history, forecasts, OPTIONS);
    const more = sumComing(history, forecasts, OPTIONS, (_, day) => (day >= NOVEMBER.start ? 0.3 : 0));
    const november = (coming: typeof base, kind: string) =>
      [...coming].find(([id]) => id.startsWith(kind))?.[1][1]?.effective ?? Number.NaN;
    expect(november(more, 'usage')).toBeCloseTo(1.3 * november(base, 'usage'), 6);
    expect(november(base, 'committed')).toBeCloseTo(90, 6);
    expect(november(more, 'committed')).toBeCloseTo(90 + 0.3 * 30 * 4, 6);
    expect(november(more, 'proportional') / november(base, 'proportional')).toBeCloseTo(1.3, 1);
    const october = [...more.values()].map((months) => months[0]?.effective);
    expect(october).toEqual([...base.values()].map((months) => months[0]?.effective));
  });

  it('lets tax grow with the costs of its allocation', () => {
    const history = make([
      { kind: 'usage', cost: (day) => (day < 61 ? 10 : 20) },
      { kind: 'proportional', key: 'tax', cost: (day) => (day === 31 ? 30 : day === 61 ? 11 : 0) },
    ]);
    const coming = sumComing(history, forecastUsage(history, OPTIONS), OPTIONS);
    const [usage, tax] = ['usage', 'proportional'].map(
      (kind) => [...coming].find(([id]) => id.startsWith(kind))?.[1][0]?.billed ?? 0,
    );
    const landing = 20 * 14 + (usage ?? 0);
    expect(tax).toBeCloseTo((30 * landing) / 300 - 11, 6);
  });
});

describe('what is forecast as one', () => {
  it('is every series of weight that costs something on most days, and the rest together', () => {
    const history = make([
      { kind: 'usage', team: 'large', cost: () => 1000 },
      { kind: 'usage', team: 'small', cost: () => 1 },
      { kind: 'usage', team: 'sparse', cost: (day) => (day % 9 === 0 ? 500 : 0) },
      { kind: 'usage', team: 'gone', cost: (day) => (day < 30 ? 900 : 0) },
    ]);
    const units = planUnits(history, 73, 'effective');
    expect(units.map(({ members }) => members.map(({ series }) => series.leafId))).toEqual([
      ['large'],
      ['sparse', 'small'],
    ]);
    for (const { members } of units)
      expect(members.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
  });
});
