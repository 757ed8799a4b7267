import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSortedWindow, pushValue, windowQuantile } from '../../analytics/anomaly/sorted-window.ts';
import { createStreamDetector, STREAM_ALARM_SCORE } from '../../analytics/anomaly/stream-detector.ts';
import { quantile } from '../../analytics/forecast/numeric.ts';
import { createRandom } from '../../analytics/forecast/random.ts';

function score(values: readonly number[]): number[] {
  const detector = createStreamDetector();
  return values.map((value) => detector.push(value).score);
}

/** Utilization of five-minute values: a daily wave and noise. */
function wave(count: number, seed = 1): number[] {
  const random = createRandom(seed);
  return Array.from(
    { length: count },
    (_, i) => 50 + 20 * Math.sin((i / 288) * 2 * Math.PI) + 2 * random.normal(),
  );
}

describe('stream detector', () => {
  it('a jump out of everything seen is an alarm at once, and not again for a while', () => {
    const values = wave(2000).map((value, i) => (i >= 1500 && i < 1530 ? value + 120 : value));
    const scores = score(values);
    expect(scores[1500]).toBeGreaterThan(STREAM_ALARM_SCORE);
    expect(scores.slice(1540, 1700).every((each) => each < STREAM_ALARM_SCORE)).toBe(true);
  });

  it('a flat series never alarms, values that are not finite neither', () => {
    expect(score(Array(3000).fill(45)).every((each) => each === 0)).toBe(true);
    expect(createStreamDetector().push(Number.NaN)).toEqual({ score: 0, novelty: 0 });
  });

  it('shift and scale change nothing', () => {
    const values = wave(1200).map((value, i) => (i === 900 ? 150 : value));
    const plain = score(values);
    const scaled = score(values.map((value) => 8 * value));
    scaled.forEach((each, i) => {
      expect(each).toBeCloseTo(plain[i] ?? 0, 9);
    });
  });

  it('knows nothing of what comes after', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 1, max: 100 }), (cut, seed) => {
        const values = wave(1000, seed);
        expect(score(values.slice(0, cut))).toEqual(score(values).slice(0, cut));
      }),
      { numRuns: 15 },
    );
  });

  it('a sorted window has the quantiles of its last values', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 60 }), (values) => {
        const window = createSortedWindow(20);
        for (const value of values) pushValue(window, value);
        expect(windowQuantile(window, 0.3)).toBeCloseTo(quantile(values.slice(-20), 0.3), 9);
      }),
    );
  });
});
