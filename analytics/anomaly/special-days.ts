import { type Calendar, classifyDay, toDate } from '../forecast/calendar.ts';
import { median, scaledMad } from '../forecast/numeric.ts';
import type { Tracker } from './tracker.ts';

const HOLIDAY = 'holiday';
/** Between Christmas Eve and the new year much stands still, whatever the calendar says. */
const YEAR_END = 'year end';
const YEAR_END_FROM = '12-24';
const YEAR_END_TO = '12-31';

const isShare = (kind: string) => kind === HOLIDAY || kind === YEAR_END;

const known = new WeakMap<ReadonlySet<string>, Map<number, readonly string[]>>();

/** 'holiday', 'year end', 'month start', 'month end', remembered for as long as the set of holidays lives. */
export function specialKindsOf(day: number, { holidays }: Calendar): readonly string[] {
  let days = known.get(holidays);
  if (days === undefined) {
    days = new Map();
    known.set(holidays, days);
  }
  let kinds = days.get(day);
  if (kinds === undefined) {
    kinds = classifyDay(day, { holidays, events: [] });
    const date = toDate(day).slice(5);
    if (date >= YEAR_END_FROM && date <= YEAR_END_TO) kinds = [...kinds, YEAR_END];
    days.set(day, kinds);
  }
  return kinds;
}

/** The effect of a special day: from its last occurrences. */
const EFFECT_OCCURRENCES = 4;
const EFFECT_MEMORY = 6;
const MINIMUM_OCCURRENCES = 2;
const MINIMUM_EFFECT_SPREAD = 0.1;
const UNKNOWN_HOLIDAY_RATIO = 0.25;

/**
 * What a special day adds, as its last occurrences did: the first and last day of the month an amount, a holiday a share.
 * The former are not judged before there are two, an unknown holiday may do much.
 */
export function effectOf({ effects }: Tracker, kinds: readonly string[]) {
  const told = { amount: 0, amountSpread: 0, ratio: 0, ratioSpread: 0, isKnown: true };
  for (const kind of kinds) {
    const past = effects.get(kind) ?? [];
    const isLearnt = past.length >= MINIMUM_OCCURRENCES;
    const effect = isLearnt ? median(past.slice(-EFFECT_OCCURRENCES)) : 0;
    const spread = isLearnt ? Math.max(scaledMad(past, effect), MINIMUM_EFFECT_SPREAD * Math.abs(effect)) : 0;
    if (isShare(kind)) {
      told.ratio = Math.abs(effect) > Math.abs(told.ratio) ? effect : told.ratio;
      told.ratioSpread = Math.max(told.ratioSpread, isLearnt ? spread : UNKNOWN_HOLIDAY_RATIO);
    } else {
      told.amount += effect;
      told.amountSpread = Math.hypot(told.amountSpread, spread);
      told.isKnown &&= isLearnt;
    }
  }
  return told;
}

/** A day that is two kinds at once teaches about neither. */
export function learnEffect(
  { effects }: Tracker,
  kinds: readonly string[],
  excess: number,
  usual: number,
): void {
  const [kind] = kinds;
  const effect = isShare(kind ?? '') ? excess / usual : excess;
  if (kinds.length !== 1 || kind === undefined || !Number.isFinite(effect)) return;
  effects.set(kind, [...(effects.get(kind) ?? []), effect].slice(-EFFECT_MEMORY));
}
