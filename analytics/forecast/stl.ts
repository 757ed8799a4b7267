// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { loess } from './loess.ts';
import { sortedQuantile } from './numeric.ts';

export type StlOptions = {
  /** Cycles that the seasonal smoother looks at; Infinity keeps the season fixed. */
  seasonalWindow?: number;
  /** Rounds that weigh outliers down. */
  robustRounds?: number;
};

export type Decomposition = { trend: Float64Array; seasonal: Float64Array };

/**
 * Seasonal-trend decomposition by loess. Cleveland, R. B., Cleveland, W. S., McRae, J. E. and Terpenning, I. (1990),
 * Journal of Official Statistics 6, 3-73. Needs two full periods.
 */
export function decomposeStl(y: Float64Array, period: number, options: StlOptions = {}): Decomposition {
  const { seasonalWindow = 13, robustRounds = 0 } = options;
  const isFixed = seasonalWindow === Infinity;
  const trendWindow = nextOdd((1.5 * period) / (1 - (isFixed ? 0 : 1.5 / seasonalWindow)));
  const lowWindow = nextOdd(period);
  const n = y.length;
  let trend: Float64Array = new Float64Array(n);
  const seasonal = new Float64Array(n);
  const work = new Float64Array(n);
  let weights: Float64Array | undefined;
  for (let round = 0; round <= robustRounds; round++) {
    for (let pass = 0; pass < 2; pass++) {
      for (let i = 0; i < n; i++) work[i] = y[i]! - trend[i]!;
      const cycles = smoothCycles(work, period, seasonalWindow, weights);
      const low = loess(average(average(average(cycles, period), period), 3), lowWindow, {
        jump: jumpOf(lowWindow),
      });
      for (let i = 0; i < n; i++) seasonal[i] = cycles[i + period]! - low[i]!;
      for (let i = 0; i < n; i++) work[i] = y[i]! - seasonal[i]!;
      trend = loess(work, trendWindow, { jump: jumpOf(trendWindow), weights });
    }
    if (round < robustRounds) weights = robustWeights(y, trend, seasonal);
  }
  return { trend, seasonal };
}

/**
 * Several seasons, shortest first. Bandara, K., Hyndman, R. J. and Bergmeir, C. (2021), MSTL, arXiv:2107.13462.
 * Periods of which the history does not hold two are left out.
 */
export function decomposeMstl(y: Float64Array, periods: readonly number[], options: StlOptions = {}) {
  const used = periods.filter((period) => period > 1 && y.length >= 2 * period);
  const seasonals = used.map(() => new Float64Array(y.length));
  const adjusted = y.slice();
  let trend = y;
  for (let pass = 0; pass < (used.length > 1 ? 2 : 1); pass++) {
    for (const [k, period] of used.entries()) {
      const own = seasonals[k]!;
      for (let i = 0; i < y.length; i++) adjusted[i]! += own[i]!;
      const parts = decomposeStl(adjusted, period, options);
      own.set(parts.seasonal);
      trend = parts.trend;
      for (let i = 0; i < y.length; i++) adjusted[i]! -= own[i]!;
    }
  }
  return { periods: used, seasonals, trend, adjusted };
}

/** Each phase of the season smoothed by itself, reaching one cycle beyond both ends. */
function smoothCycles(y: Float64Array, period: number, window: number, weights: Float64Array | undefined) {
  const out = new Float64Array(y.length + 2 * period);
  for (let phase = 0; phase < period; phase++) {
    const count = Math.ceil((y.length - phase) / period);
    const cycle = new Float64Array(count);
    const cycleWeights = weights && new Float64Array(count);
    for (let k = 0; k < count; k++) {
      cycle[k] = y[phase + k * period]!;
      if (cycleWeights) cycleWeights[k] = weights![phase + k * period]!;
    }
    if (window === Infinity) {
      const level = weightedMean(cycle, cycleWeights);
      for (let k = 0; k <= count + 1; k++) setWithin(out, phase + k * period, level);
    } else {
      const smoothed = loess(cycle, window, { from: -1, to: count, weights: cycleWeights });
      for (let k = 0; k <= count + 1; k++) setWithin(out, phase + k * period, smoothed[k]!);
    }
  }
  return out;
}

function setWithin(out: Float64Array, index: number, value: number): void {
  if (index < out.length) out[index] = value;
}

function weightedMean(values: Float64Array, weights: Float64Array | undefined): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    const weight = weights?.[i] ?? 1;
    sum += weight * values[i]!;
    total += weight;
  }
  return total > 1e-9 ? sum / total : values[values.length - 1]!;
}

/** Moving average; shorter than its input by `width` - 1. */
function average(y: Float64Array, width: number): Float64Array {
  const out = new Float64Array(y.length - width + 1);
  let sum = 0;
  for (let i = 0; i < y.length; i++) {
    sum += y[i]!;
    if (i >= width) sum -= y[i - width]!;
    if (i >= width - 1) out[i - width + 1] = sum / width;
  }
  return out;
}

function robustWeights(y: Float64Array, trend: Float64Array, seasonal: Float64Array): Float64Array {
  const remainder = y.map((value, i) => Math.abs(value - trend[i]! - seasonal[i]!));
  const limit = 6 * sortedQuantile(remainder.slice().sort(), 0.5);
  return remainder.map((r) => {
    if (r <= 0.001 * limit) return 1;
    return r >= limit ? 0 : (1 - (r / limit) ** 2) ** 2;
  });
}

function nextOdd(value: number): number {
  const up = Math.ceil(value);
  return up % 2 === 0 ? up + 1 : up;
}

function jumpOf(window: number): number {
  return Math.max(1, Math.ceil(window / 10));
}
