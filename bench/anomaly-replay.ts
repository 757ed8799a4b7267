// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { createDetector } from '../analytics/anomaly/detector.ts';
import { reconcileDetections, type TrackedDetection } from '../analytics/anomaly/reconcile.ts';
import type { Detection } from '../analytics/anomaly/series.ts';
import { toDate, toDayNumber } from '../analytics/forecast/calendar.ts';
import type { Track } from './anomaly-score.ts';
import { FIRST_DATE, FIRST_VIEW, HOLIDAYS, type LabelledCosts, SECOND_VIEW } from './anomaly-series.ts';

/** A detection that ended longer ago is settled. */
const FOLLOWED_DAYS = 30;

/** Judges a series every day as of what was known then, and follows each detection's score. */
export function replaySeries(series: LabelledCosts): Track[] {
  const firstDay = toDayNumber(FIRST_DATE);
  const detector = createDetector(
    { id: series.id, firstDate: FIRST_DATE, events: series.events },
    { calendar: { holidays: HOLIDAYS, events: [] }, completeness: [FIRST_VIEW, SECOND_VIEW] },
  );
  const tracks = new Map<string, Track>();
  let tracked: TrackedDetection[] = [];
  let next = 0;
  for (let day = 1; day <= series.final.length; day++) {
    const from = next;
    while (next < series.revisions.length && series.revisions[next]!.knownOn <= day) next++;
    detector.learn(
      series.revisions
        .slice(from, next)
        .map(({ day: index, knownOn, value }) => ({ index, knownOn: firstDay + knownOn, value })),
    );
    const since = toDate(firstDay + day - FOLLOWED_DAYS);
    const isRecent = ({ end }: Detection) => end === null || end >= since;
    const now = detector.judge(firstDay + day).filter((each) => each.isAlert && isRecent(each));
    tracked = reconcileDetections(tracked.filter(isRecent), now, toDate(firstDay + day));
    for (const { id, score, direction, shape, withdrawnOn } of tracked) {
      const track = tracks.get(id) ?? {
        direction: direction === 'up' ? 1 : -1,
        rises: [],
        shape,
        isWithdrawn: false,
      };
      tracks.set(id, track);
      track.shape = shape;
      track.isWithdrawn = withdrawnOn !== null;
      const last = track.rises.at(-1);
      if (last === undefined || score > last.score) track.rises.push({ asOf: firstDay + day, score });
    }
  }
  return [...tracks.values()];
}
