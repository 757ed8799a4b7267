import {
  type CapacityOptions,
  forecastCapacity,
  type PooledSeries,
} from '../../forecast/capacity-forecast.ts';
import { refuseItem } from './judge-item.ts';
import { type CapacityItem, readDemand } from './read-items.ts';

/** Forecasts beside what came, of one kind of metric at one distance. */
export type AccuracyRow = {
  kind: string;
  metric: string;
  horizon_days: number;
  forecast_count: number;
  /** Of `forecast_count`, those that were below their threshold: a probability was said. */
  probability_count: number;
  exhausted_count: number;
  brier: number | null;
  brier_skill: number | null;
  calibration_error: number | null;
  wape: number | null;
  bias: number | null;
  p95_coverage: number | null;
};

export type OwnScore = {
  series_id: string;
  own_wape: number | null;
  own_p95_coverage: number | null;
  own_days: number;
};

/** Distances of the rolling origins; both fit into a quarter of collected history. */
const HORIZONS_DAYS = [30, 60] as const;
/** The distance at which a series' own accuracy is told. */
const OWN_HORIZON_DAYS = 30;
const MINIMUM_TRAINING_DAYS = 28;
const BINS = 10;

/**
 * Forecasts every item as of 30 and of 60 days before its last complete day, without what came after, and compares.
 *
 * @param items starts again at every call.
 * @param onOwn takes each item's own score.
 */
export async function scoreForecasts(
  items: () => AsyncIterable<CapacityItem>,
  {
    asOf,
    options,
    onOwn,
  }: { asOf: string; options: CapacityOptions; onOwn: (score: OwnScore) => Promise<void> },
): Promise<AccuracyRow[]> {
  const scores = new Map<string, Score>();
  for (const horizon of HORIZONS_DAYS) {
    if (horizon > (options.horizon ?? Infinity)) continue;
    const past = () => listPast(items(), asOf, horizon);
    const seriesOf = async function* (): AsyncGenerator<PooledSeries> {
      for await (const { series } of past()) yield series;
    };
    const forecasts = forecastCapacity(seriesOf, {
      ...options,
      horizon,
      at: [horizon],
      probabilities: [0.5, 0.95],
    });
    const actuals = past();
    for await (const { exhaustion, levels } of forecasts) {
      const { value } = await actuals.next();
      if (!value) break;
      const { item, actual } = value as Past;
      const key = `${poolOf(item)}|${horizon}`;
      const score = scores.get(key) ?? emptyScore(item, horizon);
      scores.set(key, score);
      const own = compareLevels(
        actual,
        levels.map(({ values }) => values),
      );
      addLevels(score, own);
      if (horizon === OWN_HORIZON_DAYS && own.days > 0) await onOwn(describeOwn(item.seriesId, own));
      if (exhaustion.state !== 'forecast') continue;
      const threshold = item.thresholdRatio * (item.limit ?? Infinity);
      addProbability(
        score,
        exhaustion.probabilities[0]?.probability ?? 0,
        actual.some(({ load }) => load >= threshold),
      );
    }
  }
  return [...scores.values()].map(describeScore).sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

type Past = {
  item: CapacityItem;
  series: PooledSeries;
  actual: { step: number; load: number; isCensored: boolean }[];
};

/** Each item as it was known so many days before its last complete day, where enough was. */
async function* listPast(
  items: AsyncIterable<CapacityItem>,
  asOf: string,
  horizon: number,
): AsyncGenerator<Past> {
  for await (const item of items) {
    if (refuseItem(item, asOf) !== undefined) continue;
    const end = item.loads.findLastIndex(Number.isFinite) + 1;
    const origin = end - horizon;
    const known = { ...item, loads: item.loads.slice(0, Math.max(0, origin)) };
    if (known.loads.filter(Number.isFinite).length < MINIMUM_TRAINING_DAYS) continue;
    const actual = Array.from({ length: horizon }, (_, k) => ({
      step: k,
      load: item.loads[origin + k] ?? Number.NaN,
      isCensored: item.isCensored(origin + k),
    })).filter(({ load }) => Number.isFinite(load));
    yield { item, series: toSeries(known), actual };
  }
}

/** An item as the forecast takes it. */
export function toSeries(item: CapacityItem): PooledSeries {
  return {
    id: item.seriesId,
    frequency: 'daily',
    pool: poolOf(item),
    values: readDemand(item),
    threshold: item.limit === null ? null : item.thresholdRatio * item.limit,
  };
}

/** Items that are judged by each other: a kind's metric, and all quotas together. */
function poolOf({ scope, kind, metric }: CapacityItem): string {
  return scope === 'quota' ? 'quota|usage' : `${kind}|${metric}`;
}

type LevelErrors = { days: number; sumError: number; sumBias: number; sumActual: number; held: number };

/** A day at the ceiling is at least what is seen: a forecast above it is not wrong. */
function compareLevels(actual: Past['actual'], [middle, high]: Float64Array[]): LevelErrors {
  const errors: LevelErrors = { days: 0, sumError: 0, sumBias: 0, sumActual: 0, held: 0 };
  if (middle === undefined || high === undefined) return errors;
  for (const { step, load, isCensored } of actual) {
    const said = middle[step] ?? Number.NaN;
    const error = isCensored ? Math.min(0, said - load) : said - load;
    errors.days++;
    errors.sumError += Math.abs(error);
    errors.sumBias += error;
    errors.sumActual += load;
    errors.held += load <= (high[step] ?? Number.NaN) ? 1 : 0;
  }
  return errors;
}

type Score = LevelErrors & {
  kind: string;
  metric: string;
  horizon: number;
  forecastCount: number;
  probabilityCount: number;
  exhaustedCount: number;
  sumSquares: number;
  bins: { said: number; came: number }[];
};

function emptyScore({ scope, kind, metric }: CapacityItem, horizon: number): Score {
  const bins = Array.from({ length: BINS }, () => ({ said: 0, came: 0 }));
  const counts = { forecastCount: 0, probabilityCount: 0, exhaustedCount: 0, sumSquares: 0 };
  return {
    kind: scope === 'quota' ? 'quota' : kind,
    metric,
    horizon,
    ...counts,
    bins,
    days: 0,
    sumError: 0,
    sumBias: 0,
    sumActual: 0,
    held: 0,
  };
}

function addLevels(score: Score, { days, sumError, sumBias, sumActual, held }: LevelErrors): void {
  if (days > 0) score.forecastCount++;
  score.days += days;
  score.sumError += sumError;
  score.sumBias += sumBias;
  score.sumActual += sumActual;
  score.held += held;
}

function addProbability(score: Score, said: number, came: boolean): void {
  const outcome = came ? 1 : 0;
  score.probabilityCount++;
  score.exhaustedCount += outcome;
  score.sumSquares += (said - outcome) ** 2;
  const bin = score.bins[Math.min(BINS - 1, Math.floor(said * BINS))];
  if (bin === undefined) return;
  bin.said += said;
  bin.came += outcome;
}

function describeScore(score: Score): AccuracyRow {
  const { probabilityCount: n, exhaustedCount } = score;
  const baseRate = exhaustedCount / n;
  const climatology = baseRate * (1 - baseRate);
  const brier = score.sumSquares / n;
  const gap = score.bins.reduce((sum, { said, came }) => sum + Math.abs(said - came), 0) / n;
  return {
    kind: score.kind,
    metric: score.metric,
    horizon_days: score.horizon,
    forecast_count: score.forecastCount,
    probability_count: n,
    exhausted_count: exhaustedCount,
    brier: n > 0 ? brier : null,
    brier_skill: climatology > 0 ? 1 - brier / climatology : null,
    calibration_error: n > 0 ? gap : null,
    wape: score.sumActual > 0 ? score.sumError / score.sumActual : null,
    bias: score.sumActual > 0 ? score.sumBias / score.sumActual : null,
    p95_coverage: score.days > 0 ? score.held / score.days : null,
  };
}

function describeOwn(series_id: string, { days, sumError, sumActual, held }: LevelErrors): OwnScore {
  return {
    series_id,
    own_wape: sumActual > 0 ? sumError / sumActual : null,
    own_p95_coverage: days > 0 ? held / days : null,
    own_days: days,
  };
}

function sortKey({ kind, metric, horizon_days }: AccuracyRow): string {
  return `${kind}|${metric}|${horizon_days}`;
}
