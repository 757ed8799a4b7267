// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { type Calendar, EMPTY_CALENDAR, toDayNumber } from './calendar.ts';
import type { TotalModel } from './conformal-total.ts';
import { localLine } from './local-line.ts';
import { isLogSafe, logMethods } from './log-method.ts';
import type { Method } from './method.ts';
import { selectMethods } from './method-pool.ts';
import { modelSeries } from './model-series.ts';
import { mean } from './numeric.ts';
import { stlMethods } from './stl-method.ts';
import { trendMethod } from './trend.ts';

export type LandingSeries = {
  id: string;
  /** The day of the first value, YYYY-MM-DD. */
  firstDate: string;
  /** Cost a day up to the day before `asOf`, without the known charges; null where there is none yet. */
  dailyCost: ArrayLike<number | null | undefined>;
  /** Charges in the period that are certain, such as commitments and fees: carried forward exactly. */
  knownCost?: number;
};

/** How much of a day's final cost is seen: the usual share, and the standard deviation of that share over itself. */
export type Completeness = { shareRatio: number; spreadRatio: number };

export type LandingOptions = {
  /** Data is known before this date, YYYY-MM-DD. */
  asOf: string;
  /** Last day of the period, included; by default the end of the month of the last known day. */
  periodEnd?: string;
  /** First day of the period; by default the first of that month. */
  periodStart?: string;
  /** For the last days, the newest first; days beyond the list are complete. */
  completeness?: readonly Completeness[];
  calendar?: Calendar;
  /** Coverage of low to high; 0.9 by default. */
  level?: number;
};

/** Days since 1970-01-01: the first and last of the period, and the first that is not known yet. */
export type Period = { start: number; end: number; now: number };

/** A landing without its interval. */
export type Draft = {
  completeCost: number;
  incompleteCost: number;
  comingCost: number;
  knownCost: number;
  isNonNegative: boolean;
  /** Cost of each day of the period that is not complete, as forecast; the first is the day numbered `pathStart`. */
  path: Float64Array;
  pathStart: number;
  model?: TotalModel;
};

/** A change of level that incomplete days show is believed this much for the days to come. */
const LEVEL_CARRY_RATIO = 0.3;

/** Weeks over which growth shows through weekends and noise. */
const GROWTH_DAYS = 84;
const GROWING = [localLine(GROWTH_DAYS), trendMethod(false)];

/** In a sum of days growth adds up while noise cancels out: methods that do not damp it compete too. */
function selectLandingMethods(history: Float64Array, seasons: readonly number[]): Method[] {
  const growing = seasons.length > 0 ? stlMethods(GROWING, seasons) : GROWING;
  const usable = (isLogSafe(history) ? logMethods(growing) : growing).filter(
    ({ minimumLength }) => minimumLength <= history.length,
  );
  return [...selectMethods(history, seasons), ...usable];
}

/** The total of the period from what is known before `period.now`. */
export function draftLanding(
  series: LandingSeries,
  options: LandingOptions,
  period: Period,
): Draft | { reason: string } {
  const { completeness = [], calendar = EMPTY_CALENDAR } = options;
  const { knownCost = 0 } = series;
  const first = toDayNumber(series.firstDate);
  const seen = Float64Array.from(
    { length: Math.max(0, period.now - first) },
    (_, i) => series.dailyCost[i] ?? Number.NaN,
  );
  const matureEnd = Math.max(0, seen.length - completeness.length);
  const completeCost = sumRange(seen, period.start - first, Math.min(matureEnd, period.end + 1 - first));
  const none = { path: new Float64Array(0), pathStart: period.end + 1 };
  const done = { completeCost, incompleteCost: 0, comingCost: 0, knownCost, isNonNegative: true, ...none };
  if (first + matureEnd > period.end) return done;
  const horizon = period.end + 1 - first - matureEnd;
  const model = modelSeries(
    { id: series.id, frequency: 'daily', values: seen.subarray(0, matureEnd), firstDate: series.firstDate },
    { horizon, calendar, select: selectLandingMethods },
  );
  if ('reason' in model) return model;
  const predicted = model.point;
  const stepError = typicalStepError(model.residuals, mean(predicted));
  const { blended, adjustment } = blendIncomplete(
    seen.subarray(matureEnd),
    predicted,
    completeness,
    stepError,
  );
  const dayOf = (k: number) => first + matureEnd + k;
  const days = predicted.map((value, k) => (k < blended.length ? blended[k]! : value * adjustment));
  const skipped = Math.max(0, period.start - dayOf(0));
  const incompleteCost = sumRange(days, skipped, blended.length);
  const comingCost = sumRange(days, Math.max(skipped, blended.length), horizon);
  const total = { model, fromStep: Math.max(1, period.start - first - matureEnd + 1), toStep: horizon };
  return {
    completeCost,
    incompleteCost,
    comingCost,
    knownCost,
    isNonNegative: model.isNonNegative,
    path: days.slice(skipped),
    pathStart: dayOf(skipped),
    model: total,
  };
}

export function sumRange(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let i = Math.max(0, from); i < to; i++) sum += Number.isFinite(values[i]!) ? values[i]! : 0;
  return sum;
}

/** Relative error of the forecast of one near day. */
function typicalStepError(residuals: readonly Float64Array[], level: number): number {
  let sum = 0;
  let count = 0;
  for (const errors of residuals) {
    for (const error of errors.subarray(0, 3)) {
      sum += Math.abs(error);
      count++;
    }
  }
  return count > 0 && level !== 0 ? Math.max(0.02, (1.25 * sum) / count / Math.abs(level)) : 0.2;
}

/**
 * Incomplete days as they will be: what is seen over its usual share, and the forecast, weighed by their precision. What
 * both together say about the level carries over to the days to come.
 */
function blendIncomplete(
  seen: Float64Array,
  predicted: Float64Array,
  completeness: readonly Completeness[],
  stepError: number,
): { blended: Float64Array; adjustment: number } {
  const count = Math.min(seen.length, predicted.length);
  const blended = predicted.slice(0, count);
  for (let k = 0; k < count; k++) {
    const age = completeness[seen.length - 1 - k];
    if (age === undefined || !Number.isFinite(seen[k]!)) continue;
    const precision = 1 / Math.max(1e-6, age.spreadRatio ** 2);
    const share = precision / (precision + 1 / stepError ** 2);
    blended[k] = share * (seen[k]! / age.shareRatio) + (1 - share) * predicted[k]!;
  }
  const expected = sumRange(predicted, 0, count);
  const ratio = expected > 0 ? sumRange(blended, 0, count) / expected : 1;
  return { blended, adjustment: Math.min(5, Math.max(0.2, ratio)) ** LEVEL_CARRY_RATIO };
}
