// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import type { Method } from './method.ts';
import { minimizeInUnitCube } from './minimize.ts';
import { fitLine } from './numeric.ts';
import { seasonalIndices } from './seasonality.ts';

export type EtsParameters = { alpha: number; beta: number; gamma: number; phi: number };
export type EtsSeason = 'additive' | 'multiplicative';

type State = { level: number; slope: number; season: Float64Array; squaredError: number };

/**
 * Exponential smoothing with a damped trend and a season: Winters, P. R. (1960), Management Science 6, 324-342; as the
 * state space models ETS(A,Ad,A) and ETS(A,Ad,M): Hyndman, Koehler, Ord and Snyder (2008), Forecasting with Exponential
 * Smoothing. The multiplicative season is for positive histories only; others get the additive one.
 */
export function seasonalEts(period: number, season: EtsSeason): Method {
  return {
    name: season === 'additive' ? 'ets-additive' : 'ets-multiplicative',
    minimumLength: 2 * period + 3,
    fit(history) {
      const kind = season === 'multiplicative' && history.every((value) => value > 0) ? season : 'additive';
      const start = initialState(history, period, kind);
      const parameters = estimate(history, start, kind);
      return {
        forecast: (y, horizon) =>
          extrapolate(run(y, start, parameters, kind), parameters, kind, y.length, horizon),
      };
    },
  };
}

/** Where the recursion starts: seasonal indices of the whole history, and a line through its first cycles. */
function initialState(y: Float64Array, period: number, kind: EtsSeason): State {
  const season = seasonalIndices(y, period, kind === 'multiplicative');
  if (kind === 'multiplicative') for (let i = 0; i < period; i++) season[i] = Math.max(0.01, season[i]!);
  const head = y.slice(0, Math.min(y.length, Math.max(10, 2 * period)));
  const flat = head.map((value, i) =>
    kind === 'additive' ? value - season[i % period]! : value / season[i % period]!,
  );
  const { intercept, slope } = fitLine(flat);
  return { level: intercept - slope, slope, season, squaredError: 0 };
}

function estimate(y: Float64Array, start: State, kind: EtsSeason): EtsParameters {
  const parameters = (x: Float64Array): EtsParameters => {
    const alpha = 0.001 + 0.9979 * x[0]!;
    const gamma = 0.0001 + (1 - alpha) * 0.999 * x[1]!;
    return { alpha, gamma, beta: alpha * (0.0001 + 0.9998 * x[2]!), phi: 0.8 + 0.18 * x[3]! };
  };
  const cost = (x: Float64Array) => {
    const { squaredError } = run(y, start, parameters(x), kind);
    return Number.isFinite(squaredError) ? squaredError : Number.MAX_VALUE;
  };
  return parameters(minimizeInUnitCube(cost, [0.3, 0.1, 0.05, 0.8], { evaluations: 45, tolerance: 1e-4 }));
}

function run(
  y: Float64Array,
  start: State,
  { alpha, beta, gamma, phi }: EtsParameters,
  kind: EtsSeason,
): State {
  const season = start.season.slice();
  const period = season.length;
  const isAdditive = kind === 'additive';
  let { level, slope } = start;
  let squaredError = 0;
  let phase = 0;
  for (let i = 0; i < y.length; i++) {
    const base = level + phi * slope;
    const index = season[phase]!;
    const error = isAdditive ? y[i]! - base - index : y[i]! - base * index;
    squaredError += error * error;
    const levelError = isAdditive ? error : error / index;
    level = base + alpha * levelError;
    slope = phi * slope + beta * levelError;
    season[phase] = isAdditive
      ? index + gamma * error
      : Math.max(0.01, index + (gamma * error) / Math.max(base, 1e-9));
    phase = phase + 1 === period ? 0 : phase + 1;
  }
  return { level, slope, season, squaredError };
}

function extrapolate(state: State, { phi }: EtsParameters, kind: EtsSeason, length: number, horizon: number) {
  const { season } = state;
  const out = new Float64Array(horizon);
  let base = state.level;
  let step = state.slope;
  for (let k = 0; k < horizon; k++) {
    step *= phi;
    base += step;
    const index = season[(length + k) % season.length]!;
    out[k] = kind === 'additive' ? base + index : base * index;
  }
  return out;
}
