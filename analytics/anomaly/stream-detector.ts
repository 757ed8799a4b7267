// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { createSortedWindow, pushValue, type SortedWindow, windowQuantile } from './sorted-window.ts';

export type StreamOptions = {
  /** What is usual is learnt from so many last values. */
  memory?: number;
  /** A smaller score than one of so many last values is not repeated. */
  quiet?: number;
};

export type StreamScore = {
  /** How far outside everything usual, 0 for within; only where it is the highest for a while. */
  score: number;
  /** The same for every value. */
  novelty: number;
};

export type StreamDetector = {
  /** The next value in time; one that is not finite is passed over and scores 0. Knows nothing of what comes after. */
  push(value: number): StreamScore;
};

/** An alarm is worth raising from this score on: the best threshold on the labelled series of NAB lies near it. */
export const STREAM_ALARM_SCORE = 0.9;

const MEMORY = 4000;
const QUIET = 250;
/** Neighbours that are averaged: an hour of five-minute values; half of it for how rough the values are. */
const MEAN_WIDTH = 12;
const ROUGHNESS_WIDTH = 6;
const MINIMUM_VALUES = 50;
const MINIMUM_MEANS = 100;
/** Below the usual roughness counts less than above it. */
const SMOOTHER_WEIGHT = 0.5;

/**
 * For series of minutes: three novelties against the last thousands of values, each the distance beyond their outermost
 * quantiles over their central range: of the value, of the mean of the last dozen, and of the mean absolute change of the
 * last few. Their logarithms add up, so that what is new in several ways ranks first, whatever the distribution.
 */
export function createStreamDetector({ memory = MEMORY, quiet = QUIET }: StreamOptions = {}): StreamDetector {
  const values = createSortedWindow(memory);
  const means = createSortedWindow(memory);
  const changes = createSortedWindow(memory);
  const lastValues = createMean(MEAN_WIDTH);
  const lastChanges = createMean(ROUGHNESS_WIDTH);
  const peaks = createMaximum(quiet);
  let previous = Number.NaN;

  return {
    push(value) {
      if (!Number.isFinite(value)) return { score: 0, novelty: 0 };
      let novelty = Math.log1p(noveltyOf(values, value, 0.995, MINIMUM_VALUES, 1));
      pushValue(values, value);
      const mean = lastValues.push(value);
      if (mean !== undefined) {
        novelty += Math.log1p(noveltyOf(means, mean, 0.998, MINIMUM_MEANS, 1));
        pushValue(means, mean);
      }
      const change = Number.isNaN(previous) ? undefined : lastChanges.push(Math.abs(value - previous));
      previous = value;
      if (change !== undefined) {
        novelty += Math.log1p(noveltyOf(changes, change, 0.998, MINIMUM_MEANS, SMOOTHER_WEIGHT));
        pushValue(changes, change);
      }
      const score = novelty > peaks.value() ? novelty : 0;
      peaks.push(novelty);
      return { score, novelty };
    },
  };
}

/** How far beyond the outermost quantiles, in central ranges. */
function noveltyOf(
  window: SortedWindow,
  value: number,
  edge: number,
  least: number,
  lowWeight: number,
): number {
  if (window.count < least) return 0;
  const high = windowQuantile(window, edge);
  const low = windowQuantile(window, 1 - edge);
  if (value <= high && value >= low) return 0;
  const range = windowQuantile(window, 0.95) - windowQuantile(window, 0.05);
  const scale = Math.max(range, 1e-6 * Math.abs(windowQuantile(window, 0.5)), Number.MIN_VALUE);
  return Math.min(1e6, value > high ? (value - high) / scale : (lowWeight * (low - value)) / scale);
}

/** The mean of the last `width` values, once there are so many. */
function createMean(width: number) {
  const ring = new Float64Array(width);
  let count = 0;
  return {
    push(value: number): number | undefined {
      ring[count++ % width] = value;
      if (count < width) return undefined;
      let sum = 0;
      for (let i = 0; i < width; i++) sum += ring[i]!;
      return sum / width;
    },
  };
}

/** The largest of the last `width` values: a falling queue of those that may yet be it. */
function createMaximum(width: number) {
  let queue: { at: number; value: number }[] = [];
  let count = 0;
  return {
    value: () => queue[0]?.value ?? 0,
    push(value: number): void {
      while (queue.length > 0 && queue.at(-1)!.value <= value) queue.pop();
      queue.push({ at: count++, value });
      if (queue[0]!.at <= count - 1 - width) queue = queue.slice(1);
    },
  };
}
