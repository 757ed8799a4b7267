// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
const MINIMUM_WEEKS = 6;
const WEEK = 7;
/** Growth that is no more than this a week is none. */
const STEADY_RATIO = 0.003;
const MINIMUM_T = 2.5;

/** `isFromStart`: it may have begun before the first day that is looked at. */
export type Trend = { weeklyRatio: number; sinceIndex: number; isFromStart: boolean };

/**
 * Since when a daily series grows by how much a week: a line on the logarithm of weekly cost that bends once, where it fits
 * best. Undefined where there is no clear growth.
 */
export function findTrend(daily: ArrayLike<number>): Trend | undefined {
  const weeks = Math.floor(daily.length / WEEK);
  if (weeks < MINIMUM_WEEKS) return undefined;
  const offset = daily.length - weeks * WEEK;
  const logs: number[] = [];
  for (let w = 0; w < weeks; w++) {
    let sum = 0;
    for (let d = 0; d < WEEK; d++) sum += daily[offset + w * WEEK + d]!;
    if (!(sum > 0)) return undefined;
    logs.push(Math.log(sum));
  }
  let best: { sse: number; slope: number; bend: number; t: number } | undefined;
  for (let bend = 0; bend <= weeks - 4; bend++) {
    const fit = fitBent(logs, bend);
    if (best === undefined || fit.sse < best.sse * 0.9) best = { ...fit, bend };
  }
  if (best === undefined || Math.abs(best.slope) < STEADY_RATIO || Math.abs(best.t) < MINIMUM_T)
    return undefined;
  return {
    weeklyRatio: Math.exp(best.slope) - 1,
    sinceIndex: offset + best.bend * WEEK,
    isFromStart: best.bend === 0,
  };
}

/** Level until the bend, a straight line after it. */
function fitBent(y: readonly number[], bend: number): { sse: number; slope: number; t: number } {
  const x = y.map((_, i) => Math.max(0, i - bend));
  const n = y.length;
  const meanX = x.reduce((sum, value) => sum + value, 0) / n;
  const meanY = y.reduce((sum, value) => sum + value, 0) / n;
  let [xx, xy] = [0, 0];
  for (let i = 0; i < n; i++) {
    xx += (x[i]! - meanX) ** 2;
    xy += (x[i]! - meanX) * (y[i]! - meanY);
  }
  const slope = xx > 0 ? xy / xx : 0;
  let sse = 0;
  for (let i = 0; i < n; i++) sse += (y[i]! - meanY - slope * (x[i]! - meanX)) ** 2;
  const error = Math.sqrt(sse / (n - 2) / Math.max(xx, 1e-12));
  return { sse, slope, t: error > 0 ? slope / error : slope === 0 ? 0 : Number.POSITIVE_INFINITY };
}

const MONEY = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const SMALL_MONEY = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export function formatMoney(amount: number, currency: string): string {
  const text = (Math.abs(amount) < 100 ? SMALL_MONEY : MONEY).format(Math.abs(amount));
  return `${amount < 0 ? '-' : ''}${currency === 'USD' ? `$${text}` : `${text} ${currency}`}`;
}

export function formatPercent(ratio: number): string {
  const percent = Math.abs(100 * ratio);
  return `${percent.toFixed(percent < 10 ? 1 : 0)} %`;
}
