// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { type Calendar, classifyDay } from './calendar.ts';
import { median, scaledMad } from './numeric.ts';

export type CalendarEffects = {
  /** The history without the special days that have an effect: NaN, as a day without a value. */
  ordinary: Float64Array;
  /**
   * What a day adds to an ordinary one: what is planned, as a share of that day's value, and what was learnt, as a share of
   * the level of the series (a fee does not shrink on a Sunday); 0 for an ordinary day.
   */
  effectAt(dayNumber: number): { plannedRatio: number; learntShare: number };
};

/** An effect is learnt from this many of its last occurrences. */
const OCCURRENCES = 3;
const MINIMUM_OCCURRENCES = 2;
/** Days on each side that say what is usual; two weeks hold two of each weekday. */
const REACH_DAYS = 10;
/** What is usual on a weekday, and how much ordinary days scatter, is told by these last days. */
const ORDINARY_DAYS = 84;
/** An effect counts when it is this far from what ordinary days do, and not a trifle. */
const MINIMUM_MADS = 3;
const MINIMUM_EFFECT = 0.02;

/**
 * Effects of special days in a daily history (NaN where a day has no value): each the median of what its last
 * occurrences added to the same weekday's usual value around them. Charges on the first of a month and credits at its end
 * are the most frequent. Compare Taylor, S. J. and Letham, B. (2018), The American Statistician 72, 37-45, who add
 * holidays to a forecast in the same way.
 */
export function fitCalendarEffects(
  values: Float64Array,
  firstDay: number,
  calendar: Calendar,
): CalendarEffects {
  const planned = new Map<string, number>(
    calendar.events.flatMap(({ name, effectRatio }) =>
      effectRatio === undefined ? [] : [[`event ${name}`, effectRatio] as const],
    ),
  );
  const kinds = Array.from(values, (_, i) => kindsOfDay(firstDay + i, calendar));
  const excess = measureExcess(values, kinds);
  const noise = scaledMad(
    excess.filter((value, i) => kinds[i]!.length === 0 && Number.isFinite(value)),
    0,
  );
  const effects = new Map<string, number>();
  for (const kind of new Set(kinds.flat())) {
    const past = Array.from(excess).filter((value, i) => kinds[i]!.includes(kind) && Number.isFinite(value));
    const recent = past.slice(-OCCURRENCES);
    const effect = median(recent);
    const isClear =
      Math.abs(effect) > Math.max(MINIMUM_EFFECT, MINIMUM_MADS * noise * Math.sqrt(1 / recent.length));
    if (recent.length >= MINIMUM_OCCURRENCES && isClear) effects.set(kind, effect);
  }
  const learntAt = (own: string[]) => {
    const kind = own.find((each) => effects.has(each));
    return kind === undefined ? 0 : effects.get(kind)!;
  };
  return {
    ordinary: values.map((value, i) => (learntAt(kinds[i]!) === 0 ? value : Number.NaN)),
    effectAt(dayNumber) {
      const own = kindsOfDay(dayNumber, calendar);
      const plannedRatio = own.reduce((sum, kind) => sum + (planned.get(kind) ?? 0), 0);
      return { plannedRatio, learntShare: learntAt(own.filter((kind) => !planned.has(kind))) };
    },
  };
}

const knownKinds = new WeakMap<Calendar, Map<number, string[]>>();

/** `classifyDay`, remembered for as long as the calendar lives: thousands of series ask for the same days. */
function kindsOfDay(dayNumber: number, calendar: Calendar): string[] {
  const known = knownKinds.get(calendar) ?? new Map<number, string[]>();
  knownKinds.set(calendar, known);
  const kinds = known.get(dayNumber) ?? classifyDay(dayNumber, calendar);
  known.set(dayNumber, kinds);
  return kinds;
}

/** Each day less the usual value of its weekday around it, over the level around it; NaN where that is not known. */
function measureExcess(values: Float64Array, kinds: string[][]): Float64Array {
  const isOrdinary = (i: number) => Number.isFinite(values[i] ?? Number.NaN) && kinds[i]!.length === 0;
  const around = (i: number) => {
    const near: number[] = [];
    for (let j = i - REACH_DAYS; j <= i + REACH_DAYS; j++)
      if (j !== i && isOrdinary(j)) near.push(values[j]!);
    return near.length >= REACH_DAYS / 2 ? median(near) : Number.NaN;
  };
  const isAsked = (i: number) => i >= values.length - ORDINARY_DAYS || kinds[i]!.length > 0;
  const levels = Float64Array.from(values, (_, i) => (isAsked(i) ? around(i) : Number.NaN));
  const weekday = Array.from({ length: 7 }, (_, phase) => {
    const shares: number[] = [];
    for (let i = phase; i < values.length; i += 7) {
      if (!isOrdinary(i)) continue;
      const share = (values[i]! - levels[i]!) / levels[i]!;
      if (i >= values.length - ORDINARY_DAYS && Number.isFinite(share)) shares.push(share);
    }
    return median(shares);
  });
  return values.map((value, i) => {
    const level = levels[i]!;
    return level > 0 ? (value - level * (1 + weekday[i % 7]!)) / level : Number.NaN;
  });
}
