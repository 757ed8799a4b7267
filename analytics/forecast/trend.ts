// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import type { Method } from './method.ts';
import { minimizeInUnitCube } from './minimize.ts';

const MINIMUM_PHI = 0.8;
const MAXIMUM_PHI = 0.98;

export type TrendParameters = { alpha: number; beta: number; phi: number };
export type TrendState = { level: number; slope: number; squaredError: number };

/**
 * One pass of the damped-trend recursion. Errors are linear in the first level and slope, so both are solved by least
 * squares in the same pass (two more recursions, one for each) and only the smoothing parameters need a search.
 */
export function filterTrend(y: Float64Array, { alpha, beta, phi }: TrendParameters): TrendState {
  let [l0, b0, l1, b1, l2, b2] = [0, 0, 1, 0, 0, 1];
  let [ee, e1, e2, s11, s12, s22] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < y.length; i++) {
    const q0 = l0 + phi * b0;
    const q1 = l1 + phi * b1;
    const q2 = l2 + phi * b2;
    const error = y[i]! - q0;
    ee += error * error;
    e1 += error * q1;
    e2 += error * q2;
    s11 += q1 * q1;
    s12 += q1 * q2;
    s22 += q2 * q2;
    l0 = q0 + alpha * error;
    b0 = phi * b0 + beta * error;
    l1 = q1 - alpha * q1;
    b1 = phi * b1 - beta * q1;
    l2 = q2 - alpha * q2;
    b2 = phi * b2 - beta * q2;
  }
  const determinant = s11 * s22 - s12 * s12;
  const isSolvable = determinant > 1e-10 * s11 * s22;
  const first = isSolvable ? (e1 * s22 - e2 * s12) / determinant : e1 / s11;
  const slope = isSolvable ? (e2 * s11 - e1 * s12) / determinant : 0;
  return {
    level: l0 + first * l1 + slope * l2,
    slope: b0 + first * b1 + slope * b2,
    squaredError: Math.max(0, ee - first * e1 - slope * e2),
  };
}

/** Least-squares parameters: alpha in (0, 1), beta below alpha, phi between 0.8 and 0.98 when damped and 1 when not. */
export function estimateTrend(y: Float64Array, isDamped: boolean): TrendParameters {
  const parameters = (x: Float64Array): TrendParameters => {
    const alpha = 0.001 + 0.9979 * x[0]!;
    const phi = isDamped ? MINIMUM_PHI + (MAXIMUM_PHI - MINIMUM_PHI) * x[2]! : 1;
    return { alpha, beta: alpha * (0.0001 + 0.9998 * x[1]!), phi };
  };
  const start = isDamped ? [0.5, 0.1, 0.7] : [0.5, 0.1];
  const best = minimizeInUnitCube((x) => filterTrend(y, parameters(x)).squaredError, start, {
    evaluations: 70,
  });
  return parameters(best);
}

/**
 * Holt's linear trend (Holt, C. C., 1957; reprinted in International Journal of Forecasting 20, 2004, 5-10) and its
 * damped form (Gardner, E. S. and McKenzie, E., 1985, Management Science 31, 1237-1246).
 */
export function trendMethod(isDamped: boolean): Method {
  return {
    name: isDamped ? 'damped' : 'holt',
    minimumLength: 4,
    fit(history) {
      const parameters = estimateTrend(history, isDamped);
      return { forecast: (y, horizon) => extrapolate(filterTrend(y, parameters), parameters.phi, horizon) };
    },
  };
}

function extrapolate({ level, slope }: TrendState, phi: number, horizon: number): Float64Array {
  const out = new Float64Array(horizon);
  let value = level;
  let step = slope;
  for (let k = 0; k < horizon; k++) {
    step *= phi;
    value += step;
    out[k] = value;
  }
  return out;
}
