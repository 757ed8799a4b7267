// biome-ignore-all lint/style/noNonNullAssertion: a value that is missing fails the test
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../analytics/errors.ts';
import {
  type CapacitySeries,
  type Exhaustion,
  forecastExhaustion,
  forecastExhaustions,
} from '../../analytics/forecast/exhaustion.ts';
import { createRandom } from '../../analytics/forecast/random.ts';

function makeSeries(
  slope: number,
  { start = 40, noise = 0.5, threshold = 80, id = 'disk', length = 200 } = {},
): CapacitySeries {
  const random = createRandom(Math.round(slope * 1000) + length);
  const values = Array.from({ length }, (_, i) => start + slope * (i - length) + noise * random.normal());
  return { id, frequency: 'daily', values, threshold, saturation: 100 };
}

type Forecast = Extract<Exhaustion, { state: 'forecast' }>;

function mustForecast(exhaustion: Exhaustion): Forecast {
  if (exhaustion.state !== 'forecast') throw new Error(exhaustion.state);
  return exhaustion;
}

describe('exhaustion', () => {
  it('a steady growth meets its threshold when the line does', () => {
    const { low, median, high, probabilities, headroom, slope } = mustForecast(
      forecastExhaustion(makeSeries(0.8, { start: 56 })),
    );
    expect(Math.abs(median! - 30)).toBeLessThanOrEqual(6);
    expect(low!).toBeLessThanOrEqual(median!);
    expect(high === null || high >= median!).toBe(true);
    expect(headroom).toBeGreaterThan(20);
    expect(slope).toBeCloseTo(0.8, 1);
    expect(probabilities.map(({ periods }) => periods)).toEqual([30, 60, 90]);
    expect(probabilities[2]!.probability).toBeGreaterThan(0.9);
  });

  it('a level far below stays there', () => {
    const { median, probabilities } = mustForecast(forecastExhaustion(makeSeries(0)));
    expect(median).toBeNull();
    expect(probabilities[2]!.probability).toBeLessThan(0.05);
  });

  it('a higher threshold is met later and less likely, a longer time makes it likelier', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -0.1, max: 0.6, noNaN: true }),
        fc.integer({ min: 45, max: 70 }),
        (slope, threshold) => {
          const lower = mustForecast(forecastExhaustion(makeSeries(slope, { threshold })));
          const higher = mustForecast(forecastExhaustion(makeSeries(slope, { threshold: threshold + 8 })));
          lower.probabilities.forEach(({ probability }, i) => {
            expect(probability).toBeGreaterThanOrEqual(higher.probabilities[i]!.probability);
            expect(probability).toBeGreaterThanOrEqual(lower.probabilities[i - 1]?.probability ?? 0);
          });
        },
      ),
      { numRuns: 10 },
    );
  });

  it('a season that reaches the threshold every week counts as soon as it does', () => {
    const values = Array.from({ length: 180 }, (_, i) => 50 + i * 0.1 + (i % 7 === 2 ? 14 : 0));
    const series: CapacitySeries = { id: 'cpu', frequency: 'daily', values, threshold: 84 };
    const { median } = mustForecast(forecastExhaustion(series));
    expect(median!).toBeLessThan(40);
  });

  it('what is reached is said to be', () => {
    const full = makeSeries(0.5, { start: 99 });
    expect(forecastExhaustion({ ...full, threshold: 80 })).toMatchObject({ state: 'reached' });
    const clipped = {
      ...full,
      values: Array.from(full.values, (value) => Math.min(100, (value ?? 0) + 3)),
      threshold: 120,
    };
    expect(forecastExhaustion(clipped)).toMatchObject({ state: 'reached' });
  });

  it.each([
    ['without a threshold', { ...makeSeries(0.1), threshold: null }, /limit is not known/],
    ['with few values', makeSeries(0.1, { length: 9 }), /9 values/],
    [
      'without values for long',
      { ...makeSeries(0.1), values: [...(makeSeries(0.1).values as number[]), ...Array(150).fill(null)] },
      /periods old/,
    ],
  ])('is unknown %s', (_, series, reason) => {
    const exhaustion = forecastExhaustion(series);
    expect(exhaustion.state).toBe('unknown');
    expect('reason' in exhaustion && exhaustion.reason).toMatch(reason);
  });

  it('does not depend on the order of the series', () => {
    const all = [0, 0.1, 0.2, 0.4].map((slope, i) => makeSeries(slope, { id: `disk-${i}` }));
    expect(forecastExhaustions(all.toReversed())).toEqual(forecastExhaustions(all).toReversed());
  });

  it('a horizon that is none is the caller’s mistake', () => {
    expect(() => forecastExhaustions([], { horizon: 0 })).toThrow(InputError);
  });
});
