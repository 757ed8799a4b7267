// biome-ignore-all lint/style/noNonNullAssertion: a value that is missing fails the test
import { describe, expect, it } from 'vitest';
import { seasonalEts } from '../../analytics/forecast/ets.ts';
import { loess } from '../../analytics/forecast/loess.ts';
import { logMethods } from '../../analytics/forecast/log-method.ts';
import type { Method } from '../../analytics/forecast/method.ts';
import { DRIFT, NAIVE, seasonalNaive } from '../../analytics/forecast/naive.ts';
import { forecastNaive2 } from '../../analytics/forecast/naive2.ts';
import { deseasonalized, isSeasonal, seasonalIndices } from '../../analytics/forecast/seasonality.ts';
import { estimateAlpha, SES, smooth } from '../../analytics/forecast/ses.ts';
import { decomposeMstl, decomposeStl } from '../../analytics/forecast/stl.ts';
import { stlMethods } from '../../analytics/forecast/stl-method.ts';
import { DYNAMIC_THETA, THETA } from '../../analytics/forecast/theta.ts';
import { trendMethod } from '../../analytics/forecast/trend.ts';

const HOLT = trendMethod(false);
const DAMPED = trendMethod(true);
const WEEK = [10, -4, 3, -2, 5, -9, -3];
const series = (length: number, value: (i: number) => number) =>
  Float64Array.from({ length }, (_, i) => value(i));
const forecast = (method: Method, y: Float64Array, horizon: number) =>
  Array.from(method.fit(y).forecast(y, horizon));
const expectClose = (actual: ArrayLike<number>, expected: readonly number[], tolerance: number) => {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, k) => {
    expect(Math.abs((actual[k] ?? Number.NaN) - value)).toBeLessThanOrEqual(tolerance);
  });
};

describe('naive methods', () => {
  it('carry on the last value, the last season, the last line', () => {
    expect(forecast(NAIVE, Float64Array.of(1, 5, 3), 2)).toEqual([3, 3]);
    expect(forecast(seasonalNaive(3), Float64Array.of(9, 9, 9, 1, 2, 3), 4)).toEqual([1, 2, 3, 1]);
    expectClose(forecast(DRIFT, Float64Array.of(1, 2, 3, 4), 2), [5, 6], 1e-9);
  });

  it('Naive2 is naive where there is no season and puts a clear season back', () => {
    expect(Array.from(forecastNaive2(Float64Array.of(1, 5, 3), 1, 2))).toEqual([3, 3]);
    const y = series(48, (i) => 100 * (i % 4 === 0 ? 1.3 : 0.9));
    expectClose(forecastNaive2(y, 4, 4), [130, 90, 90, 90], 1e-6);
  });
});

describe('simple exponential smoothing', () => {
  it('gives the level of a worked example', () => {
    // Alpha 0.5. Errors 454.5 - l and 455.7 - (454.5 + l) / 2 are least in squares for l = 454.98.
    const y = Float64Array.of(454.5, 455.7);
    const free = smooth(y, 0.5);
    expect(free.level).toBeCloseTo(0.25 * 454.98 + 0.25 * 454.5 + 0.5 * 455.7, 6);
  });

  it('no alpha on a grid fits better than the one that is found', () => {
    const y = series(60, (i) => 50 + 10 * Math.sin(i / 9) + ((i * 37) % 11));
    const found = smooth(y, estimateAlpha(y)).squaredError;
    for (let alpha = 0.01; alpha < 1; alpha += 0.01) {
      expect(found).toBeLessThanOrEqual(smooth(y, alpha).squaredError * 1.0001);
    }
  });
});

describe('trend methods', () => {
  const line = series(40, (i) => 20 + 3 * i);

  it('Holt carries a line on exactly, Theta by half of its slope, dynamic Theta in between', () => {
    expectClose(forecast(HOLT, line, 3), [140, 143, 146], 1e-3);
    const theta = forecast(THETA, line, 3);
    expect(theta[2]! - theta[0]!).toBeCloseTo(3, 1);
    const dynamic = forecast(DYNAMIC_THETA, line, 2);
    expect(dynamic[1]! - dynamic[0]!).toBeGreaterThan(1);
    expect(dynamic[1]! - dynamic[0]!).toBeLessThan(3.1);
  });

  it('the damped trend flattens', () => {
    const ahead = forecast(DAMPED, line, 30);
    const steps = ahead.slice(1).map((value, k) => value - ahead[k]!);
    for (let k = 1; k < steps.length; k++) expect(steps[k]!).toBeLessThan(steps[k - 1]!);
    expect(steps[0]!).toBeGreaterThan(2);
  });

  it('parameters fitted on a part apply to a longer history', () => {
    const fit = DAMPED.fit(line.slice(0, 30));
    expect(fit.forecast(line, 1)[0]!).toBeGreaterThan(fit.forecast(line.slice(0, 30), 1)[0]! + 20);
  });
});

describe('seasons', () => {
  const y = series(84, (i) => 100 + 0.5 * i + WEEK[i % 7]!);
  const next = Array.from({ length: 14 }, (_, k) => 100 + 0.5 * (84 + k) + WEEK[k % 7]!);

  it('are told from no season', () => {
    expect(isSeasonal(y, 7)).toBe(true);
    expect(
      isSeasonal(
        series(84, (i) => (i * 7919) % 101),
        7,
      ),
    ).toBe(false);
    expect(
      isSeasonal(
        series(84, () => 5),
        7,
      ),
    ).toBe(false);
  });

  it('classical decomposition finds the indices that made the series', () => {
    expectClose(seasonalIndices(y, 7, false), WEEK, 1e-9);
    const quarters = [0.8, 1.1, 1.3, 0.8];
    expectClose(
      seasonalIndices(
        series(40, (i) => 50 * quarters[i % 4]!),
        4,
        true,
      ),
      quarters,
      1e-9,
    );
  });

  it('STL splits a series into the trend and the season that made it, and STL keeps the sum', () => {
    const { trend, seasonal } = decomposeStl(y, 7, { seasonalWindow: Infinity });
    for (let i = 0; i < y.length; i++) {
      expect(Math.abs(seasonal[i]! - WEEK[i % 7]!)).toBeLessThan(0.2);
      expect(Math.abs(trend[i]! - (100 + 0.5 * i))).toBeLessThan(0.2);
    }
  });

  it('robust rounds keep an outlier out of the season', () => {
    const spoiled = y.slice();
    spoiled[40]! += 400;
    const plain = decomposeStl(spoiled, 7, { seasonalWindow: Infinity }).seasonal;
    const robust = decomposeStl(spoiled, 7, { seasonalWindow: Infinity, robustRounds: 5 }).seasonal;
    expect(Math.abs(plain[5]! - WEEK[5]!)).toBeGreaterThan(10);
    expect(Math.abs(robust[5]! - WEEK[5]!)).toBeLessThan(1);
  });

  it('MSTL tells two seasons apart, and its parts add up to the series', () => {
    const day = (i: number) => 10 * Math.sin((2 * Math.PI * i) / 24);
    const week = (i: number) => (Math.floor(i / 24) % 7 >= 5 ? -20 : 8);
    const hours = series(24 * 35, (i) => 200 + day(i) + week(i));
    const { periods, seasonals, adjusted } = decomposeMstl(hours, [24, 168]);
    expect(periods).toEqual([24, 168]);
    for (let i = 0; i < hours.length; i++) {
      expect(adjusted[i]! + seasonals[0]![i]! + seasonals[1]![i]!).toBeCloseTo(hours[i]!, 8);
      if (i > 200 && i < 600) expect(Math.abs(adjusted[i]! - 200)).toBeLessThan(4);
    }
  });

  it('every seasonal method carries trend and season on', () => {
    const methods = [
      deseasonalized(HOLT, 7),
      seasonalEts(7, 'additive'),
      seasonalEts(7, 'multiplicative'),
      ...stlMethods([HOLT], [7]),
      ...logMethods(stlMethods([HOLT], [7])),
    ];
    for (const method of methods) expectClose(forecast(method, y, 14), next, 4);
  });
});

describe('loess', () => {
  it('reproduces a line inside and beyond the values', () => {
    const line = series(30, (i) => 4 - 2 * i);
    for (const jump of [1, 3]) {
      const out = loess(line, 9, { from: -2, to: 31, jump });
      out.forEach((value, k) => {
        expect(value).toBeCloseTo(4 - 2 * (k - 2), 6);
      });
    }
  });
});

describe('logarithms', () => {
  it('an exponent that runs away is clamped', () => {
    const y = series(20, (i) => Math.exp(0.2 * i));
    const [method] = logMethods([HOLT]);
    const ahead = forecast(method!, y, 50);
    expect(Math.max(...ahead)).toBeLessThanOrEqual(Math.exp(0.2 * 19 + 1) * 1.0001);
  });

  it('days of zero leave the history as it is', () => {
    const y = series(20, (i) => (i % 5 === 0 ? 0 : 10 + i));
    const [method] = logMethods([SES]);
    expect(forecast(method!, y, 3)).toEqual(forecast(SES, y, 3));
  });
});
