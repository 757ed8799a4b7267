// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import type { NabSeries } from './nab-data.ts';

/** Weights of a window found, a window missed and a false alarm. */
export const PROFILES = {
  standard: { found: 1, missed: 1, falseAlarm: 0.11 },
  'low false alarms': { found: 1, missed: 1, falseAlarm: 0.22 },
  'low misses': { found: 1, missed: 2, falseAlarm: 0.11 },
} as const;

export type Profile = keyof typeof PROFILES;

const PROBATION_RATIO = 0.15;
const PROBATION_POINTS = 750;

/** NAB's scaled sigmoid of a position relative to a window: -1 is its left end, 0 its right end. */
export function scaledSigmoid(position: number): number {
  return position > 3 ? -1 : 2 / (1 + Math.exp(5 * position)) - 1;
}

/** What an alarm at each point is worth: up to 1 inside a window (the earlier the more), down to -1 outside. */
export function weighPoints({ values, windows }: NabSeries): { weight: Float64Array; windowOf: Int32Array } {
  const weight = new Float64Array(values.length).fill(-1);
  const windowOf = new Int32Array(values.length).fill(-1);
  windows.forEach(([from, to], k) => {
    for (let i = from; i <= to; i++) {
      weight[i] = scaledSigmoid(-(to - i + 1) / (to - from + 1)) / scaledSigmoid(-1);
      windowOf[i] = k;
    }
    const next = windows[k + 1]?.[0] ?? values.length;
    for (let i = to + 1; i < next; i++) weight[i] = scaledSigmoid((i - to) / (to - from));
  });
  return { weight, windowOf };
}

export function probationOf({ values }: NabSeries): number {
  return Math.min(Math.floor(PROBATION_RATIO * values.length), PROBATION_POINTS);
}

type Weighed = { series: NabSeries; weight: Float64Array; windowOf: Int32Array };
const known = new WeakMap<NabSeries, Weighed>();

function weigh(series: NabSeries): Weighed {
  const before = known.get(series);
  if (before !== undefined) return before;
  const weighed = { series, ...weighPoints(series) };
  known.set(series, weighed);
  return weighed;
}

/** The score of alarms at a threshold, 0 for never an alarm and 100 for perfect. */
export function scoreNab(
  all: readonly NabSeries[],
  scores: readonly Float64Array[],
  threshold: number,
  profile: Profile,
): number {
  const { found, missed, falseAlarm } = PROFILES[profile];
  let total = 0;
  let windows = 0;
  all.forEach((series, k) => {
    const { weight, windowOf } = weigh(series);
    const best = new Map<number, number>();
    for (let i = probationOf(series); i < series.values.length; i++) {
      if (scores[k]![i]! < threshold) continue;
      const own = windowOf[i]!;
      if (own < 0) total += falseAlarm * weight[i]!;
      else best.set(own, Math.max(best.get(own) ?? -Infinity, found * weight[i]!));
    }
    for (const value of best.values()) total += value;
    total -= missed * (series.windows.length - best.size);
    windows += series.windows.length;
  });
  return (100 * (total + missed * windows)) / ((found + missed) * windows);
}

/** The threshold that scores best, found in one pass over the points by falling score. */
export function bestNabThreshold(
  all: readonly NabSeries[],
  scores: readonly Float64Array[],
  profile: Profile,
): number {
  const { found, missed, falseAlarm } = PROFILES[profile];
  const points: { score: number; k: number; i: number }[] = [];
  all.forEach((series, k) => {
    for (let i = probationOf(series); i < series.values.length; i++)
      if (scores[k]![i]! > 0) points.push({ score: scores[k]![i]!, k, i });
  });
  points.sort((a, b) => b.score - a.score);
  const best = new Map<string, number>();
  let total = 0;
  let top = { total: 0, threshold: Infinity };
  points.forEach(({ score, k, i }, n) => {
    const { weight, windowOf } = weigh(all[k]!);
    const own = windowOf[i]!;
    if (own < 0) total += falseAlarm * weight[i]!;
    else {
      const key = `${k}/${own}`;
      const before = best.get(key) ?? -missed;
      const value = Math.max(before, found * weight[i]!);
      total += value - before;
      best.set(key, value);
    }
    if (points[n + 1]?.score !== score && total > top.total) top = { total, threshold: score };
  });
  return top.threshold;
}
