// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { type SortedWindow, windowQuantile } from './sorted-window.ts';
import type { Tracker } from './tracker.ts';

/** Neighbouring days resemble each other: the variance of a mean of many is this much larger than of independent ones. */
const VARIANCE_INFLATION = 1.4;
/** Scatter before it can be learnt. */
const PRIOR_SCATTER = 0.1;
const MINIMUM_LEARNT = 20;
/** No scale is less than this share of theory; usually it is more than theory, as neighbours may resemble each other more. */
const THEORY_SHARE = 0.85;
const USUAL_SHARE = 1.1;
/** What a series may gain or lose a day before its own growth is known, and by how much that growth is wrong afterwards. */
const UNKNOWN_DRIFT_PER_DAY = 0.0012;
export const DRIFT_ERROR_PER_DAY = 0.0006;
/** The robust scale of what is learnt overstates it a little: the larger of two estimates. */
const LEARNT_SHARE = 0.9;
/** What a ramp has come to is above or below the truth by this much of an error in the level before it. */
const RAMP_LEVER = 1.5;

/** Usual scatter of one period around what is expected, in log units: by the middle and by the tail of the last ones. */
export function usualScatter({ scatter }: Pick<Tracker, 'scatter'>): number {
  if (scatter.count < MINIMUM_LEARNT / 2) return PRIOR_SCATTER;
  const learnt = robustScale(scatter);
  return scatter.count < MINIMUM_LEARNT ? Math.max(learnt, PRIOR_SCATTER / 2) : learnt;
}

/** Of absolute deviations: their median, or their 90 % quantile when the tail is heavy, as a standard deviation. */
function robustScale(window: SortedWindow): number {
  return Math.max(1.4826 * windowQuantile(window, 0.5), (0.9 * windowQuantile(window, 0.9)) / 1.645);
}

/**
 * What a template's statistic usually scatters by, and at least its floor. Its own past tells, but little: the windows of a
 * long template overlap. So that is averaged, as a logarithm, with what the scatter of single periods and the error of the
 * growth make of it; not for one period, of which there are many.
 */
export function templateScale(tracker: Tracker, k: number, sigma: number, unitVariance: number): number {
  const { templates, driftNear, driftFar, perDay, theoryWeight } = tracker.plan;
  const { shape, width, reference, floor } = templates[k]!;
  const isPoint = width === 1;
  const lever = shape === 'ramp' ? RAMP_LEVER : 1;
  const inflation = isPoint ? 1 : VARIANCE_INFLATION;
  const theory = sigma * Math.sqrt(inflation * unitVariance + (VARIANCE_INFLATION * lever ** 2) / reference);
  const distance = (lever * width + reference) / 2 / perDay;
  const usual = isPoint ? theory : Math.hypot(USUAL_SHARE * theory, DRIFT_ERROR_PER_DAY * distance);
  const own = tracker.statistics[k]!;
  const weight = isPoint ? 0 : theoryWeight;
  const learnt =
    own.count < MINIMUM_LEARNT ? usual : usual ** weight * (LEARNT_SHARE * robustScale(own)) ** (1 - weight);
  const scale = Math.max(floor, THEORY_SHARE * theory, learnt);
  if (tracker.count - tracker.origin >= driftNear + driftFar) return scale;
  return Math.hypot(scale, (UNKNOWN_DRIFT_PER_DAY * (width + reference)) / 2 / perDay);
}

/** The scale that a mean over so many periods is judged by. */
export function scaleOf(tracker: Tracker, count: number): number {
  const { templates } = tracker.plan;
  let k = 0;
  for (let j = 0; j < templates.length; j++)
    if (templates[j]!.shape === 'step' && templates[j]!.width <= count) k = j;
  const { width, handicap } = templates[k]!;
  return templateScale(tracker, k, usualScatter(tracker), 1 / width) * handicap;
}
