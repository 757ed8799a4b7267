// biome-ignore-all lint/style/noNonNullAssertion: a value that is missing fails the test
import { describe, expect, it } from 'vitest';
import { calibrateIntervals, scoreProbability } from '../../analytics/forecast/conformal.ts';
import { forecastMany, type ManyOptions, type SeriesSource } from '../../analytics/forecast/forecast-many.ts';
import { forecastParallel } from '../../analytics/forecast/forecast-parallel.ts';
import type { Forecast, NoForecast } from '../../analytics/forecast/forecast-series.ts';
import { modelSeries, type SeriesModel } from '../../analytics/forecast/model-series.ts';
import type { Series } from '../../analytics/forecast/prepare-series.ts';
import { createRandom } from '../../analytics/forecast/random.ts';

const HORIZON = 14;

/** Noise around a weekly pattern, and what came after. */
function makeSeries(seed: number): { series: Series; actual: number[] } {
  const random = createRandom(seed);
  const noise = 2 + 8 * random.uniform();
  const all = Array.from(
    { length: 120 + HORIZON },
    (_, i) => 200 + (i % 7 >= 5 ? -60 : 0) + noise * random.normal(),
  );
  return {
    series: { id: `series-${seed}`, frequency: 'daily', values: all.slice(0, 120) },
    actual: all.slice(120),
  };
}

async function collect(source: SeriesSource, options: ManyOptions = {}): Promise<(Forecast | NoForecast)[]> {
  const out: (Forecast | NoForecast)[] = [];
  for await (const forecast of forecastMany(source, { horizon: HORIZON, ...options })) out.push(forecast);
  return out;
}

describe('many series', () => {
  const made = Array.from({ length: 60 }, (_, i) => makeSeries(i + 1));
  const all = made.map(({ series }) => series);

  it('the same forecasts in whatever order they come, also where the sample is smaller than the source', async () => {
    for (const sampleSize of [400, 20]) {
      const forward = await collect(all, { sampleSize });
      const backward = await collect(all.toReversed(), { sampleSize });
      expect(forward).toEqual(backward.toReversed());
    }
  });

  it('intervals hold what they promise', async () => {
    const forecasts = await collect(all, { levels: [0.5, 0.8, 0.95] });
    for (const [j, level] of [0.5, 0.8, 0.95].entries()) {
      let held = 0;
      forecasts.forEach((forecast, i) => {
        if (!forecast.isForecast) throw new Error(forecast.reason);
        const { low, high } = forecast.intervals[j]!;
        made[i]!.actual.forEach((value, k) => {
          if (value >= low[k]! && value <= high[k]!) held++;
        });
      });
      expect(Math.abs(held / (all.length * HORIZON) - level)).toBeLessThan(0.06);
    }
  });

  it('a source that streams gives what an array gives, and is read twice', async () => {
    let reads = 0;
    const forecasts = await collect(async function* () {
      reads++;
      yield* all;
    });
    expect(reads).toBe(2);
    expect(forecasts).toEqual(await collect(all));
  });

  it('a series without a forecast says so and does not disturb the others', async () => {
    const bad: Series = { id: 'bad', frequency: 'daily', values: [] };
    const forecasts = await collect([bad, ...all]);
    expect(forecasts[0]).toEqual({ id: 'bad', isForecast: false, reason: 'it has no values' });
    expect(forecasts.slice(1)).toEqual(await collect(all));
  });

  it('worker threads give what one thread gives', async () => {
    const forecasts: (Forecast | NoForecast)[] = [];
    const options = { horizon: HORIZON, threads: 2, batchSize: 7 };
    for await (const forecast of forecastParallel(all, options)) forecasts.push(forecast);
    expect(forecasts).toEqual(await collect(all));
  });
});

describe('calibration', () => {
  it('learns the quantiles of the errors that it is shown', () => {
    const random = createRandom(11);
    const models = Array.from({ length: 300 }, (_, i): SeriesModel => {
      const residuals = Array.from({ length: 6 }, () =>
        Float64Array.from({ length: 4 }, () => 10 * random.normal()),
      );
      return {
        id: `${i}`,
        isNonNegative: false,
        gap: 0,
        point: new Float64Array(4),
        methods: [],
        residuals,
        roughness: 0,
      };
    });
    const profile = calibrateIntervals(models);
    // Mean absolute error is the unit: 1.96 standard deviations are 1.96 / 0.798 of it.
    expect(scoreProbability(profile, 1.96 / 0.798)).toBeCloseTo(0.95, 1);
    expect(scoreProbability(profile, 0.6745 / 0.798)).toBeCloseTo(0.5, 1);
  });

  it('past errors are judged by weights and a scale that do not know them', () => {
    const model = modelSeries(makeSeries(1).series, { horizon: HORIZON });
    if ('reason' in model) throw new Error(model.reason);
    expect(model.residuals.length).toBeGreaterThanOrEqual(4);
    expect(model.residuals.every((errors) => errors.length === HORIZON)).toBe(true);
  });
});
