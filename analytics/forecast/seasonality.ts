// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import type { Method } from './method.ts';
import { mean } from './numeric.ts';

const CRITICAL_VALUE_90_PERCENT = 1.645;

/**
 * Whether the autocorrelation at the seasonal lag stands out (90 %): the test of the M4 competition's benchmarks.
 * Makridakis, Spiliotis and Assimakopoulos (2020), International Journal of Forecasting 36, 54-74.
 */
export function isSeasonal(y: Float64Array, period: number): boolean {
  if (period <= 1 || y.length < 3 * period) return false;
  const n = y.length;
  const level = mean(y);
  let variance = 0;
  for (let i = 0; i < n; i++) variance += (y[i]! - level) ** 2;
  if (variance <= 0) return false;
  const correlation = (lag: number) => {
    let sum = 0;
    for (let i = lag; i < n; i++) sum += (y[i]! - level) * (y[i - lag]! - level);
    return sum / variance;
  };
  let spread = 1;
  for (let lag = 1; lag < period; lag++) spread += 2 * correlation(lag) ** 2;
  return Math.abs(correlation(period)) > CRITICAL_VALUE_90_PERCENT * Math.sqrt(spread / n);
}

/** Classical decomposition by centred moving averages: one index a phase, of mean 1 (multiplicative) or 0. */
export function seasonalIndices(y: Float64Array, period: number, isMultiplicative: boolean): Float64Array {
  const n = y.length;
  const half = period >> 1;
  const sums = new Float64Array(period);
  const counts = new Float64Array(period);
  let sum = 0;
  for (let i = 0; i < Math.min(n, 2 * half + 1); i++) sum += y[i]!;
  for (let i = half; i < n - half; i++) {
    if (i > half) sum += y[i + half]! - y[i - half - 1]!;
    const trend = period % 2 === 1 ? sum / period : (sum - (y[i - half]! + y[i + half]!) / 2) / period;
    const ratio = isMultiplicative ? y[i]! / trend : y[i]! - trend;
    if (!Number.isFinite(ratio)) continue;
    sums[i % period]! += ratio;
    counts[i % period]!++;
  }
  const neutral = isMultiplicative ? 1 : 0;
  const indices = sums.map((total, phase) => (counts[phase]! > 0 ? total / counts[phase]! : neutral));
  const center = mean(indices);
  return indices.map((index) => (isMultiplicative ? index / center : index - center));
}

/** The method on a history without its season, and the season put back: multiplicative where all values are positive. */
export function deseasonalized(method: Method, period: number): Method {
  return {
    name: `${method.name}-deseasonalized`,
    minimumLength: 3 * period,
    fit(history) {
      const isMultiplicative = history.every((value) => value > 0);
      const indices = seasonalIndices(history, period, isMultiplicative);
      if (isMultiplicative && indices.some((index) => !(index > 0.01))) return method.fit(history);
      const remove = (y: Float64Array) =>
        y.map((value, i) => (isMultiplicative ? value / indices[i % period]! : value - indices[i % period]!));
      const inner = method.fit(remove(history));
      return {
        forecast(y, horizon) {
          const flat = inner.forecast(remove(y), horizon);
          const season = (k: number) => indices[(y.length + k) % period]!;
          return flat.map((value, k) => (isMultiplicative ? value * season(k) : value + season(k)));
        },
      };
    },
  };
}
