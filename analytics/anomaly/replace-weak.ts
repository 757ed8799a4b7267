// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { begin, departureAt, measure, settle, since } from './departure.ts';
import type { Doubt } from './doubt.ts';
import { recognizePast } from './recognize-past.ts';
import { scaleOf } from './scale.ts';
import { scoreOf } from './scan.ts';
import type { Tracker } from './tracker.ts';

/** A departure that is not clear gives way to a jump that is, against its own last days. */
const WEAK_SCORE = 6;
const JUMP_SCORE = 5;
const JUMP_DAYS = 7;
/** What a weak departure lasted for longer than this is taken as the level before the jump for good. */
const LEVEL_DAYS = 5;

/** Whether a period is no part of the weak episode that is open, but the beginning of a clear one of its own. */
export function replaceWeak(
  tracker: Tracker,
  t: number,
  period: { isEarly: boolean; doubt: Doubt },
  isFinal: boolean,
): boolean {
  const episode = tracker.episode!;
  const { perDay } = tracker.plan;
  if (episode.score >= WEAK_SCORE || t === episode.start) return false;
  const from = Math.max(episode.start, t - JUMP_DAYS * perDay);
  const { mean, count } = measure(tracker, since(episode, from), t - 1);
  const jump = episode.direction * (departureAt(tracker, episode, t) - mean);
  if (count < 2 || (jump < 0 && !period.doubt.mayFall)) return false;
  const scale = scaleOf(tracker, 1) * Math.sqrt(1 + 1 / count);
  const score = Math.abs(scoreOf(jump, scale, 1, period.doubt));
  if (score < JUMP_SCORE || score < episode.score) return false;
  const known = episode.direction * mean;
  tracker.past = [...tracker.past, { ...episode, state: 'over', lastUnusual: t - 1 }];
  if (isFinal) settle(tracker, episode, t - 1, count >= LEVEL_DAYS * perDay ? known : 0);
  const own = begin(tracker, t, {
    start: t,
    direction: jump > 0 ? 1 : -1,
    level: episode.level + episode.drift * (t - episode.start) + known,
    drift: episode.drift,
    score,
    isEarly: period.isEarly,
  });
  own.size = Math.abs(jump);
  own.recognizedAs = recognizePast(tracker, own, t, period.doubt);
  tracker.episode = own;
  return true;
}
