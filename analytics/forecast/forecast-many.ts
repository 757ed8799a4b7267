import { calibrateIntervals, type IntervalProfile } from './conformal.ts';
import {
  checkOptions,
  type Forecast,
  type ForecastOptions,
  type NoForecast,
  toForecast,
  toModelOptions,
} from './forecast-series.ts';
import type { Frequency } from './frequency.ts';
import { modelSeries, type SeriesModel } from './model-series.ts';
import type { Series } from './prepare-series.ts';
import { hashText } from './random.ts';

/** Series that can be read twice: an array, or a function that starts again. */
export type SeriesSource = readonly Series[] | (() => Iterable<Series> | AsyncIterable<Series>);

export type ManyOptions = Omit<ForecastOptions, 'profile'> & {
  /** Picks the series that intervals are learnt from, where there are more than `sampleSize`. */
  seed?: number;
  /** Series a frequency that intervals are learnt from; bounds the memory. */
  sampleSize?: number;
};

export type Profiles = Partial<Record<Frequency, IntervalProfile>>;

const DEFAULT_SAMPLE_SIZE = 400;

/**
 * Forecasts any number of series in constant memory, in the order of the source. The source is read twice: first to learn
 * the errors from a sample that does not depend on the order, pooled by frequency; then to forecast.
 */
export async function* forecastMany(
  source: SeriesSource,
  options: ManyOptions = {},
): AsyncGenerator<Forecast | NoForecast> {
  checkOptions(options);
  const { profiles, models } = await learnProfiles(source, options);
  let position = 0;
  for await (const series of read(source)) {
    const model = models.get(position++) ?? modelSeries(series, toModelOptions(series, options));
    const profile = profiles[series.frequency];
    yield toForecast(series.id, model, profile === undefined ? options : { ...options, profile });
  }
}

/** The pooled errors by frequency, and the models of the sample by their position in the source. */
export async function learnProfiles(
  source: SeriesSource,
  options: ManyOptions = {},
): Promise<{ profiles: Profiles; models: Map<number, SeriesModel> }> {
  const { seed = 0, sampleSize = DEFAULT_SAMPLE_SIZE } = options;
  const samples = new Map<Frequency, { rank: number; position: number; series: Series }[]>();
  let position = 0;
  for await (const series of read(source)) {
    const sample = samples.get(series.frequency) ?? [];
    samples.set(series.frequency, sample);
    sample.push({ rank: hashText(series.id, seed), position: position++, series });
    if (sample.length >= 2 * sampleSize) keepLowest(sample, sampleSize);
  }
  const profiles: Profiles = {};
  const models = new Map<number, SeriesModel>();
  for (const [frequency, sample] of samples) {
    keepLowest(sample, sampleSize);
    const usable: SeriesModel[] = [];
    for (const { position, series } of sample) {
      const model = modelSeries(series, toModelOptions(series, options));
      if ('reason' in model) continue;
      models.set(position, model);
      usable.push(model);
    }
    profiles[frequency] = calibrateIntervals(usable);
  }
  return { profiles, models };
}

function keepLowest(sample: { rank: number; series: Series }[], size: number): void {
  sample.sort((a, b) => a.rank - b.rank || (a.series.id < b.series.id ? -1 : 1));
  sample.length = Math.min(sample.length, size);
}

function read(source: SeriesSource): Iterable<Series> | AsyncIterable<Series> {
  return typeof source === 'function' ? source() : source;
}
