// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import type { Method } from './method.ts';
import { minimizeScalar } from './minimize.ts';
import { fitLine } from './numeric.ts';
import { estimateAlpha, smooth } from './ses.ts';

/**
 * The Theta method: half the least-squares line, half simple exponential smoothing of the line with doubled curvature.
 * Assimakopoulos, V. and Nikolopoulos, K. (2000), International Journal of Forecasting 16, 521-530.
 */
export const THETA: Method = {
  name: 'theta',
  minimumLength: 3,
  fit(history) {
    const alpha = estimateAlpha(thetaLine(history).curve);
    return {
      forecast(y, horizon) {
        const { intercept, slope, curve } = thetaLine(y);
        const { level } = smooth(curve, alpha);
        return Float64Array.from(
          { length: horizon },
          (_, k) => (level + intercept + slope * (y.length + k)) / 2,
        );
      },
    };
  },
};

function thetaLine(y: Float64Array) {
  const { intercept, slope } = fitLine(y);
  return { intercept, slope, curve: y.map((value, i) => 2 * value - (intercept + slope * i)) };
}

const MAXIMUM_CURVATURE_WEIGHT = 1 - 1 / 50;

/**
 * The dynamic optimised Theta model: the line is re-estimated at every step and theta is estimated.
 * Fiorucci, Pellegrini, Louzada, Petropoulos and Koehler (2016), International Journal of Forecasting 32, 1151-1161.
 * For a given alpha errors are linear in the first level and in 1 - 1/theta, which are solved by least squares.
 */
export const DYNAMIC_THETA: Method = {
  name: 'dynamic-theta',
  minimumLength: 5,
  fit(history) {
    const lines = runningLines(history);
    const alpha = minimizeScalar((a) => filterTheta(history, lines, a).squaredError, 0.01, 0.9999);
    const { weight } = filterTheta(history, lines, alpha);
    return {
      forecast: (y, horizon) => {
        const own = y === history ? lines : runningLines(y);
        return extrapolateTheta(y, own, alpha, weight, horizon);
      },
    };
  },
};

type Lines = { intercept: Float64Array; slope: Float64Array; mean: Float64Array };

/** The least-squares line (against 1, 2, ...) through the first t values, for every t. */
function runningLines(y: Float64Array): Lines {
  const n = y.length;
  const lines = { intercept: new Float64Array(n), slope: new Float64Array(n), mean: new Float64Array(n) };
  let average = y[0]!;
  let slope = 0;
  lines.intercept[0] = average;
  lines.mean[0] = average;
  for (let i = 1; i < n; i++) {
    const t = i + 1;
    slope = ((t - 2) * slope + (6 * (y[i]! - average)) / t) / (t + 1);
    average += (y[i]! - average) / t;
    lines.slope[i] = slope;
    lines.mean[i] = average;
    lines.intercept[i] = average - (slope * (t + 1)) / 2;
  }
  return lines;
}

/** One pass; the weight of the line is solved too unless it is given. */
function filterTheta(y: Float64Array, { intercept, slope }: Lines, alpha: number, fixedWeight?: number) {
  let level = 0;
  let share = 1;
  let [ee, e1, e2, s11, s12, s22] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < y.length; i++) {
    const line =
      i === 0 ? 0 : share * intercept[i - 1]! + ((1 - share * (1 - alpha)) / alpha) * slope[i - 1]!;
    const error = y[i]! - level;
    ee += error * error;
    e1 += error * share;
    e2 += error * line;
    s11 += share * share;
    s12 += share * line;
    s22 += line * line;
    level += alpha * error;
    share *= 1 - alpha;
  }
  const determinant = s11 * s22 - s12 * s12;
  const free = determinant > 1e-10 * s11 * s22 ? (e2 * s11 - e1 * s12) / determinant : 0;
  const weight = fixedWeight ?? Math.min(MAXIMUM_CURVATURE_WEIGHT, Math.max(0, free));
  const first = (e1 - weight * s12) / s11;
  const squaredError =
    ee -
    2 * (first * e1 + weight * e2) +
    first * first * s11 +
    2 * first * weight * s12 +
    weight * weight * s22;
  return { weight, share, level: level + share * first, squaredError: Math.max(0, squaredError) };
}

function extrapolateTheta(y: Float64Array, lines: Lines, alpha: number, weight: number, horizon: number) {
  const n = y.length;
  let { level, share } = filterTheta(y, lines, alpha, weight);
  let intercept = lines.intercept[n - 1]!;
  let slope = lines.slope[n - 1]!;
  let average = lines.mean[n - 1]!;
  const out = new Float64Array(horizon);
  for (let k = 0; k < horizon; k++) {
    const t = n + k + 1;
    const value = level + weight * (share * intercept + ((1 - share * (1 - alpha)) / alpha) * slope);
    out[k] = value;
    level += alpha * (value - level);
    share *= 1 - alpha;
    slope = ((t - 2) * slope + (6 * (value - average)) / t) / (t + 1);
    average += (value - average) / t;
    intercept = average - (slope * (t + 1)) / 2;
  }
  return out;
}
