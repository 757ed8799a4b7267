import { InputError } from '../errors.ts';
import { type Calendar, EMPTY_CALENDAR } from './calendar.ts';
import type { Combination } from './combine.ts';
import { calibrateIntervals, type IntervalProfile, intervalReach } from './conformal.ts';
import { FREQUENCIES } from './frequency.ts';
import { type ModelOptions, modelSeries, type SeriesModel } from './model-series.ts';
import type { Refusal, Series } from './prepare-series.ts';

export type ForecastOptions = {
  /** Periods ahead; by default what suits the frequency. */
  horizon?: number;
  /** Coverages of the central intervals, between 0 and 1; by default 0.8 and 0.95. */
  levels?: readonly number[];
  /** Single quantiles, between 0 and 1. */
  quantiles?: readonly number[];
  /** 'weighted', by validation error, unless said otherwise. */
  combination?: Combination;
  /** Holidays and planned events, for daily series with a `firstDate`. */
  calendar?: Calendar;
  /** Errors learnt from many series (`forecastMany` does it); by default from the series alone. */
  profile?: IntervalProfile;
};

export type Forecast = {
  id: string;
  isForecast: true;
  /** One value a period, the first after the last of `values`. Also the median. */
  point: Float64Array;
  intervals: { level: number; low: Float64Array; high: Float64Array }[];
  quantiles: { probability: number; values: Float64Array }[];
  /** What was combined and with which weight. */
  methods: { name: string; weight: number }[];
};

export type NoForecast = { id: string; isForecast: false; reason: string };

const DEFAULT_LEVELS = [0.8, 0.95];

/**
 * Forecasts one series with the defaults that need no tuning: the season from the frequency, simple methods weighed by
 * their errors on the series' own past, intervals from those errors. A series that cannot be forecast says why.
 * Throws InputError where an option makes no sense.
 */
export function forecastSeries(series: Series, options: ForecastOptions = {}): Forecast | NoForecast {
  checkOptions(options);
  const model = modelSeries(series, toModelOptions(series, options));
  return toForecast(series.id, model, options);
}

export function toModelOptions({ frequency }: Series, options: ForecastOptions): ModelOptions {
  const {
    horizon = FREQUENCIES[frequency].horizon,
    combination = 'weighted',
    calendar = EMPTY_CALENDAR,
  } = options;
  return { horizon, combination, calendar };
}

export function toForecast(
  id: string,
  model: SeriesModel | Refusal,
  options: ForecastOptions,
): Forecast | NoForecast {
  if ('reason' in model) return { id, isForecast: false, reason: model.reason };
  const profile = options.profile ?? calibrateIntervals([model]);
  const { point } = model;
  const floor = model.isNonNegative ? 0 : -Infinity;
  const at = (probability: number) => {
    const reach = intervalReach(model, profile, Math.abs(2 * probability - 1));
    const sign = probability < 0.5 ? -1 : 1;
    return point.map((value, k) => Math.max(floor, value + sign * (reach[k] ?? 0)));
  };
  return {
    id,
    isForecast: true,
    point,
    intervals: (options.levels ?? DEFAULT_LEVELS).map((level) => ({
      level,
      low: at((1 - level) / 2),
      high: at((1 + level) / 2),
    })),
    quantiles: (options.quantiles ?? []).map((probability) => ({ probability, values: at(probability) })),
    methods: model.methods,
  };
}

export function checkOptions({ horizon, levels = [], quantiles = [] }: ForecastOptions): void {
  if (horizon !== undefined && !(Number.isInteger(horizon) && horizon > 0)) {
    throw new InputError(`A horizon of ${horizon} periods is none`, {
      where: 'horizon',
      remedy: 'Give a whole number above 0.',
    });
  }
  for (const level of [...levels, ...quantiles]) {
    if (level > 0 && level < 1) continue;
    throw new InputError(`${level} is no probability`, {
      where: 'levels',
      remedy: 'Give numbers between 0 and 1, as in 0.95.',
    });
  }
}
