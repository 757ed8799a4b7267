// biome-ignore-all lint/style/noNonNullAssertion: a value that is missing fails the test
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectMany, detectSeries, judgeSeries } from '../../analytics/anomaly/detect-series.ts';
import type { AnomalySeries, Detection } from '../../analytics/anomaly/series.ts';
import { EMPTY_CALENDAR, toDate, toDayNumber } from '../../analytics/forecast/calendar.ts';
import { listHolidays } from '../../analytics/forecast/holidays.ts';
import { createRandom } from '../../analytics/forecast/random.ts';

const FIRST = '2025-01-06';
const FIRST_DAY = toDayNumber(FIRST);

/** About 100 a day, 60 at weekends, 3 % noise; `change` is what happens. */
function makeValues(days: number, change: (t: number) => number = () => 1, seed = 5, noise = 0.03): number[] {
  const random = createRandom(seed);
  return Array.from({ length: days }, (_, t) => {
    const isWeekend = new Date((FIRST_DAY + t) * 86_400_000).getUTCDay() % 6 === 0;
    return (isWeekend ? 60 : 100) * (1 + noise * random.normal()) * change(t);
  });
}

const make = (values: readonly (number | null)[], more: Partial<AnomalySeries> = {}): AnomalySeries => ({
  id: 'one',
  firstDate: FIRST,
  unit: 'USD',
  values,
  ...more,
});
const date = (t: number) => toDate(FIRST_DAY + t);
const shapes = (detections: readonly Detection[]) => detections.map(({ shape, start }) => [shape, start]);

describe('detections in daily cost', () => {
  it('a spike is told with what was usual on that weekday, and with its total', () => {
    const t = 92;
    const [spike, ...rest] = detectSeries(
      make(makeValues(110, (day) => (day === t || day === t + 1 ? 4 : 1))),
    );
    expect(rest).toEqual([]);
    expect(spike).toMatchObject({
      kind: 'spike',
      direction: 'up',
      start: date(t),
      end: date(t + 1),
      state: 'over',
    });
    expect(spike!.judgedOn).toBe(date(t + 1));
    expect(spike!.excess).toBeGreaterThan(550);
    expect(spike!.excess).toBeLessThan(650);
    expect(spike!.peak.likeCount).toBe(8);
    expect(spike!.peak.low).toBeLessThan(spike!.peak.expected);
    expect(spike!.peak.high).toBeLessThan(spike!.peak.observed);
    expect(spike!.explanation).toMatch(
      /^\$4\d\d on 2025-04-0[89] against a median of \$\d+\.?\d* on the last 8 (Tues|Wednes)days; \$\d+ more than expected in all\.$/,
    );
    expect(spike!.confidence).toBeGreaterThan(0.95);
  });

  it('a flat step of some days does not grow, and goes on as a level while it is open', () => {
    for (const days of [3, 5, 6, 8]) {
      const step = makeValues(100 + days, (t) => (t < 100 ? 1 : 1.18), 7, 0.01);
      for (const found of detectSeries(make(step)))
        expect([days, found.shape, found.end]).toEqual([days, 'level_shift', null]);
    }
    const leak = makeValues(125, (t) => (t < 100 ? 1 : 1.03 ** (t - 99)), 7, 0.01);
    expect(detectSeries(make(leak)).map(({ shape }) => shape)).toEqual(['leak']);
  });

  it('a spike that ends on a holiday has all its days', () => {
    const holiday = date(98);
    const calendar = { ...EMPTY_CALENDAR, holidays: new Set([holiday]) };
    const values = makeValues(110, (t) => (t === 97 || t === 98 ? 3 : 1), 5, 0.01);
    expect(detectSeries(make(values), { calendar })).toMatchObject([{ start: date(97), end: holiday }]);
    const quiet = makeValues(110, (t) => (t === 97 ? 3 : t === 98 ? 0.8 : 1), 5, 0.01);
    expect(detectSeries(make(quiet), { calendar })).toMatchObject([{ start: date(97), end: date(97) }]);
  });

  it('a charge that comes once a month is told the first time, as one day', () => {
    const fees = (day: number, first: string) =>
      Array.from({ length: 200 }, (_, t) => (date(t) >= first && Number(date(t).slice(8)) === day ? 150 : 0));
    for (const [day, first] of [
      [1, '2025-04-01'],
      [17, '2025-04-17'],
    ] as const) {
      const fee = make(fees(day, first), { observedSince: FIRST });
      const large = detectSeries(fee).filter(({ isAlert, excess }) => isAlert && excess > 10);
      expect(large).toMatchObject([
        { kind: 'spike', start: first, end: first, state: 'over', excess: 150, excessPerPeriod: 150 },
      ]);
      // The same on top of other cost.
      const usual = makeValues(200, () => 1, 5, 0.01);
      const both = make(usual.map((value, t) => value + fees(day, first)[t]!));
      const told = detectSeries(both).filter(({ isAlert }) => isAlert);
      expect(told.map(({ start }) => start)).toEqual([first]);
    }
  });

  it('a drop to nothing is a drop, and a day without data is not', () => {
    const values = makeValues(110, (t) => (t === 95 ? 0 : 1));
    expect(detectSeries(make(values))).toMatchObject([{ kind: 'drop', direction: 'down', start: date(95) }]);
    const missing = values.map((value, t) => (t === 95 ? null : value));
    expect(detectSeries(make(missing))).toEqual([]);
  });

  it('a new level is accepted after ten days and is the baseline from then on', () => {
    const values = makeValues(170, (t) => (t >= 90 ? 1.5 : 1));
    const [shift, ...rest] = detectSeries(make(values));
    expect(rest).toEqual([]);
    expect(shift).toMatchObject({
      kind: 'level_shift',
      direction: 'up',
      start: date(90),
      end: date(99),
      state: 'accepted',
    });
    const withSpike = values.map((value, t) => (t === 130 ? 2 * value : value));
    const [, spike] = detectSeries(make(withSpike));
    expect(spike).toMatchObject({ shape: 'spike', start: date(130) });
    expect(spike!.peak.expected).toBeGreaterThan(130);
  });

  it('the return from a new level is recognised, and is no alert', () => {
    const values = makeValues(170, (t) => (t >= 90 && t < 120 ? 1.6 : 1));
    const [shift, back, ...rest] = detectSeries(make(values));
    expect(rest).toEqual([]);
    expect(shift).toMatchObject({ kind: 'level_shift', isAlert: true });
    expect(back).toMatchObject({
      direction: 'down',
      start: date(120),
      recognizedAs: 'recovery',
      isAlert: false,
    });
  });

  it('the return from a new level is recognised as such in spite of an announced launch between them', () => {
    const launch = { name: 'launch', start: date(96), end: date(112) };
    const grow = (t: number) => 1 + 0.3 * Math.min(1, Math.max(0, (t - 96) / 16));
    const values = makeValues(170, (t) => grow(t) * (t >= 80 && t < 130 ? 1.8 : 1));
    const found = detectSeries(make(values, { events: [launch] }));
    expect(found.filter(({ isAlert }) => isAlert)).toMatchObject([{ direction: 'up', start: date(80) }]);
    expect(found.at(-1)).toMatchObject({ start: date(130), recognizedAs: 'recovery' });
  });

  it('a spike within a departure that is not clear is told by itself, and what follows is usual', () => {
    const values = makeValues(130, (t) => (t >= 86 && t < 96 ? 1.07 : 1) * (t === 92 || t === 93 ? 4 : 1));
    const found = detectSeries(make(values)).filter(({ isAlert }) => isAlert);
    expect(found).toMatchObject([{ shape: 'spike', direction: 'up', start: date(92), end: date(93) }]);
  });

  it('a slow leak is one alert, found well before it doubles', () => {
    const leak = detectSeries(make(makeValues(150, (t) => 1.015 ** Math.max(0, Math.min(40, t - 90)))));
    expect(leak).toHaveLength(1);
    expect(leak[0]).toMatchObject({ kind: 'leak', direction: 'up' });
    expect(toDayNumber(leak[0]!.judgedOn) - FIRST_DAY).toBeLessThan(107);
    expect(Math.abs(toDayNumber(leak[0]!.start) - FIRST_DAY - 90)).toBeLessThan(12);
  });

  it('steady growth and a constant series are nothing', () => {
    expect(detectSeries(make(makeValues(300, (t) => 1.0015 ** t)))).toEqual([]);
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.integer({ min: 1, max: 200 }),
        (value, days) => {
          expect(judgeSeries(make(Array(days).fill(value)), { minimumConfidence: 0 })).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('charges on the first of the month are learnt, and one that doubles is seen', () => {
    const isFirst = (t: number) => date(t).endsWith('-01');
    const values = makeValues(240).map((value, t) => value + (isFirst(t) ? 500 : 0));
    expect(detectSeries(make(values))).toEqual([]);
    const last = values.findLastIndex((_, t) => isFirst(t));
    values[last]! += 900;
    expect(detectSeries(make(values))).toMatchObject([{ shape: 'spike', start: date(last) }]);
  });

  it('a charge on the same day of each month is an alert once', () => {
    const values = makeValues(200).map((value, t) => value + (t > 60 && date(t).endsWith('-17') ? 200 : 0));
    const found = detectSeries(make(values));
    expect(found.length).toBeGreaterThan(2);
    expect(found.map(({ isAlert }) => isAlert)).toEqual([true, ...found.slice(1).map(() => false)]);
    expect(found[1]!.recognizedAs).toBe('monthly_charge');
  });

  it('holidays that are quiet every time are no drops', () => {
    const holidays = listHolidays('US', 2025, 2026);
    const values = makeValues(500).map((value, t) => (holidays.has(date(t)) ? 0.7 * value : value));
    const found = detectSeries(make(values), { calendar: { holidays, events: [] } });
    expect(found).toEqual([]);
    expect(detectSeries(make(values)).length).toBeGreaterThan(3);
  });

  it('a planned event is silent, its outcome is the baseline, and a jump within it is not hidden', () => {
    const launch = { name: 'launch', start: date(90), end: date(110) };
    const grow = (t: number) => 1 + 0.4 * Math.min(1, Math.max(0, (t - 90) / 20));
    expect(detectSeries(make(makeValues(160, grow), { events: [launch] }))).toEqual([]);
    expect(detectSeries(make(makeValues(160, grow))).length).toBeGreaterThan(0);
    const jump = makeValues(160, (t) => grow(t) * (t === 100 ? 3 : 1));
    expect(shapes(detectSeries(make(jump, { events: [launch] })))).toEqual([['spike', date(100)]]);
    const stated = { name: 'sale', start: date(90), end: date(92), effectRatio: 1 };
    const sale = makeValues(120, (t) => (t >= 90 && t <= 92 ? 2 : 1));
    expect(detectSeries(make(sale, { events: [stated] }))).toEqual([]);
  });

  it('a one-off purchase is taken off before judging', () => {
    const values = makeValues(120).map((value, t) => value + (t === 100 ? 5000 : 0));
    const oneOff = values.map((_, t) => (t === 100 ? 5000 : 0));
    expect(detectSeries(make(values))).toHaveLength(1);
    expect(detectSeries(make(values, { oneOff }))).toEqual([]);
  });

  it('the end of the free tier and tiers that begin anew are called so', () => {
    const quantity = makeValues(160, () => 1, 9);
    const free = quantity.map((units, t) => units * (t < 100 ? 0.0002 : 0.02));
    const [ended] = detectSeries(make(free, { quantity, listUnitPrice: 0.02 }));
    expect(ended).toMatchObject({ recognizedAs: 'free_tier_exhausted', isAlert: true });
    const tiers = quantity.map((units, t) => units * (t > 60 && Number(date(t).slice(8)) <= 8 ? 0.03 : 0.02));
    const found = detectSeries(make(tiers, { quantity }));
    expect(found[0]).toMatchObject({ isAlert: true, recognizedAs: null });
    const later = found.filter(({ start }) => start > '2025-04-25');
    expect(later.length).toBeGreaterThan(0);
    for (const each of later) expect(each).toMatchObject({ isAlert: false, recognizedAs: 'tier_reset' });
  });

  it('a series that begins well after its source is new; one as old as its source is not', () => {
    const series = make(makeValues(30));
    expect(detectSeries({ ...series, observedSince: '2024-06-01' })).toMatchObject([
      { kind: 'new_series', start: FIRST, isAlert: true, peak: { expected: 0 } },
    ]);
    expect(detectSeries({ ...series, observedSince: FIRST })).toEqual([]);
    const back = [...makeValues(60), ...Array(70).fill(0), ...makeValues(10)];
    expect(detectSeries(make(back)).at(-1)).toMatchObject({ kind: 'new_series', start: date(130) });
  });

  it('unit cost and coverage have kinds of their own; more coverage is nothing', () => {
    const unit = detectSeries(
      make(
        makeValues(120, (t) => (t >= 100 ? 1.5 : 1)),
        { measure: 'unit_cost' },
      ),
    );
    expect(unit).toMatchObject([{ kind: 'unit_cost', direction: 'up' }]);
    const random = createRandom(3);
    const coverage = Array.from({ length: 120 }, (_, t) => (t >= 100 ? 0.55 : 0.8) + 0.01 * random.normal());
    expect(detectSeries(make(coverage, { measure: 'coverage' }))).toMatchObject([
      { kind: 'coverage_loss', direction: 'down', start: date(100) },
    ]);
    const more = coverage.map((value) => 1.3 - value);
    expect(detectSeries(make(more, { measure: 'coverage' }))).toEqual([]);
  });

  it('hours: a spike of two hours is found in its hour of the week', () => {
    const random = createRandom(11);
    const values = Array.from({ length: 24 * 70 }, (_, t) => {
      const base = 10 * (1 + 0.5 * Math.sin(((t % 24) / 24) * 2 * Math.PI)) * (1 + 0.03 * random.normal());
      return t === 24 * 66 + 3 || t === 24 * 66 + 4 ? 3 * base : base;
    });
    const found = detectSeries(make(values, { frequency: 'hourly' }));
    expect(found).toMatchObject([{ kind: 'spike', start: `${date(66)}T03`, end: `${date(66)}T04` }]);
    expect(found[0]!.explanation).toContain(':00');
  });

  it('what is judged after how many days', () => {
    const spikeAt = (t: number) => detectSeries(make(makeValues(t + 1, (day) => (day === t ? 5 : 1))));
    expect(spikeAt(8)).toEqual([]);
    expect(spikeAt(14)).toHaveLength(1);
    const leakFrom = (t: number) =>
      detectSeries(make(makeValues(t + 30, (day) => 1.01 ** Math.max(0, day - t))));
    expect(leakFrom(60)).toMatchObject([{ shape: 'leak' }]);
  });
});

describe('laws of detection', () => {
  const changes = fc.record({
    seed: fc.integer({ min: 1, max: 10_000 }),
    at: fc.integer({ min: 20, max: 120 }),
    length: fc.integer({ min: 1, max: 60 }),
    size: fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 5, noNaN: true })),
    noise: fc.double({ min: 0, max: 0.15, noNaN: true }),
  });
  type Change = typeof changes extends fc.Arbitrary<infer T> ? T : never;
  const valuesOf = ({ seed, at, length, size, noise }: Change) =>
    makeValues(150, (t) => (t >= at && t < at + length ? size : 1), seed, noise);
  const all = { minimumConfidence: 0 };

  it('multiplying all costs changes no detection', () => {
    fc.assert(
      fc.property(changes, fc.constantFrom(2 ** -20, 0.25, 1024), (change, factor) => {
        const values = valuesOf(change);
        const plain = judgeSeries(make(values), all);
        const scaled = judgeSeries(make(values.map((value) => value * factor)), all);
        expect(shapes(scaled)).toEqual(shapes(plain));
        scaled.forEach((each, k) => {
          expect(each.score).toBeCloseTo(plain[k]!.score, 6);
          expect(each.excess / factor).toBeCloseTo(plain[k]!.excess, 6);
        });
      }),
      { numRuns: 40 },
    );
  });

  it('nothing known later changes what was detected', () => {
    fc.assert(
      fc.property(changes, fc.integer({ min: 15, max: 149 }), (change, t) => {
        const values = valuesOf(change);
        const options = { ...all, completeness: [{ shareRatio: 0.8, spreadRatio: 0.1 }] };
        expect(judgeSeries(make(values), { ...options, asOf: date(t) })).toEqual(
          judgeSeries(make(values.slice(0, t)), { ...options, asOf: date(t) }),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('the order of series is irrelevant, and the same input gives the same output', () => {
    fc.assert(
      fc.property(fc.array(changes, { minLength: 2, maxLength: 5 }), (list) => {
        const series = list.map((change, k) => make(valuesOf(change), { id: `s${k}` }));
        const forward = detectMany(series, all);
        const backward = detectMany([...series].reverse(), all).reverse();
        expect(backward).toEqual(forward);
      }),
      { numRuns: 15 },
    );
  });

  it('a special day costs nothing to know: an empty calendar is the default', () => {
    const values = makeValues(150, (t) => (t === 120 ? 3 : 1));
    expect(judgeSeries(make(values), { calendar: EMPTY_CALENDAR })).toEqual(judgeSeries(make(values)));
  });
});
