// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { scaledMad } from './numeric.ts';

/** Days before the last value that tell how the load behaves around a day at the ceiling. */
const WINDOW = 56;
const ROUNDS = 12;
const MINIMUM_UNCENSORED = 7;

/**
 * Values at a ceiling say "at least this much". They are put to what is expected given that, around the line through the
 * last weeks: the censored regression of Tobin, J. (1958), Econometrica 26, 24-36, by the EM algorithm (Dempster, Laird
 * and Rubin, 1977, Journal of the Royal Statistical Society B 39, 1-38). Where nearly everything is censored nothing is
 * known beyond the ceiling, and the values stay.
 *
 * @param isCensored by position. NaN is no value.
 */
export function imputeCensored(values: Float64Array, isCensored: (index: number) => boolean): Float64Array {
  const out = values.slice();
  for (let end = values.length; end > 0; end -= WINDOW) {
    const start = Math.max(0, end - WINDOW);
    const part = Array.from({ length: end - start }, (_, i) => start + i).filter((i) =>
      Number.isFinite(values[i]!),
    );
    const censored = part.filter(isCensored);
    if (censored.length > 0 && part.length - censored.length >= MINIMUM_UNCENSORED)
      imputePart(values, out, part, new Set(censored));
  }
  return out;
}

function imputePart(
  values: Float64Array,
  out: Float64Array,
  part: readonly number[],
  censored: ReadonlySet<number>,
): void {
  let extra = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const { at } = fitPoints(part, out);
    const uncensored = part.filter((i) => !censored.has(i));
    const spread = scaledMad(
      uncensored.map((i) => out[i]! - at(i)),
      0,
    );
    const deviation = Math.sqrt((spread * spread * uncensored.length + extra) / part.length);
    if (!(deviation > 0)) return;
    extra = 0;
    for (const i of censored) {
      const z = (values[i]! - at(i)) / deviation;
      const hazard = normalHazard(z);
      out[i] = Math.max(values[i]!, at(i) + deviation * hazard);
      extra += deviation * deviation * Math.max(0, 1 + z * hazard - hazard * hazard);
    }
  }
}

function fitPoints(part: readonly number[], values: Float64Array) {
  let [x, y] = [0, 0];
  for (const i of part) {
    x += i / part.length;
    y += values[i]! / part.length;
  }
  let [xx, xy] = [0, 0];
  for (const i of part) {
    xx += (i - x) ** 2;
    xy += (i - x) * (values[i]! - y);
  }
  const slope = xx > 0 ? xy / xx : 0;
  return { at: (i: number) => y + slope * (i - x) };
}

/** The mean of a standard normal beyond z: density over tail, by the continued fraction where the tail vanishes. */
function normalHazard(z: number): number {
  if (z > 5) return z + 1 / (z + 2 / (z + 3 / z));
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  return density / Math.max(1e-12, normalTail(z));
}

/** The chance that a standard normal exceeds z: Abramowitz and Stegun (1964), 26.2.17. */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
}
