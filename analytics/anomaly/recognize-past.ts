// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { toDate } from '../forecast/calendar.ts';
import { median } from '../forecast/numeric.ts';
import { MINIMUM_SCATTER } from './departure.ts';
import type { Doubt } from './doubt.ts';
import { usualScatter } from './scale.ts';
import { type Episode, fromLog, type Tracker, toLog } from './tracker.ts';

const RECOVERY_DAYS = 120;
const SIMILAR_RATIO = 0.35;
const KEPT_RATIO = 0.6;
const SURE_SPREADS = 2;

/** The return from an accepted level, and a charge that came on the same day of the month before. */
export function recognizePast(
  tracker: Tracker,
  episode: Episode,
  t: number,
  { variance }: Pick<Doubt, 'variance'>,
): Episode['recognizedAs'] {
  const { plan, past } = tracker;
  const doubted = SURE_SPREADS * Math.sqrt(variance);
  if (isMonthly(tracker, episode, t, doubted)) return 'monthly_charge';
  const scatter = Math.max(usualScatter(tracker), MINIMUM_SCATTER);
  const now = episode.level + episode.direction * episode.size;
  const share = episode.recognizedAs === 'recovery' ? KEPT_RATIO : SIMILAR_RATIO;
  const isBack = past.some(({ state, direction, start, level, size, unit }) => {
    if (state !== 'accepted' || direction === episode.direction) return false;
    if (episode.start - start >= RECOVERY_DAYS * plan.perDay) return false;
    const before =
      unit === episode.unit ? level : toLog(tracker, fromLog({ isRatio: tracker.isRatio, unit }, level));
    const isNear = (distance: number) =>
      Math.abs(distance) < Math.max(share * size, SURE_SPREADS * scatter) + doubted;
    return isNear(now - before) || isNear(episode.size - size);
  });
  return isBack ? 'recovery' : undefined;
}

/** Another charge of this amount came on the same day of one of the two months before, be it that nobody was told. */
function isMonthly(tracker: Tracker, episode: Episode, t: number, doubted: number): boolean {
  const { plan, season, values, firstDay } = tracker;
  const { start, level, unit, direction } = episode;
  if (direction < 0 || t - start >= 2 * plan.perDay) return false;
  const amount = values[start]! - fromLog({ isRatio: tracker.isRatio, unit }, level + season[start]!);
  const day = firstDay + Math.floor(start / plan.perDay);
  return daysOfMonthsBefore(day).some((before) => {
    const at = start - (day - before) * plan.perDay;
    const then = at < 0 ? Number.NaN : values[at]! - usualAround(tracker, at, start);
    const reach = Math.min(SIMILAR_RATIO * amount + doubted * values[start]!, KEPT_RATIO * amount);
    return Math.abs(then - amount) < reach;
  });
}

/** The same place in the weeks around a period, as it was then: a level that was accepted since changes what is clean. */
function usualAround({ plan, values }: Tracker, at: number, before: number): number {
  const near = [-2, -1, 1, 2].map((weeks) => at + weeks * plan.season);
  return median(
    near.filter((i) => i >= 0 && i < before && Number.isFinite(values[i]!)).map((i) => values[i]!),
  );
}

const MONTHS_BEFORE = 2;

/** The same day of the months before, where they have one; days since 1970-01-01. */
function daysOfMonthsBefore(day: number): number[] {
  const dayOfMonth = Number(toDate(day).slice(8));
  const days: number[] = [];
  let last = day - dayOfMonth;
  for (let month = 0; month < MONTHS_BEFORE; month++) {
    const length = Number(toDate(last).slice(8));
    if (dayOfMonth <= length) days.push(last - length + dayOfMonth);
    last -= length;
  }
  return days;
}
