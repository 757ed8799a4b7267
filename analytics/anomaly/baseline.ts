// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { usualScatter } from './scale.ts';
import type { Tracker } from './tracker.ts';

/** Same weekdays (or hours of the week) that the season is learnt from, and how far back they may lie. */
const OCCURRENCES = 8;
const LONGEST_REACH = 12;
/** A usual change of more than this a day is not growth. */
const MAXIMUM_DRIFT_PER_DAY = 0.004;
/** How far apart the usual growth of series is, and how much that of one series wanders within months. */
const DRIFT_SPREAD_PER_DAY = 0.0007;
const DRIFT_WANDER_PER_DAY = 0.0003;
/** Neighbours resemble each other: a mean of many varies by so much more than one of independent periods. */
const VARIANCE_INFLATION = 2;

const shares = new Float64Array(OCCURRENCES);

/**
 * What the period's place in the week adds: the mean, without the highest and the lowest, of what the last eight same
 * weekdays added to the week around them. 0 while none is known.
 */
export function seasonAt({ plan, sums, clean, usable, origin }: Tracker, t: number): number {
  const { season: period } = plan;
  const half = (period - 1) >> 1;
  let n = 0;
  let total = 0;
  let high = -Infinity;
  let low = Infinity;
  for (let k = 1; k <= LONGEST_REACH && n < OCCURRENCES; k++) {
    const i = t - k * period;
    if (i - half < origin) break;
    if (usable[i] === 0) continue;
    const from = i - half;
    const share = clean[i]! - (sums.clean[from + period]! - sums.clean[from]!) / period;
    shares[n++] = share;
    total += share;
    if (share > high) high = share;
    if (share < low) low = share;
  }
  if (n === 0) return 0;
  return n >= 5 ? (total - high - low) / (n - 2) : total / n;
}

/** Mean of usable periods from one position to another, without season; NaN with fewer than `least`. */
export function meanBetween({ sums, origin }: Tracker, from: number, to: number, least: number): number {
  const start = Math.max(from, origin);
  if (start >= to) return Number.NaN;
  const n = sums.n[to]! - sums.n[start]!;
  return n >= least ? (sums.x[to]! - sums.x[start]!) / n : Number.NaN;
}

/**
 * What the level usually gains a period, told by the weeks before `t`: the less surely the scatter lets it be told, the
 * closer to none.
 */
export function driftBefore(tracker: Tracker, t: number): number {
  const { driftNear, driftFar, perDay } = tracker.plan;
  const near = meanBetween(tracker, t - driftNear, t, driftNear * 0.6);
  const far = meanBetween(tracker, t - driftNear - driftFar, t - driftNear, driftFar * 0.6);
  const apart = (driftNear + driftFar) / 2;
  const drift = (near - far) / apart;
  if (!Number.isFinite(drift)) return 0;
  const scatter = usualScatter(tracker) / apart;
  const error = VARIANCE_INFLATION * scatter ** 2 * (1 / driftNear + 1 / driftFar);
  const spread = (DRIFT_SPREAD_PER_DAY / perDay) ** 2;
  const wander = (DRIFT_WANDER_PER_DAY / perDay) ** 2;
  const most = MAXIMUM_DRIFT_PER_DAY / perDay;
  return Math.min(most, Math.max(-most, (drift * spread) / (spread + wander + error)));
}

/** The level at `t` without season, from the periods just before; NaN when none is usable. */
export function levelBefore(tracker: Tracker, t: number, drift: number): number {
  const { levelShort, levelLong } = tracker.plan;
  const short = meanBetween(tracker, t - levelShort, t, 0.4 * levelShort) + (drift * (levelShort + 1)) / 2;
  const long = meanBetween(tracker, t - levelLong, t, 0.4 * levelLong) + (drift * (levelLong + 1)) / 2;
  if (Number.isFinite(short) && Number.isFinite(long)) return 0.6 * short + 0.4 * long;
  if (Number.isFinite(long)) return long;
  for (let reach = 4 * levelLong; reach <= 64 * levelLong; reach *= 4) {
    const wide = meanBetween(tracker, t - reach, t, 1);
    if (Number.isFinite(wide)) return wide;
  }
  return Number.NaN;
}
