// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { toDate, toDayNumber } from '../forecast/calendar.ts';
import { DEFAULT_MINIMUM_CONFIDENCE } from './confidence.ts';
import { createDetector } from './detector.ts';
import { byStart, reconcileDetections, type TrackedDetection } from './reconcile.ts';
import type { AnomalySeries, Detection, DetectOptions, Revision } from './series.ts';

/**
 * All detections of a series as of a day, oldest first. With `revisions` the past is replayed day by day as of what was
 * known then, so that `judgedOn` is the day on which the detection was first made and withdrawn ones are listed with
 * `withdrawnOn`; without them, values count as known the day after their period.
 */
export function judgeSeries(series: AnomalySeries, options: DetectOptions = {}): TrackedDetection[] {
  const least = options.minimumConfidence ?? DEFAULT_MINIMUM_CONFIDENCE;
  const perDay = series.frequency === 'hourly' ? 24 : 1;
  const firstDay = toDayNumber(series.firstDate);
  const asOf =
    options.asOf === undefined
      ? firstDay + Math.ceil(series.values.length / perDay)
      : toDayNumber(options.asOf);
  const detector = createDetector(series, options);
  const known = listKnown(series, firstDay, perDay).filter(({ knownOn }) => knownOn <= asOf);
  if (series.revisions === undefined) {
    detector.learn(known);
    const found = detector.judge(asOf).filter(({ confidence }) => confidence >= least);
    return found.map((each) => ({ ...each, withdrawnOn: null })).sort(byStart);
  }
  let tracked: TrackedDetection[] = [];
  let next = 0;
  for (let day = firstDay + 1; day <= asOf; day++) {
    const from = next;
    while (next < known.length && known[next]!.knownOn <= day) next++;
    if (next > from) detector.learn(known.slice(from, next));
    const now = detector.judge(day).filter(({ confidence }) => confidence >= least);
    tracked = reconcileDetections(tracked, now, toDate(day));
  }
  return tracked;
}

/** `judgeSeries` without what was withdrawn. */
export function detectSeries(series: AnomalySeries, options: DetectOptions = {}): Detection[] {
  return judgeSeries(series, options).filter(({ withdrawnOn }) => withdrawnOn === null);
}

/** `judgeSeries` for many; the result does not depend on their order. */
export function detectMany(
  all: readonly AnomalySeries[],
  options: DetectOptions = {},
): { id: string; detections: TrackedDetection[] }[] {
  return all.map((series) => ({ id: series.id, detections: judgeSeries(series, options) }));
}

function listKnown({ values, revisions = [] }: AnomalySeries, firstDay: number, perDay: number): Revision[] {
  const revised = new Set(revisions.map(({ index }) => index));
  const known = [...revisions];
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (value === null || value === undefined || revised.has(index)) continue;
    known.push({ index, knownOn: firstDay + Math.floor(index / perDay) + 1, value });
  }
  return known.sort((a, b) => a.knownOn - b.knownOn || a.index - b.index);
}
