// biome-ignore-all lint/style/noNonNullAssertion: a value that is missing fails the test
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../analytics/errors.ts';
import {
  type Forecast,
  type ForecastOptions,
  forecastSeries,
} from '../../analytics/forecast/forecast-series.ts';
import type { Frequency } from '../../analytics/forecast/frequency.ts';
import type { Series } from '../../analytics/forecast/prepare-series.ts';
import { createRandom } from '../../analytics/forecast/random.ts';

const FREQUENCY = fc.constantFrom<Frequency>('hourly', 'daily', 'weekly', 'monthly', 'quarterly', 'yearly');
const VALUE = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 100_000 }).map((cents) => cents / 100) },
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.constantFrom(null, Number.NaN, undefined) },
);
const SERIES: fc.Arbitrary<Series> = fc.record({
  id: fc.string(),
  frequency: FREQUENCY,
  values: fc.array(VALUE, { minLength: 0, maxLength: 90 }),
});

function make(length: number, value: (i: number) => number | null, frequency: Frequency = 'daily'): Series {
  return { id: 'one', frequency, values: Array.from({ length }, (_, i) => value(i)) };
}

function mustForecast(series: Series, options: ForecastOptions = {}): Forecast {
  const forecast = forecastSeries(series, options);
  if (!forecast.isForecast) throw new Error(forecast.reason);
  return forecast;
}

function noisyWeek(seed: number, length = 120): number[] {
  const random = createRandom(seed);
  return Array.from({ length }, (_, i) => 100 + i * 0.3 + (i % 7 >= 5 ? -30 : 0) + 4 * random.normal());
}

describe('any series', () => {
  it('gets finite forecasts or a reason, never below zero, intervals nested around the point', () => {
    fc.assert(
      fc.property(SERIES, fc.integer({ min: 1, max: 30 }), (series, horizon) => {
        const forecast = forecastSeries(series, {
          horizon,
          levels: [0.5, 0.8, 0.95],
          quantiles: [0.01, 0.5, 0.99],
        });
        if (!forecast.isForecast) {
          expect(forecast.reason).toMatch(/\w/);
          return;
        }
        expect(forecast.point).toHaveLength(horizon);
        const [half, most, nearly] = forecast.intervals;
        for (let k = 0; k < horizon; k++) {
          const chain = [
            nearly!.low[k]!,
            most!.low[k]!,
            half!.low[k]!,
            forecast.point[k]!,
            half!.high[k]!,
            most!.high[k]!,
            nearly!.high[k]!,
          ];
          expect(chain.every(Number.isFinite)).toBe(true);
          expect(chain[0]!).toBeGreaterThanOrEqual(0);
          for (let j = 1; j < chain.length; j++) expect(chain[j]!).toBeGreaterThanOrEqual(chain[j - 1]!);
          expect(forecast.quantiles[1]!.values[k]!).toBe(forecast.point[k]!);
        }
        expect(forecast.methods.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 9);
      }),
      { numRuns: 150 },
    );
  });

  it('gives the same forecast again', () => {
    fc.assert(
      fc.property(SERIES, (series) => {
        expect(forecastSeries(series)).toEqual(forecastSeries(series));
      }),
      { numRuns: 20 },
    );
  });

  it('times a power of two gives the forecast times it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.constantFrom(1 / 1024, 4, 65_536), (seed, factor) => {
        const values = noisyWeek(seed);
        const plain = mustForecast(make(120, (i) => values[i]!));
        const scaled = mustForecast(make(120, (i) => values[i]! * factor));
        for (let k = 0; k < plain.point.length; k++) {
          expect(scaled.point[k]! / factor).toBeCloseTo(plain.point[k]!, 4);
          expect(scaled.intervals[1]!.high[k]! / factor).toBeCloseTo(plain.intervals[1]!.high[k]!, 3);
        }
      }),
      { numRuns: 10 },
    );
  });

  it('negative values shift with a constant', () => {
    const values = noisyWeek(4).map((value) => value - 1000);
    const plain = mustForecast(make(120, (i) => values[i]!));
    const shifted = mustForecast(make(120, (i) => values[i]! - 512));
    plain.point.forEach((value, k) => {
      expect(shifted.point[k]! + 512).toBeCloseTo(value, 0);
    });
  });
});

describe('special series', () => {
  it('a constant stays, without any width', () => {
    for (const value of [0, 7.25]) {
      const { point, intervals } = mustForecast(make(60, () => value));
      for (const each of [point, intervals[1]!.low, intervals[1]!.high]) {
        for (const ahead of each) expect(ahead).toBeCloseTo(value, 9);
      }
    }
  });

  it('a season with a trend goes on', () => {
    const shape = (i: number) => 100 + 0.4 * i + (i % 7 >= 5 ? -25 : 0);
    const { point } = mustForecast(make(180, shape));
    point.forEach((value, k) => {
      expect(Math.abs(value - shape(180 + k))).toBeLessThan(6);
    });
  });

  it('both seasons of hours go on', () => {
    const shape = (i: number) =>
      (Math.floor(i / 24) % 7 >= 5 ? 40 : 100) * (1 + 0.3 * Math.sin((2 * Math.PI * i) / 24));
    const { point } = mustForecast(make(24 * 42, shape, 'hourly'), { horizon: 72 });
    point.forEach((value, k) => {
      expect(Math.abs(value - shape(24 * 42 + k))).toBeLessThan(8);
    });
  });

  it('gaps cost little, and zeros are not gaps', () => {
    const values = noisyWeek(9);
    const whole = mustForecast(make(120, (i) => values[i]!));
    const gappy = mustForecast(make(120, (i) => (i % 11 === 3 ? null : values[i]!)));
    const zeroed = mustForecast(make(120, (i) => (i % 2 === 0 ? 0 : values[i]!)));
    gappy.point.forEach((value, k) => {
      expect(Math.abs(value - whole.point[k]!)).toBeLessThan(10);
    });
    expect(Math.max(...zeroed.point)).toBeLessThan(140);
    expect(Math.min(...zeroed.intervals[1]!.low)).toBeLessThan(20);
  });

  it('a service switched off long ago costs nothing; one not in use before is judged by its use', () => {
    const ended = mustForecast(make(400, (i) => (i < 150 ? 50 + (i % 7) : 0)));
    expect(Math.max(...ended.point)).toBeLessThan(1e-9);
    const begun = mustForecast(make(400, (i) => (i < 360 ? 0 : 50 + (i % 2))));
    begun.point.forEach((value) => {
      expect(Math.abs(value - 50.5)).toBeLessThan(1);
    });
  });

  it('a window that begins with a gap is no trouble', () => {
    const { point } = mustForecast(
      make(118, (i) => (i % 3 === 0 ? null : 10 + i), 'yearly'),
      { horizon: 6 },
    );
    expect(point.every(Number.isFinite)).toBe(true);
  });

  it('one wild value moves the forecast by little', () => {
    const values = noisyWeek(3);
    const plain = mustForecast(make(120, (i) => values[i]!));
    const spoiled = mustForecast(make(120, (i) => (i === 100 ? 50_000 : values[i]!)));
    spoiled.point.forEach((value, k) => {
      expect(Math.abs(value - plain.point[k]!)).toBeLessThan(8);
    });
  });

  it('incomplete last values are ignored, and the forecast still begins after them', () => {
    const values = noisyWeek(5);
    const cut = [...values.slice(0, 118), 3, 1];
    const known = { ...make(120, (i) => cut[i]!), incompleteCount: 2 };
    const absent = make(120, (i) => (i < 118 ? values[i]! : null));
    const { point } = mustForecast(known, { horizon: 7 });
    expect(point).toEqual(mustForecast(absent, { horizon: 7 }).point);
    expect(point).toEqual(
      mustForecast(
        make(118, (i) => values[i]!),
        { horizon: 9 },
      ).point.slice(2),
    );
  });

  it.each([
    ['no values', make(10, () => null), /no values/],
    ['two values', make(2, (i) => i + 1), /2 values/],
    ['mostly missing', make(40, (i) => (i % 5 === 0 ? 4 : null)), /missing/],
    ['ended long ago', make(60, (i) => (i < 20 ? 4 + (i % 3) : null)), /periods old/],
  ])('with %s says why there is no forecast', (_, series, reason) => {
    const forecast = forecastSeries(series);
    expect(forecast.isForecast).toBe(false);
    expect('reason' in forecast && forecast.reason).toMatch(reason);
  });
});

it('an option that makes no sense is the caller’s mistake', () => {
  const series = make(30, (i) => i);
  for (const options of [{ horizon: 0 }, { horizon: 1.5 }, { levels: [95] }, { quantiles: [0] }]) {
    expect(() => forecastSeries(series, options)).toThrow(InputError);
  }
});
