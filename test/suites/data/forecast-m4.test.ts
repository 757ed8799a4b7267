// biome-ignore-all lint/style/noNonNullAssertion: a value that is missing fails the test
import { describe, expect, it } from 'vitest';
import { forecastMany } from '../../../analytics/forecast/forecast-many.ts';
import { type Forecast, forecastSeries } from '../../../analytics/forecast/forecast-series.ts';
import { forecastNaive2 } from '../../../analytics/forecast/naive2.ts';
import { differenceScale, mean } from '../../../analytics/forecast/numeric.ts';
import type { Series } from '../../../analytics/forecast/prepare-series.ts';
import { THETA } from '../../../analytics/forecast/theta.ts';
import { scoreCoverage, scoreMase, scoreMsis, scoreSmape } from '../../../bench/forecast-score.ts';
import { readM4Weekly } from '../../../bench/m4-weekly.ts';

const HORIZON = 13;
const all = readM4Weekly() ?? [];
if (all.length === 0) console.warn('M4 Weekly is not tested: the shared data folder has no m4-weekly');

const smapeOf = (points: readonly Float64Array[]) =>
  mean(all.map(({ actual }, i) => scoreSmape(actual, points[i]!)));
const maseOf = (points: readonly Float64Array[]) =>
  mean(all.map(({ actual, history }, i) => scoreMase(actual, points[i]!, differenceScale(history, 1))));

describe.skipIf(all.length === 0)('M4 Weekly', () => {
  const naive2 = all.map(({ history }) => forecastNaive2(history, 1, HORIZON));
  const owaOf = (points: readonly Float64Array[]) =>
    (smapeOf(points) / smapeOf(naive2) + maseOf(points) / maseOf(naive2)) / 2;

  it('is scored as the competition scored it: Naive2 and Theta have their published figures', () => {
    expect(smapeOf(naive2)).toBeCloseTo(9.161, 3);
    expect(maseOf(naive2)).toBeCloseTo(2.777, 3);
    const theta = all.map(({ history }) => THETA.fit(history).forecast(history, HORIZON));
    expect(owaOf(theta)).toBeCloseTo(0.971, 2);
  });

  it('the defaults beat OWA 0.75, and their intervals hold what they promise', async () => {
    const series = all.map(({ id, history }): Series => ({ id, frequency: 'weekly', values: history }));
    const forecasts: Forecast[] = [];
    for await (const forecast of forecastMany(series, { horizon: HORIZON, levels: [0.95] })) {
      if (forecast.isForecast) forecasts.push(forecast);
    }
    expect(forecasts).toHaveLength(all.length);
    expect(owaOf(forecasts.map(({ point }) => point))).toBeLessThan(0.75);
    const bounds = (i: number) => forecasts[i]!.intervals[0]!;
    const msis = mean(
      all.map(({ actual, history }, i) =>
        scoreMsis(actual, bounds(i).low, bounds(i).high, differenceScale(history, 1), 0.95),
      ),
    );
    const coverage = mean(all.map(({ actual }, i) => scoreCoverage(actual, bounds(i).low, bounds(i).high)));
    expect(msis).toBeLessThan(16.5);
    expect(coverage).toBeGreaterThan(0.94);
    expect(coverage).toBeLessThan(0.96);
  });

  it('each series alone has intervals of nearly their level', () => {
    const coverage = mean(
      all.map(({ id, history, actual }) => {
        const forecast = forecastSeries({ id, frequency: 'weekly', values: history }, { horizon: HORIZON });
        if (!forecast.isForecast) throw new Error(forecast.reason);
        const { low, high } = forecast.intervals[1]!;
        return scoreCoverage(actual, low, high);
      }),
    );
    expect(Math.abs(coverage - 0.95)).toBeLessThan(0.02);
  });
});
