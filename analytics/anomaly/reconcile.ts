import type { Detection } from './series.ts';

/** `withdrawnOn`: the day on which what is known no longer shows it, YYYY-MM-DD. */
export type TrackedDetection = Detection & { withdrawnOn: string | null };

/** A detection that moved by no more than this is still the same. */
const SAME_START_DAYS = 3;
const MILLISECONDS_PER_DAY = 86_400_000;

/**
 * What was detected before, in the light of what is detected now: a detection of the same series and direction that
 * overlaps an earlier one, or begins within three days of it, is that one and keeps its id and the day it was made on;
 * earlier ones that are no longer seen are withdrawn, others are new.
 */
export function reconcileDetections(
  before: readonly TrackedDetection[],
  now: readonly Detection[],
  asOf: string,
): TrackedDetection[] {
  const open = before.filter(({ withdrawnOn }) => withdrawnOn === null);
  const taken = new Set<TrackedDetection>();
  const current = now.map((detection): TrackedDetection => {
    const same =
      before.find((each) => !taken.has(each) && each.id === detection.id) ??
      open.find((each) => !taken.has(each) && isSame(each, detection));
    if (same === undefined) return { ...detection, judgedOn: asOf, withdrawnOn: null };
    taken.add(same);
    return { ...detection, id: same.id, judgedOn: same.judgedOn, withdrawnOn: null };
  });
  const gone = before
    .filter((each) => !taken.has(each))
    .map((each) => (each.withdrawnOn === null ? { ...each, withdrawnOn: asOf } : each));
  return [...gone, ...current].sort(byStart);
}

/** Oldest first. */
export const byStart = (a: Detection, b: Detection) =>
  compareText(a.start, b.start) || compareText(a.id, b.id);

function isSame(a: Detection, b: Detection): boolean {
  if (a.seriesId !== b.seriesId || a.direction !== b.direction) return false;
  if ((a.shape === 'start') !== (b.shape === 'start')) return false;
  const between = Math.abs(toTime(a.start) - toTime(b.start)) / MILLISECONDS_PER_DAY;
  const overlaps = (a.end === null || a.end >= b.start) && (b.end === null || b.end >= a.start);
  return overlaps || between <= SAME_START_DAYS;
}

const toTime = (period: string) =>
  Date.parse(period.length > 10 ? `${period}:00:00Z` : `${period}T00:00:00Z`);

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
