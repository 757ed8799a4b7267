// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { InputError } from '../errors.ts';
import { errorScale } from './conformal.ts';
import type { Method } from './method.ts';
import { modelSeries, type SeriesModel } from './model-series.ts';
import { DRIFT, NAIVE, RECENT_DRIFT } from './naive.ts';
import { fitLine } from './numeric.ts';
import type { Refusal, Series } from './prepare-series.ts';
import { SES } from './ses.ts';
import { stlMethods } from './stl-method.ts';
import { DYNAMIC_THETA } from './theta.ts';
import { collectTrajectories, type Trajectory } from './trajectories.ts';
import { trendMethod } from './trend.ts';

export type CapacitySeries = Series & {
  /** Exhausted when the metric reaches this; null or undefined where no limit is known. */
  threshold: number | null | undefined;
  /** The most that the metric can show, as 100 for a percentage: values there say "at least". */
  saturation?: number;
};

export type ExhaustionOptions = {
  /** Periods ahead; 90 by default. */
  horizon?: number;
  /** Periods ahead at which the probability is wanted; 30, 60 and 90 by default. */
  at?: readonly number[];
  seed?: number;
};

export type Exhaustion =
  | { id: string; state: 'unknown'; reason: string }
  /** The threshold is reached: the last value, or most of the last `RECENT` ones, is at or beyond it. */
  | { id: string; state: 'reached'; headroom: number }
  | {
      id: string;
      state: 'forecast';
      /** Threshold less the highest of the last values. */
      headroom: number;
      /** Change a period over the last values, by least squares. */
      slope: number;
      /** Probability that the threshold is reached within so many periods. */
      probabilities: { periods: number; probability: number }[];
      /** Periods until it is reached with a chance of 10, 50 and 90 %; null beyond the horizon. */
      low: number | null;
      median: number | null;
      high: number | null;
    };

const RECENT = 7;
const DEFAULT_HORIZON = 90;
const MINIMUM_OBSERVATIONS = 14;
/** History fitted, in horizons: past forecasts must have room to show how they end. */
const WINDOW_HORIZONS = 4;
const MINIMUM_WINDOW = 182;

/**
 * When series reach their thresholds, with the probability by date: the combined forecast, and around it the ways in which
 * past forecasts, of all series given, went wrong. Throws InputError where an option makes no sense.
 */
export function forecastExhaustions(
  series: readonly CapacitySeries[],
  options: ExhaustionOptions = {},
): Exhaustion[] {
  const { horizon = DEFAULT_HORIZON, seed = 0 } = options;
  if (!(Number.isInteger(horizon) && horizon > 0)) {
    throw new InputError(`A horizon of ${horizon} periods is none`, {
      where: 'horizon',
      remedy: 'Give a whole number above 0.',
    });
  }
  const models = series.map((each) => modelCapacity(each, horizon));
  const usable = models.filter((model): model is SeriesModel => !('reason' in model));
  usable.sort((a, b) => (a.id < b.id ? -1 : 1));
  const trajectories = collectTrajectories(usable, horizon, seed);
  return series.map((each, i) => {
    const model = models[i]!;
    if ('reason' in model) return { id: each.id, state: 'unknown', reason: model.reason };
    return judgeExhaustion(each, model, trajectories, options);
  });
}

/** The forecast that a judgement of exhaustion needs, or why there is none. */
export function modelCapacity(series: CapacitySeries, horizon: number): SeriesModel | Refusal {
  const reason = refuse(series);
  if (reason !== undefined) return { reason };
  const window = Math.max(MINIMUM_WINDOW, WINDOW_HORIZONS * horizon);
  return modelSeries(series, { horizon, window, select: selectTrending });
}

/** `forecastExhaustions` for one series, which can lean only on itself. */
export function forecastExhaustion(series: CapacitySeries, options: ExhaustionOptions = {}): Exhaustion {
  return forecastExhaustions([series], options)[0]!;
}

/** Growth that goes on decides at this distance: methods that do not damp it compete with those that do. */
function selectTrending(history: Float64Array, seasons: readonly number[]): Method[] {
  const holt = trendMethod(false);
  const methods = [NAIVE, DYNAMIC_THETA, trendMethod(true), holt, DRIFT, RECENT_DRIFT];
  const seasonal = seasons.length > 0 ? stlMethods([SES, DYNAMIC_THETA, holt], seasons) : [];
  return [...methods, ...seasonal].filter(({ minimumLength }) => minimumLength <= history.length);
}

function refuse({ threshold, values }: CapacitySeries): string | undefined {
  if (threshold === null || threshold === undefined || !Number.isFinite(threshold))
    return 'its limit is not known';
  const observed = listObserved(values);
  if (observed.length >= MINIMUM_OBSERVATIONS) return undefined;
  return `it has ${observed.length} values and needs ${MINIMUM_OBSERVATIONS}`;
}

function listObserved(values: Series['values']): number[] {
  return Array.from(values, (value) => value ?? Number.NaN).filter(Number.isFinite);
}

/** When the threshold is reached, on the paths around the model's forecast. */
export function judgeExhaustion(
  { id, threshold, saturation, values }: CapacitySeries,
  model: SeriesModel,
  trajectories: readonly Trajectory[],
  { horizon = DEFAULT_HORIZON, at = [30, 60, 90] }: ExhaustionOptions,
): Exclude<Exhaustion, { state: 'unknown' }> {
  const limit = Math.min(threshold!, saturation ?? Infinity);
  const observed = listObserved(values);
  const recent = observed.slice(-RECENT);
  const headroom = limit - Math.max(...recent);
  const beyond = recent.filter((value) => value >= limit).length;
  if (recent.at(-1)! >= limit || beyond > RECENT / 2) return { id, state: 'reached', headroom };
  const first = firstPassages(model, trajectories, limit);
  const chanceBy = (periods: number) => first.filter((k) => k <= periods).length / first.length;
  first.sort((a, b) => a - b);
  const quantileOf = (probability: number) => {
    const passage = first[Math.ceil(probability * first.length) - 1] ?? Infinity;
    return passage <= horizon ? passage : null;
  };
  return {
    id,
    state: 'forecast',
    headroom,
    slope: fitLine(observed.slice(-4 * RECENT)).slope,
    probabilities: at
      .filter((p) => p <= horizon)
      .map((periods) => ({ periods, probability: chanceBy(periods) })),
    low: quantileOf(0.1),
    median: quantileOf(0.5),
    high: quantileOf(0.9),
  };
}

/** For each path the first step at or beyond the limit; Infinity where it is never reached. */
function firstPassages(model: SeriesModel, trajectories: readonly Trajectory[], limit: number): number[] {
  const scale = errorScale(model);
  return trajectories.map((trajectory) => {
    for (let k = 0; k < model.point.length; k++)
      if (model.point[k]! + scale * trajectory[k]! >= limit) return k + 1;
    return Infinity;
  });
}
