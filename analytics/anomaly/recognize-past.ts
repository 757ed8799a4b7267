// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { toDate } from '../forecast/calendar.ts';
import { MINIMUM_SCATTER } from './departure.ts';
import type { Doubt } from './doubt.ts';
import { usualScatter } from './scan.ts';
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

function isMonthly(tracker: Tracker, episode: Episode, t: number, doubted: number): boolean {
  const { plan, past, season, values } = tracker;
  const isShort = ({ start }: Episode, end: number) => end - start < 2 * plan.perDay;
  if (episode.direction < 0 || !isShort(episode, t)) return false;
  const amountOf = ({ start, level, unit }: Episode) =>
    values[start]! - fromLog({ isRatio: tracker.isRatio, unit }, level + season[start]!);
  const amount = amountOf(episode);
  return past.some((before) => {
    const days = (episode.start - before.start) / plan.perDay;
    if (days < 27 || days > 64 || before.direction < 0) return false;
    if (dayOfMonth(tracker, before.start) !== dayOfMonth(tracker, episode.start)) return false;
    return Math.abs(amountOf(before) - amount) < SIMILAR_RATIO * amount + doubted * values[episode.start]!;
  });
}

const dayOfMonth = ({ firstDay, plan }: Tracker, t: number) =>
  toDate(firstDay + Math.floor(t / plan.perDay)).slice(8);
