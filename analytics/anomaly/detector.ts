// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import {
  type Calendar,
  EMPTY_CALENDAR,
  type PlannedEvent,
  toDate,
  toDayNumber,
} from '../forecast/calendar.ts';
import { describeEpisode, describeOrigin } from './describe.ts';
import { judgePeriod, type Period } from './judge.ts';
import { DAILY_PLAN, HOURLY_PLAN } from './plan.ts';
import type { AnomalySeries, Detection, DetectOptions, Revision } from './series.ts';
import { specialKindsOf } from './special-days.ts';
import { createTracker, type Episode, type Tracker } from './tracker.ts';

export type Detector = {
  /** Values that became known, or changed. A change of a day already judged for good replays the series. */
  learn(revisions: readonly Revision[]): void;
  /** All detections of the series, of any confidence, by what has been learnt, as of a day (days since 1970-01-01). */
  judge(asOfDay: number): Detection[];
};

/** How new a series must be against what its source reports on. */
const NEW_AFTER_DAYS = 28;

/** The incremental form: feed it what becomes known, ask as of a day. Asking changes nothing. */
export function createDetector(
  series: Omit<AnomalySeries, 'values' | 'revisions'>,
  options: DetectOptions = {},
): Detector {
  const { completeness = [], calendar = EMPTY_CALENDAR } = options;
  const plan = series.frequency === 'hourly' ? HOURLY_PLAN : DAILY_PLAN;
  const firstDay = toDayNumber(series.firstDate);
  const about: AnomalySeries = { ...series, values: [] };
  const known: number[] = [];
  const described = new WeakMap<Episode, Detection>();
  let tracker = createTracker(plan, series.measure === 'coverage', firstDay, 64);

  const periodOf = (t: number, age: number): Period => {
    const day = firstDay + Math.floor(t / plan.perDay);
    const own = (age: number) => completeness[age];
    const share = own(age)?.shareRatio ?? 1;
    const value = (known[t] ?? Number.NaN) - (series.oneOff?.[t] ?? 0);
    return {
      value: value / share,
      specialKinds: specialKindsOf(day, calendar),
      planned: plannedOn(day, calendar, series.events),
      extraVariance: [varianceOf(own(age)), varianceOf(own(age + (t % plan.perDay === 0 ? 1 : 0)))],
      isEarly: age < completeness.length,
    };
  };

  const describe = (last: number): Detection[] => {
    const { past, episode, origins } = tracker;
    const shown = past.filter(({ plannedName }) => plannedName === undefined);
    const closed = shown.map((each) => {
      const before = described.get(each);
      if (before !== undefined) return before;
      const detection = describeEpisode(about, tracker, each, last);
      if (each.lastUnusual < tracker.count) described.set(each, detection);
      return detection;
    });
    const open =
      episode === undefined || episode.plannedName !== undefined
        ? []
        : [describeEpisode(about, tracker, episode, last)];
    const started = origins
      .filter((origin, k) => k > 0 || isNew(series, firstDay + Math.floor(origin / plan.perDay)))
      .map((origin) => describeOrigin(about, tracker, origin, last));
    return [...started, ...closed, ...open];
  };

  return {
    learn(revisions) {
      for (const { index, value } of revisions) {
        if (index < tracker.count && !Object.is(known[index] ?? Number.NaN, value))
          tracker = createTracker(plan, tracker.isRatio, firstDay, known.length + 32);
        while (known.length < index) known.push(Number.NaN);
        known[index] = value;
      }
    },
    judge(asOfDay) {
      const days = asOfDay - firstDay;
      const end = Math.max(0, days * plan.perDay);
      const complete = Math.max(0, (days - completeness.length) * plan.perDay);
      if (complete < tracker.count) tracker = createTracker(plan, tracker.isRatio, firstDay, end);
      for (let t = tracker.count; t < complete; t++)
        judgePeriod(tracker, t, periodOf(t, completeness.length), true);
      const before = keep(tracker);
      for (let t = Math.max(complete, tracker.count); t < end; t++)
        judgePeriod(tracker, t, periodOf(t, days - 1 - Math.floor(t / plan.perDay)), false);
      const detections = describe(end - 1);
      Object.assign(tracker, before);
      return detections;
    },
  };
}

const varianceOf = (completeness: { shareRatio: number; spreadRatio: number } | undefined) =>
  completeness === undefined ? 0 : (completeness.spreadRatio / completeness.shareRatio) ** 2;

/** What judging periods that are not final must not change. */
function keep({ origin, zeroRun, unit, episode, past, origins }: Tracker) {
  return { origin, zeroRun, unit, episode: episode && { ...episode }, past, origins };
}

function isNew({ observedSince }: Pick<AnomalySeries, 'observedSince'>, day: number): boolean {
  return observedSince !== undefined && day - toDayNumber(observedSince) >= NEW_AFTER_DAYS;
}

function plannedOn(day: number, { events }: Calendar, own: readonly PlannedEvent[] = []): Period['planned'] {
  if (events.length === 0 && own.length === 0) return undefined;
  const date = toDate(day);
  const found = [...own, ...events].find(({ start, end }) => start <= date && date <= end);
  return found && { name: found.name, effectRatio: found.effectRatio };
}
