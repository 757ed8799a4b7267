// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { isSeasonal, seasonalIndices } from './seasonality.ts';

/**
 * Naive2, the yardstick of the M competitions: the last value of the seasonally adjusted series, with the season put back,
 * where the series is seasonal by the 90 % test. Makridakis, Spiliotis and Assimakopoulos (2020), International Journal of
 * Forecasting 36, 54-74.
 */
export function forecastNaive2(y: Float64Array, period: number, horizon: number): Float64Array {
  const last = y[y.length - 1]!;
  if (!isSeasonal(y, period) || y.some((value) => value <= 0)) return new Float64Array(horizon).fill(last);
  const indices = seasonalIndices(y, period, true);
  const level = last / indices[(y.length - 1) % period]!;
  return Float64Array.from({ length: horizon }, (_, k) => level * indices[(y.length + k) % period]!);
}
