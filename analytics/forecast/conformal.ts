// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import type { SeriesModel } from './model-series.ts';

/** How far actual values fall from forecasts, in units of a series' own scale; learnt from many series or one. */
export type IntervalProfile = {
  /** Typical size of the error by step, step 1 first, relative to the mean over all steps. */
  growth: number[];
  /** Beyond the last step errors grow with this power of the step. */
  growthPower: number;
  /** Quantiles of absolute standardized errors at probabilities 0, 1/200, ..., 1. */
  scores: number[];
};

const GRID = 200;
/** A series' scale of error: its validation error to this power, its roughness to the rest. */
const VALIDATION_SHARE = 0.75;
/** Each origin counts this much less than the next one. */
const RECENCY = 0.6;
/** The default shape counts as much as this many origins, so a single series leans on it and a pool does not. */
const PRIOR_ORIGINS = 30;
/** Errors of a random walk grow with the root of the step; believed as much as this many origins. */
const PRIOR_GROWTH_POWER = 0.5;
const PRIOR_GROWTH_ORIGINS = 6;
/** One series' few validation errors flatter its next ones by about this much. */
const PRIOR_INFLATION = 1.1;
/** With at least this many errors a step has its own growth, not one of the fitted power. */
const ENOUGH_ERRORS = 200;
/** Errors to roughness where a history is too short to be validated. */
const UNTRIED_RATIO = 1.5;

/** The shape of absolute errors where little is known: a Student distribution with 4 degrees of freedom. */
const DEFAULT_SCORES = studentScores();

/** The scale in which a series' errors are measured; `without` leaves one origin out. */
export function errorScale(model: SeriesModel, without = -1): number {
  let sum = 0;
  let count = 0;
  model.residuals.forEach((errors, o) => {
    if (o === without) return;
    for (const error of errors) sum += Math.abs(error);
    count += errors.length;
  });
  const { roughness } = model;
  if (count === 0) return UNTRIED_RATIO * roughness;
  const validation = sum / count;
  return roughness > 0 ? validation ** VALIDATION_SHARE * roughness ** (1 - VALIDATION_SHARE) : validation;
}

/**
 * Split conformal calibration pooled over series. Vovk, Gammerman and Shafer (2005), Algorithmic Learning in a Random
 * World; Lei, G'Sell, Rinaldo, Tibshirani and Wasserman (2018), Journal of the American Statistical Association 113,
 * 1094-1111. An error is standardized by a scale that does not know it (leave one origin out), and recent origins weigh
 * more: Barber, Candes, Ramdas and Tibshirani (2023), Annals of Statistics 51, 816-845.
 */
export function calibrateIntervals(models: readonly SeriesModel[]): IntervalProfile {
  const errors: { step: number; score: number; weight: number }[] = [];
  let originCount = 0;
  for (const model of models) {
    model.residuals.forEach((residuals, o) => {
      const scale = errorScale(model, o);
      if (!(scale > 0)) return;
      originCount++;
      const weight = RECENCY ** (model.residuals.length - 1 - o);
      residuals.forEach((residual, k) => {
        errors.push({ step: k + 1, score: Math.abs(residual) / scale, weight });
      });
    });
  }
  const { growth, growthPower } = fitGrowth(errors, originCount);
  const scores = errors.map(({ step, score, weight }) => ({ score: score / growth[step - 1]!, weight }));
  return { growth, growthPower, scores: blendScores(scores, originCount) };
}

/** Half the width of the interval around the forecast that holds the actual value with this probability, by step. */
export function intervalReach(model: SeriesModel, profile: IntervalProfile, coverage: number): Float64Array {
  const unit = errorScale(model) * scoreAt(profile, coverage);
  return model.point.map((_, k) => unit * growthAt(profile, model.gap + k + 1));
}

/** The chance that an error, in units of the scale at its step, is at most `score` in absolute value. */
export function scoreProbability({ scores }: IntervalProfile, score: number): number {
  if (score >= scores[GRID]!) return 1;
  let low = 0;
  let high = GRID;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (scores[middle]! <= score) low = middle;
    else high = middle;
  }
  const width = scores[high]! - scores[low]!;
  return (low + (width > 0 ? (score - scores[low]!) / width : 0)) / GRID;
}

export function growthAt({ growth, growthPower }: IntervalProfile, step: number): number {
  const last = growth.length;
  return step <= last
    ? growth[step - 1]!
    : (growth[last - 1] ?? 1) * (step / Math.max(1, last)) ** growthPower;
}

function scoreAt({ scores }: IntervalProfile, coverage: number): number {
  const position = Math.min(1, Math.max(0, coverage)) * GRID;
  const below = Math.min(GRID - 1, Math.floor(position));
  return scores[below]! + (position - below) * (scores[below + 1]! - scores[below]!);
}

type Score = { step: number; score: number; weight: number };

function fitGrowth(errors: readonly Score[], originCount: number): { growth: number[]; growthPower: number } {
  const steps = errors.reduce((most, { step }) => Math.max(most, step), 0);
  if (steps === 0) return { growth: [1], growthPower: 0.5 };
  const sums = new Float64Array(steps);
  const weights = new Float64Array(steps);
  const counts = new Float64Array(steps);
  for (const { step, score, weight } of errors) {
    sums[step - 1]! += weight * score;
    weights[step - 1]! += weight;
    counts[step - 1]!++;
  }
  const means = sums.map((sum, k) => sum / weights[k]!);
  const growthPower = fitPower(means, originCount);
  const powers = means.map((_, k) => (k + 1) ** growthPower);
  const level = weightedMean(means, weights) / weightedMean(powers, weights) || 1;
  const growth = Array.from(powers, (power, k) => (counts[k]! >= ENOUGH_ERRORS ? means[k]! : level * power));
  const average = weightedMean(growth, weights) || 1;
  return { growth: growth.map((value) => value / average), growthPower };
}

/** The power of the step by which mean errors grow, drawn to the default one where origins are few. */
function fitPower(means: Float64Array, originCount: number): number {
  let [n, sx, sy, sxx, sxy] = [0, 0, 0, 0, 0];
  means.forEach((value, k) => {
    if (!(value > 0)) return;
    const x = Math.log(k + 1);
    const y = Math.log(value);
    n++;
    sx += x;
    sy += y;
    sxx += x * x;
    sxy += x * y;
  });
  const spread = n * sxx - sx * sx;
  const slope = spread > 0 ? Math.min(1, Math.max(0, (n * sxy - sx * sy) / spread)) : PRIOR_GROWTH_POWER;
  return (
    (originCount * slope + PRIOR_GROWTH_ORIGINS * PRIOR_GROWTH_POWER) / (originCount + PRIOR_GROWTH_ORIGINS)
  );
}

function weightedMean(values: ArrayLike<number>, weights: Float64Array): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    sum += weights[i]! * values[i]!;
    total += weights[i]!;
  }
  return total > 0 ? sum / total : 0;
}

/** Weighted quantiles with the conformal allowance for the next error, mixed with the default shape. */
function blendScores(scores: { score: number; weight: number }[], originCount: number): number[] {
  if (scores.length === 0) return DEFAULT_SCORES;
  scores.sort((a, b) => a.score - b.score);
  const total = scores.reduce((sum, { weight }) => sum + weight, 0);
  const share = originCount / (originCount + PRIOR_ORIGINS);
  let index = 0;
  let reached = scores[0]!.weight;
  return DEFAULT_SCORES.map((prior, i) => {
    const wanted = Math.min(total, (i / GRID) * total * (1 + 1 / scores.length));
    while (reached < wanted && index < scores.length - 1) reached += scores[++index]!.weight;
    return i === 0 ? 0 : share * scores[index]!.score + (1 - share) * prior;
  });
}

/** Quantiles of |t| with 4 degrees of freedom, whose mean is 1, in closed form (Shaw, 2006, Journal of Computational Finance 9); the last one at 0.9995. */
function studentScores(): number[] {
  return Array.from({ length: GRID + 1 }, (_, i) => {
    const probability = 0.5 + Math.min(i / GRID, 0.9995) / 2;
    const a = 4 * probability * (1 - probability);
    const root = Math.sqrt(a);
    return PRIOR_INFLATION * 2 * Math.sqrt(Math.max(0, Math.cos(Math.acos(root) / 3) / root - 1));
  });
}
