// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import type { Method } from './method.ts';
import { minimizeScalar } from './minimize.ts';

const MINIMUM_ALPHA = 0.001;
const MAXIMUM_ALPHA = 0.9999;

export type Smoothed = {
  /** Level after the last value: every forecast of simple exponential smoothing. */
  level: number;
  squaredError: number;
};

/** One pass for a given alpha; the first level is the one of least squares, which is exact because errors are linear in it. */
export function smooth(y: Float64Array, alpha: number): Smoothed {
  let level = 0;
  let weight = 1;
  let ee = 0;
  let ew = 0;
  let ww = 0;
  for (let i = 0; i < y.length; i++) {
    const error = y[i]! - level;
    ee += error * error;
    ew += error * weight;
    ww += weight * weight;
    level += alpha * error;
    weight *= 1 - alpha;
  }
  const first = ew / ww;
  return { level: level + weight * first, squaredError: Math.max(0, ee - first * ew) };
}

/** The alpha of least squares. */
export function estimateAlpha(y: Float64Array): number {
  return minimizeScalar((alpha) => smooth(y, alpha).squaredError, MINIMUM_ALPHA, MAXIMUM_ALPHA);
}

/**
 * Simple exponential smoothing. Brown, R. G. (1959), Statistical Forecasting for Inventory Control; as a state space
 * model: Hyndman, Koehler, Snyder and Grose (2002), International Journal of Forecasting 18, 439-454.
 */
export const SES: Method = {
  name: 'ses',
  minimumLength: 2,
  fit(history) {
    const alpha = estimateAlpha(history);
    return { forecast: (y, horizon) => new Float64Array(horizon).fill(smooth(y, alpha).level) };
  },
};
