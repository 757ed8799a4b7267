// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { sortedQuantile } from './numeric.ts';

export type Combination = 'weighted' | 'mean' | 'median' | 'trimmed';

/** Weight falls with this power of a method's validation error. Found on training parts alone: docs/forecasting.md. */
const ERROR_POWER = 3;
/** Validation from fewer origins than this is worth less, and the power is lowered in proportion. */
const ENOUGH_ORIGINS = 4;

/**
 * Weights from validation errors (one a method): their inverse to a power, adding up to 1. Bates, J. M. and Granger,
 * C. W. J. (1969), The Combination of Forecasts, Operational Research Quarterly 20, 451-468; the power: Stock and Watson
 * (2004), Journal of Forecasting 23, 405-430.
 */
export function weighByError(errors: readonly number[], originCount: number): number[] {
  const best = Math.min(...errors);
  const worst = Math.max(...errors);
  if (!(worst > 0)) return errors.map(() => 1 / errors.length);
  const power = ERROR_POWER * Math.min(1, originCount / ENOUGH_ORIGINS);
  const floor = 1e-6 * worst;
  const raw = errors.map((error) => ((best + floor) / (error + floor)) ** power);
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  return raw.map((weight) => weight / total);
}

/**
 * One forecast from several, period by period. Trimmed: the mean without the lowest and highest fifth (Jose and Winkler,
 * 2008, International Journal of Forecasting 24, 163-169).
 */
export function combineForecasts(
  forecasts: readonly Float64Array[],
  weights: readonly number[],
  combination: Combination,
): Float64Array {
  const horizon = forecasts[0]?.length ?? 0;
  const out = new Float64Array(horizon);
  for (let k = 0; k < horizon; k++) {
    if (combination === 'weighted') {
      for (let j = 0; j < forecasts.length; j++) out[k]! += weights[j]! * forecasts[j]![k]!;
      continue;
    }
    const sorted = Float64Array.from(forecasts, (forecast) => forecast[k]!).sort();
    out[k] =
      combination === 'median'
        ? sortedQuantile(sorted, 0.5)
        : trimmedMean(sorted, combination === 'mean' ? 0 : 0.2);
  }
  return out;
}

function trimmedMean(sorted: Float64Array, ratio: number): number {
  const cut = Math.floor(sorted.length * ratio);
  const kept = sorted.subarray(cut, sorted.length - cut);
  return kept.reduce((sum, value) => sum + value, 0) / kept.length;
}
