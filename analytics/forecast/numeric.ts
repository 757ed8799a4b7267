// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds

/** Sum over count; 0 for nothing. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return values.length > 0 ? sum / values.length : 0;
}

/** Quantile by linear interpolation (type 7 of Hyndman and Fan, 1996) of ascending values; 0 for nothing. */
export function sortedQuantile(sorted: ArrayLike<number>, probability: number): number {
  if (sorted.length === 0) return 0;
  const position = (sorted.length - 1) * Math.min(1, Math.max(0, probability));
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(sorted.length - 1, below + 1)]!;
  return low + (position - below) * (high - low);
}

export function quantile(values: ArrayLike<number>, probability: number): number {
  return sortedQuantile(Float64Array.from(values).sort(), probability);
}

export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}

/** Median absolute deviation, scaled to estimate a normal standard deviation. */
export function scaledMad(values: ArrayLike<number>, center = median(values)): number {
  const deviations = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) deviations[i] = Math.abs(values[i]! - center);
  return 1.4826 * median(deviations);
}

/** Least-squares line through (0, y0), (1, y1), ... */
export function fitLine(y: ArrayLike<number>): { intercept: number; slope: number } {
  const n = y.length;
  if (n < 2) return { intercept: y[0] ?? 0, slope: 0 };
  const center = (n - 1) / 2;
  const level = mean(y);
  let covariance = 0;
  for (let i = 0; i < n; i++) covariance += (i - center) * (y[i]! - level);
  const slope = (12 * covariance) / (n * (n * n - 1));
  return { intercept: level - slope * center, slope };
}

/** Mean absolute difference between values `lag` apart: the scale of MASE (Hyndman and Koehler, 2006). */
export function differenceScale(y: ArrayLike<number>, lag: number): number {
  if (y.length <= lag) return 0;
  let sum = 0;
  for (let i = lag; i < y.length; i++) sum += Math.abs(y[i]! - y[i - lag]!);
  return sum / (y.length - lag);
}
