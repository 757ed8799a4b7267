// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import {
  type Calendar,
  EMPTY_CALENDAR,
  type PlannedEvent,
  toDate,
  toDayNumber,
} from '../forecast/calendar.ts';
import { describeEpisode, describeOrigin } from './describe.ts';
import { doubtOf, isTight } from './doubt.ts';
import { judgePeriod, type Period } from './judge.ts';
import { DAILY_PLAN, HOURLY_PLAN } from './plan.ts';
import type { AnomalySeries, Completeness, Detection, DetectOptions, Revision } from './series.ts';
import { specialKindsOf } from './special-days.ts';
import { createTracker, type Episode, type Tracker } from './tracker.ts';

export type Detector = {
  /** Values that became known, or changed. A change of a day already judged for good replays the series. */
  learn(revisions: readonly Revision[]): void;
  /** All detections of the series, of any confidence, by what has been learnt, as of a day (days since 1970-01-01). */
  judge(asOfDay: number): Detection[];
};

const COMPLETE: Completeness = { shareRatio: 1, spreadRatio: 0 };
/** A report that exceeds a nearly complete one before it by more, in logarithms, is doubted for so long. */
const CONTRADICTION = 0.25;
const CONTRADICTED_DAYS = 7;

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
  /** What nearly complete reports came to, and which were contradicted. */
  const reported = new Map<number, number>();
  const contradicted = new Map<number, { jump: number; until: number }>();
  const described = new WeakMap<Episode, Detection>();
  let tracker = createTracker(plan, series.measure === 'coverage', firstDay, 64);

  /** By how much the last report of a period contradicts the one before; 0 for not, and once it has stood for a while. */
  const contradictionOf = (t: number, asOfDay: number) => {
    const report = contradicted.get(t);
    return report !== undefined && asOfDay < report.until ? report.jump : 0;
  };

  const periodOf = (t: number, age: number, asOfDay: number): Period => {
    const day = firstDay + Math.floor(t / plan.perDay);
    const value = (known[t] ?? Number.NaN) - (series.oneOff?.[t] ?? 0);
    const ageBefore = age + (t % plan.perDay === 0 ? 1 : 0);
    return {
      value: value / (completeness[age]?.shareRatio ?? 1),
      specialKinds: specialKindsOf(day, calendar),
      planned: plannedOn(day, calendar, series.events),
      doubt: doubtOf(completeness[age], contradictionOf(t, asOfDay)),
      doubtBefore: doubtOf(completeness[ageBefore], contradictionOf(t - 1, asOfDay)),
      isEarly: age < completeness.length,
    };
  };

  const noteReport = ({ index, knownOn, value }: Revision) => {
    const before = reported.get(index);
    const age = knownOn - firstDay - Math.floor(index / plan.perDay) - 1;
    const own = completeness[age] ?? COMPLETE;
    if (isTight(own)) reported.set(index, value / own.shareRatio);
    if (before === undefined) return;
    const jump = Math.log(value / own.shareRatio / before);
    if (jump > CONTRADICTION) contradicted.set(index, { jump, until: knownOn + CONTRADICTED_DAYS });
    else contradicted.delete(index);
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
      for (const revision of revisions) {
        noteReport(revision);
        const { index, value } = revision;
        if (index < tracker.count && !Object.is(known[index] ?? Number.NaN, value))
          tracker = createTracker(plan, tracker.isRatio, firstDay, known.length + 32);
        while (known.length < index) known.push(Number.NaN);
        known[index] = value;
      }
    },
    judge(asOfDay) {
      const days = asOfDay - firstDay;
      const end = Math.max(0, days * plan.perDay);
      let complete = Math.max(0, (days - completeness.length) * plan.perDay);
      for (const index of contradicted.keys())
        if (index < complete && contradictionOf(index, asOfDay) > 0) complete = index;
      if (complete < tracker.count) tracker = createTracker(plan, tracker.isRatio, firstDay, end);
      for (let t = tracker.count; t < complete; t++)
        judgePeriod(tracker, t, periodOf(t, completeness.length, asOfDay), true);
      const before = keep(tracker);
      for (let t = Math.max(complete, tracker.count); t < end; t++)
        judgePeriod(tracker, t, periodOf(t, days - 1 - Math.floor(t / plan.perDay), asOfDay), false);
      const detections = describe(end - 1);
      Object.assign(tracker, before);
      return detections;
    },
  };
}

/** What judging periods that are not final must not change. */
function keep({ origin, zeroRun, unit, episode, past, origins }: Tracker) {
  return {
    origin,
    zeroRun,
    unit,
    episode: episode && { ...episode },
    past,
    origins,
  };
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
