// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { type Backtest, backtest } from './backtest.ts';
import { type Calendar, EMPTY_CALENDAR, toDayNumber } from './calendar.ts';
import { fitCalendarEffects } from './calendar-effects.ts';
import { type Combination, combineForecasts, weighByError } from './combine.ts';
import { selectMethods } from './method-pool.ts';
import { differenceScale, median } from './numeric.ts';
import { type Prepared, prepareSeries, type Refusal, type Series } from './prepare-series.ts';

export type SeriesModel = {
  id: string;
  isNonNegative: boolean;
  /** Periods between the history's end and the first of `point`. */
  gap: number;
  point: Float64Array;
  methods: { name: string; weight: number }[];
  /** Errors (actual - forecast) of the combination at past origins, one array an origin, by step. */
  residuals: Float64Array[];
  /** Mean absolute change between values: the fallback scale of errors. */
  roughness: number;
};

export type ModelOptions = {
  horizon: number;
  /** Holidays and planned events, for daily series that say when they begin. */
  calendar?: Calendar;
  combination?: Combination;
  /** Fit at most so many last values; by default what suits the frequency. */
  window?: number;
  /** The methods that compete; by default `selectMethods`. */
  select?: typeof selectMethods;
};

/**
 * Validates the methods on the history's own past, weighs them by it, and forecasts with their combination. Special days of
 * a daily series with a date are taken out before and put back after.
 */
export function modelSeries(series: Series, options: ModelOptions): SeriesModel | Refusal {
  if (series.firstDate !== undefined && series.frequency === 'daily') {
    return modelSpecialDays(series, toDayNumber(series.firstDate), options);
  }
  const prepared = prepareSeries(series, options.window);
  return 'reason' in prepared ? prepared : modelHistory(series.id, prepared, options);
}

function modelSpecialDays(series: Series, firstDay: number, options: ModelOptions): SeriesModel | Refusal {
  const complete = series.values.length - (series.incompleteCount ?? 0);
  const values = Float64Array.from({ length: series.values.length }, (_, i) =>
    i < complete ? (series.values[i] ?? Number.NaN) : Number.NaN,
  );
  const effects = fitCalendarEffects(values, firstDay, options.calendar ?? EMPTY_CALENDAR);
  const prepared = prepareSeries({ ...series, values: effects.ordinary }, options.window);
  if ('reason' in prepared) return prepared;
  const model = modelHistory(series.id, prepared, options);
  const level = median(model.point);
  const isNonNegative = !values.some((value) => value < 0);
  const point = model.point.map((value, k) => {
    const { plannedRatio, learntShare } = effects.effectAt(firstDay + values.length + k);
    const special = value * (1 + plannedRatio) + level * learntShare;
    return isNonNegative ? Math.max(0, special) : special;
  });
  return { ...model, point, isNonNegative };
}

export function modelHistory(id: string, prepared: Prepared, options: ModelOptions): SeriesModel {
  const { history, gap, isNonNegative, seasons } = prepared;
  const { combination = 'weighted', select = selectMethods } = options;
  const horizon = options.horizon + gap;
  const methods = select(history, seasons);
  const trial = backtest(history, methods, seasons.at(-1) ?? 1, horizon);
  const errors = trial.forecasts.map((perOrigin) =>
    perOrigin.map((forecast, o) => meanAbsoluteError(history, trial.origins[o]!, forecast)),
  );
  const weights = weighMethods(errors);
  const forecasts = methods.map((method) => method.fit(history).forecast(history, horizon));
  const point = bound(combineForecasts(forecasts, weights, combination), history, isNonNegative);
  return {
    id,
    isNonNegative,
    gap,
    point: point.slice(gap),
    methods: methods.map(({ name }, j) => ({ name, weight: weights[j]! })),
    residuals: findResiduals(history, trial, errors, combination, isNonNegative),
    roughness: differenceScale(history, 1),
  };
}

function weighMethods(errors: number[][], without = -1): number[] {
  const used = errors.map((perOrigin) => perOrigin.filter((_, o) => o !== without));
  const count = used[0]?.length ?? 0;
  if (count === 0) return errors.map(() => 1 / errors.length);
  return weighByError(
    used.map((perOrigin) => perOrigin.reduce((sum, error) => sum + error, 0) / count),
    count,
  );
}

/** At each origin the combination is weighed by the other origins only: no residual is flattered by its own weight. */
function findResiduals(
  history: Float64Array,
  trial: Backtest,
  errors: number[][],
  combination: Combination,
  isNonNegative: boolean,
): Float64Array[] {
  return trial.origins.map((origin, o) => {
    const weights = weighMethods(errors, o);
    const own = trial.forecasts.map((perOrigin) => perOrigin[o]!);
    const known = history.subarray(0, origin);
    const forecast = bound(combineForecasts(own, weights, combination), known, isNonNegative);
    return forecast.map((value, k) => history[origin + k]! - value);
  });
}

function meanAbsoluteError(history: Float64Array, origin: number, forecast: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < forecast.length; k++) sum += Math.abs(history[origin + k]! - forecast[k]!);
  return sum / forecast.length;
}

/** No forecast leaves the history's range by more than the range itself. */
function bound(forecast: Float64Array, history: Float64Array, isNonNegative: boolean): Float64Array {
  let low = Infinity;
  let high = -Infinity;
  for (const value of history) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const range = high - low;
  const floor = isNonNegative ? Math.max(0, low - range) : low - range;
  return forecast.map((value) => Math.min(high + range, Math.max(floor, value)));
}
