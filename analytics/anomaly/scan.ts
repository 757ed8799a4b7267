// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { driftBefore, meanBetween } from './baseline.ts';
import { addDoubts, type Doubt } from './doubt.ts';
import type { Template } from './plan.ts';
import { templateScale, usualScatter } from './scale.ts';
import { pushValue } from './sorted-window.ts';
import type { Tracker } from './tracker.ts';

export type Scan = {
  /** Of the largest |score|, which has its sign. */
  score: number;
  template: number;
  /** Usual level at the template's first period, and drift before it. */
  level: number;
  drift: number;
};

/** The period itself against the level just before it. */
export type Point = {
  level: number;
  drift: number;
  residual: number;
  mayRise: boolean;
  mayFall: boolean;
};

const sizes: number[] = [];

/**
 * Compares the last periods up to `t` (already written, not yet usual or unusual) with those before them on every
 * template, each in units of its own usual scatter: a generalised likelihood ratio over onset and shape. A special day is
 * compared by itself alone.
 */
export function scan(
  tracker: Tracker,
  t: number,
  point: Point,
  [doubt, doubtBefore]: readonly [Doubt, Doubt],
  { doesLearn, isOrdinary }: { doesLearn: boolean; isOrdinary: boolean },
): Scan {
  const { templates } = tracker.plan;
  const sigma = usualScatter(tracker);
  const best: Scan = { score: 0, template: 0, level: Number.NaN, drift: 0 };
  const doubtWithBefore = addDoubts(doubt, doubtBefore);
  for (let k = 0; k < templates.length; k++) {
    const template = templates[k]!;
    const isPoint = template.width === 1;
    sizes[k] = Number.NaN;
    if (t - tracker.origin < minimumHistory(tracker, template) || !(isPoint || isOrdinary)) continue;
    const { size, unitVariance, count, level, drift } = isPoint
      ? {
          size: point.residual,
          unitVariance: 1,
          count: 1,
          level: point.level,
          drift: point.drift,
        }
      : measure(tracker, template, t);
    sizes[k] = Math.abs(size);
    const scale = templateScale(tracker, k, sigma, unitVariance);
    const score = scoreOf(size, scale * template.handicap, count, isPoint ? doubt : doubtWithBefore);
    const isAsked = score > 0 ? point.mayRise : point.mayFall;
    if (!isAsked || !(Math.abs(score) > Math.abs(best.score))) continue;
    best.score = score;
    best.template = k;
    best.level = level;
    best.drift = drift;
  }
  if (doesLearn) learnSizes(tracker);
  return best;
}

/** A mean over so many periods in units of its scale; what is seen of a period is there, however little that is. */
export function scoreOf(size: number, scale: number, count: number, doubt: Doubt): number {
  const variance = doubt.variance + (size < 0 ? doubt.fallVariance : 0);
  const score = size / Math.sqrt(scale * scale + variance / count ** 2);
  return size > 0 ? Math.max(score, (size - doubt.overstated / count) / scale) : score;
}

function learnSizes({ statistics }: Tracker): void {
  for (let k = 0; k < statistics.length; k++)
    if (Number.isFinite(sizes[k]!)) pushValue(statistics[k]!, sizes[k]!);
}

function minimumHistory({ plan }: Tracker, { shape, width }: Template): number {
  if (shape === 'ramp') return Math.max(plan.judgesRampsAfter, width + plan.levelLong);
  return width === 1 ? plan.judgesPointsAfter : plan.judgesStepsAfter;
}

const NOTHING = {
  size: Number.NaN,
  unitVariance: 1,
  count: 1,
  level: Number.NaN,
  drift: 0,
};

/** The step's height, or what a ramp has come to, above level and drift; its variance for a scatter of one. */
function measure(tracker: Tracker, { width, reference, shape }: Template, t: number) {
  const { sums } = tracker;
  const start = t - width + 1;
  const usual = meanBetween(tracker, start - reference, start, Math.min(7, reference / 2));
  const n = sums.n[t + 1]! - sums.n[start]!;
  if (!Number.isFinite(usual) || n < Math.max(1, width / 2)) return NOTHING;
  const drift = driftBefore(tracker, start);
  const level = usual + (drift * (reference + 1)) / 2;
  const x = sums.x[t + 1]! - sums.x[start]!;
  const i = sums.i[t + 1]! - sums.i[start]!;
  const sumRest = x - level * n - drift * (i - start * n);
  if (shape === 'step') return { size: sumRest / n, unitVariance: 1 / n, count: n, level, drift };
  const ix = sums.ix[t + 1]! - sums.ix[start]!;
  const ii = sums.ii[t + 1]! - sums.ii[start]!;
  const before = start - 1;
  const product = ix - level * i - drift * (ii - start * i) - before * sumRest;
  const square = ii - 2 * before * i + before * before * n;
  return {
    size: (width * product) / square,
    unitVariance: width ** 2 / square,
    count: n / 2,
    level,
    drift,
  };
}
