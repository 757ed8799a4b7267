// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { median, scaledMad } from './numeric.ts';

const REACH = 3;
/** Far beyond any noise: what is replaced is a mistake or an event, not news. */
const LIMIT_MADS = 8;
const MAXIMUM_RATIO = 0.03;

/**
 * Isolated outliers, put back to the median of their neighbours: Hampel's identifier (Davies and Gather, 1993, Journal
 * of the American Statistical Association 88, 782-792) on values without the season's usual difference. The last three
 * values stay, since a change of level begins as an outlier, and so does a history with many: they are its nature.
 */
export function replaceOutliers(y: Float64Array, season: number): Float64Array {
  if (y.length < 4 * REACH || y.length < 3 * season) return y;
  const flat = season > 1 ? withoutSeason(y, season) : y;
  const deviation = flat.map((value, i) => value - localMedian(flat, i));
  const limit = LIMIT_MADS * scaledMad(deviation, 0);
  const isOutlier = (i: number) => Math.abs(deviation[i]!) > limit && i < y.length - REACH;
  const count = deviation.reduce((sum, _, i) => sum + (isOutlier(i) ? 1 : 0), 0);
  if (limit <= 0 || count === 0 || count > Math.max(1, MAXIMUM_RATIO * y.length)) return y;
  return y.map((value, i) => (isOutlier(i) ? value - deviation[i]! : value));
}

/** Each value less the median difference of its phase from the values around it. */
function withoutSeason(y: Float64Array, season: number): Float64Array {
  const rough = y.map((value, i) => value - localMedian(y, i));
  const flat = y.slice();
  for (let phase = 0; phase < season; phase++) {
    const own: number[] = [];
    for (let i = phase; i < y.length; i += season) own.push(rough[i]!);
    const usual = median(own);
    for (let i = phase; i < y.length; i += season) flat[i]! -= usual;
  }
  return flat;
}

const scratch = new Float64Array(2 * REACH + 1);

/** The median of the values at most `REACH` away, by insertion into a small buffer. */
function localMedian(y: Float64Array, at: number): number {
  const low = Math.max(0, at - REACH);
  const high = Math.min(y.length - 1, at + REACH);
  let count = 0;
  for (let i = low; i <= high; i++) {
    const value = y[i]!;
    let j = count++;
    while (j > 0 && scratch[j - 1]! > value) {
      scratch[j] = scratch[j - 1]!;
      j--;
    }
    scratch[j] = value;
  }
  const half = count >> 1;
  return count % 2 === 1 ? scratch[half]! : (scratch[half - 1]! + scratch[half]!) / 2;
}
