// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { toDate } from '../forecast/calendar.ts';
import { MINIMUM_SCATTER } from './departure.ts';
import { usualScatter } from './scan.ts';
import { type Episode, fromLog, type Tracker } from './tracker.ts';

const RECOVERY_DAYS = 120;
const SIMILAR_RATIO = 0.35;
const KEPT_RATIO = 0.6;

/** The return from an accepted level, and a charge that came on the same day of the month before. */
export function recognizePast(tracker: Tracker, episode: Episode, t: number): Episode['recognizedAs'] {
  const { plan, past } = tracker;
  if (isMonthly(tracker, episode, t)) return 'monthly_charge';
  const scatter = Math.max(usualScatter(tracker), MINIMUM_SCATTER);
  const now = episode.level + episode.direction * episode.size;
  const share = episode.recognizedAs === 'recovery' ? KEPT_RATIO : SIMILAR_RATIO;
  const isBack = past.some(
    ({ state, direction, start, level, size, unit }) =>
      state === 'accepted' &&
      unit === episode.unit &&
      direction !== episode.direction &&
      episode.start - start < RECOVERY_DAYS * plan.perDay &&
      Math.abs(now - level) < Math.max(share * size, 2 * scatter),
  );
  return isBack ? 'recovery' : undefined;
}

function isMonthly(tracker: Tracker, episode: Episode, t: number): boolean {
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
    return Math.abs(amountOf(before) - amount) < SIMILAR_RATIO * amount;
  });
}

const dayOfMonth = ({ firstDay, plan }: Tracker, t: number) =>
  toDate(firstDay + Math.floor(t / plan.perDay)).slice(8);
