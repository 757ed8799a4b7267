// biome-ignore-all lint/style/noNonNullAssertion: a value that is missing fails the test
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_MINIMUM_CONFIDENCE } from '../../analytics/anomaly/confidence.ts';
import { judgeSeries } from '../../analytics/anomaly/detect-series.ts';
import { createDetector } from '../../analytics/anomaly/detector.ts';
import { reconcileDetections, type TrackedDetection } from '../../analytics/anomaly/reconcile.ts';
import type { AnomalySeries, Revision } from '../../analytics/anomaly/series.ts';
import { toDate, toDayNumber } from '../../analytics/forecast/calendar.ts';
import { createRandom } from '../../analytics/forecast/random.ts';

const FIRST = '2025-01-06';
const FIRST_DAY = toDayNumber(FIRST);
const COMPLETENESS = [
  { shareRatio: 0.75, spreadRatio: 0.1 },
  { shareRatio: 0.97, spreadRatio: 0.02 },
];
const date = (t: number) => toDate(FIRST_DAY + t);

/** 100 a day; of each day three quarters are seen after one day, 97 % after two, all after three. */
function makeSeries(
  days: number,
  change: (t: number) => number,
  seed = 3,
  more: readonly Revision[] = [],
): AnomalySeries {
  const random = createRandom(seed);
  const values = Array.from({ length: days }, (_, t) => 100 * (1 + 0.03 * random.normal()) * change(t));
  const revisions = values.flatMap((value, index) => [
    { index, knownOn: FIRST_DAY + index + 1, value: value * (0.75 + 0.05 * random.normal()) },
    { index, knownOn: FIRST_DAY + index + 2, value: value * 0.97 },
    { index, knownOn: FIRST_DAY + index + 3, value },
  ]);
  return { id: 'one', firstDate: FIRST, values, revisions: [...revisions, ...more] };
}

const judge = (series: AnomalySeries, t: number) =>
  judgeSeries(series, { asOf: date(t), completeness: COMPLETENESS });

describe('as of what was known', () => {
  it('a large spike is judged on the day after, early, and confirmed when its day is complete', () => {
    const series = makeSeries(130, (t) => (t === 100 ? 4 : 1));
    expect(judge(series, 100)).toEqual([]);
    expect(judge(series, 101)).toMatchObject([
      { start: date(100), judgedOn: date(101), isEarly: true, end: null },
    ]);
    expect(judge(series, 104)).toMatchObject([
      { start: date(100), judgedOn: date(101), isEarly: false, state: 'over' },
    ]);
  });

  it('incomplete days are no drops; a clear drop is told when its day is nearly complete, others when it is', () => {
    expect(
      judge(
        makeSeries(130, () => 1),
        128,
      ),
    ).toEqual([]);
    const outage = makeSeries(130, (t) => (t === 100 ? 0.05 : 1));
    expect(judge(outage, 101)).toEqual([]);
    expect(judge(outage, 102)).toMatchObject([{ shape: 'drop', start: date(100), judgedOn: date(102) }]);
    const less = makeSeries(130, (t) => (t === 100 ? 0.75 : 1));
    expect(judge(less, 102)).toEqual([]);
    expect(judge(less, 103)).toMatchObject([{ shape: 'drop', start: date(100), judgedOn: date(103) }]);
  });

  it('a spike that is restated away withdraws its alert and leaves no trace in what follows', () => {
    const right = { index: 100, knownOn: FIRST_DAY + 108, value: 101 };
    const series = makeSeries(130, (t) => (t === 100 ? 3 : 1), 3, [right]);
    expect(judge(series, 107)).toMatchObject([{ start: date(100), withdrawnOn: null }]);
    expect(judge(series, 108)).toMatchObject([
      { start: date(100), withdrawnOn: date(108), judgedOn: date(101) },
    ]);
    expect(judge(series, 125).filter(({ withdrawnOn }) => withdrawnOn === null)).toEqual([]);
  });

  it('a report that contradicts a nearly complete one waits a week, and is told when it stands', () => {
    const doubled = { index: 100, knownOn: FIRST_DAY + 103, value: 210 };
    const base = makeSeries(130, () => 1);
    const kept = base.revisions!.filter(({ index, knownOn }) => index !== 100 || knownOn < FIRST_DAY + 103);
    const right = { index: 100, knownOn: FIRST_DAY + 108, value: 101 };
    const corrected = { ...base, revisions: [...kept, doubled, right] };
    for (const t of [103, 105, 107, 108, 125]) expect(judge(corrected, t)).toEqual([]);
    const standing = { ...base, revisions: [...kept, doubled] };
    expect(judge(standing, 109)).toEqual([]);
    expect(judge(standing, 110)).toMatchObject([{ shape: 'spike', start: date(100), judgedOn: date(110) }]);
  });

  it('what is seen of a day is there: a rise beyond its usual cost is told before it is complete', () => {
    const spike = makeSeries(130, (t) => (t === 100 ? 1.9 : 1));
    expect(judge(spike, 101)).toMatchObject([{ shape: 'spike', start: date(100), isEarly: true }]);
  });

  it('a spike that is not complete yet is no charge of a month before, where there was none', () => {
    for (const size of [1.9, 2.5, 4]) {
      const spike = makeSeries(130, (t) => (t === 100 ? size : 1));
      expect(judge(spike, 101)).toMatchObject([{ recognizedAs: null, isAlert: true }]);
    }
  });

  it('a leak of 2 % a day in 3 % noise is told within eleven days of its first', () => {
    const leak = makeSeries(130, (t) => 1.02 ** Math.max(0, Math.min(40, t - 99)));
    expect(judge(leak, 111)).toMatchObject([{ direction: 'up', end: null, withdrawnOn: null }]);
  });

  it('a late second report alone is no drop', () => {
    const late = { index: 100, knownOn: FIRST_DAY + 102, value: 70 };
    const base = makeSeries(130, () => 1);
    const kept = base.revisions!.filter(({ index, knownOn }) => index !== 100 || knownOn !== late.knownOn);
    expect(judge({ ...base, revisions: [...kept, late] }, 102)).toEqual([]);
  });

  it('a spike that is restated smaller is corrected and stays the same alert', () => {
    const smaller = { index: 100, knownOn: FIRST_DAY + 110, value: 200 };
    const series = makeSeries(130, (t) => (t === 100 ? 4 : 1), 3, [smaller]);
    const [before] = judge(series, 109);
    const [after] = judge(series, 110);
    expect(after).toMatchObject({ id: before!.id, judgedOn: before!.judgedOn, withdrawnOn: null });
    expect(before!.excess).toBeGreaterThan(250);
    expect(after!.excess).toBeLessThan(120);
  });

  it('judging at once is judging day by day', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 30, max: 90 }),
        fc.double({ min: 0, max: 4, noNaN: true }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 40, max: 120 }),
        (seed, at, size, length, asOf) => {
          const restated = { index: at, knownOn: FIRST_DAY + at + 9, value: 100 };
          const series = makeSeries(120, (t) => (t >= at && t < at + length ? size : 1), seed, [restated]);
          const detector = createDetector(series, { completeness: COMPLETENESS });
          let tracked: TrackedDetection[] = [];
          for (let t = 1; t <= asOf; t++) {
            detector.learn(series.revisions!.filter(({ knownOn }) => knownOn === FIRST_DAY + t));
            const now = detector
              .judge(FIRST_DAY + t)
              .filter(({ confidence }) => confidence >= DEFAULT_MINIMUM_CONFIDENCE);
            expect(
              detector
                .judge(FIRST_DAY + t)
                .filter(({ confidence }) => confidence >= DEFAULT_MINIMUM_CONFIDENCE),
            ).toEqual(now);
            tracked = reconcileDetections(tracked, now, date(t));
          }
          expect(tracked).toEqual(judge(series, asOf));
          const fresh = createDetector(series, { completeness: COMPLETENESS });
          fresh.learn(
            series
              .revisions!.filter(({ knownOn }) => knownOn <= FIRST_DAY + asOf)
              .sort((a, b) => a.index - b.index || a.knownOn - b.knownOn),
          );
          expect(fresh.judge(FIRST_DAY + asOf)).toEqual(detector.judge(FIRST_DAY + asOf));
        },
      ),
      { numRuns: 15 },
    );
  });
});
