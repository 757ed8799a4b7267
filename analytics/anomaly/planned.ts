// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds

import { driftBefore, levelBefore } from './baseline.ts';
import { acceptedSize, begin, departureAt, MINIMUM_SCATTER, measure, settle, since } from './departure.ts';
import type { Doubt } from './doubt.ts';
import { recognizePast } from './recognize-past.ts';
import { usualScatter } from './scale.ts';
import { scoreOf } from './scan.ts';
import type { Episode, Tracker } from './tracker.ts';

/** An announced event may move cost by so much from day to day; more is a jump of its own. */
const PLANNED_SCATTER = 0.08;
const PLANNED_JUMP_SCORE = 4;
const PLANNED_DAYS = 5;

export type Planned = { name: string; effectRatio: number | undefined };

/** An announced event whose effect nobody stated: followed, never judged, and its outcome is the new baseline. */
export function openPlanned(
  tracker: Tracker,
  t: number,
  planned: { name: string; effectRatio: number | undefined } | undefined,
): void {
  const name = planned !== undefined && planned.effectRatio === undefined ? planned.name : undefined;
  if (name === undefined || tracker.episode !== undefined) return;
  const drift = driftBefore(tracker, t);
  const level = levelBefore(tracker, t, drift);
  tracker.episode = {
    ...begin(tracker, t, {
      start: t,
      direction: 1,
      level,
      drift,
      score: 0,
      isEarly: false,
    }),
    plannedName: name,
  };
}

/** While an announced event lasts only a jump against its own last days is judged. */
export function followPlanned(
  tracker: Tracker,
  episode: Episode,
  t: number,
  period: { isJudged: boolean; isEarly: boolean; doubt: Doubt },
  isFinal: boolean,
): void {
  const from = Math.max(episode.start, t - PLANNED_DAYS * tracker.plan.perDay);
  const known = t > from ? measure(tracker, since(episode, from), t - 1).mean : 0;
  const jump = departureAt(tracker, episode, t) - known;
  const scatter = Math.max(usualScatter(tracker), MINIMUM_SCATTER);
  const score = scoreOf(jump, Math.sqrt(PLANNED_SCATTER ** 2 + 1.2 * scatter ** 2), 1, period.doubt);
  const isJudged = tracker.ordinary[t] === 1 && period.isJudged && (score > 0 || period.doubt.mayFall);
  if (!isJudged || Math.abs(score) < PLANNED_JUMP_SCORE) {
    episode.lastUnusual = t;
    return;
  }
  const level = episode.level + episode.drift * (t - episode.start) + known;
  if (isFinal && t > episode.start) settle(tracker, episode, t - 1, known);
  tracker.episode = begin(tracker, t, {
    start: t,
    direction: jump > 0 ? 1 : -1,
    level,
    drift: episode.drift,
    score: Math.abs(score),
    isEarly: period.isEarly,
  });
  tracker.episode.size = Math.abs(jump);
  tracker.episode.recognizedAs = recognizePast(tracker, tracker.episode, t, period.doubt);
}

/** What an event of some days leaves behind is the new baseline. */
export function endPlanned(tracker: Tracker, episode: Episode, t: number, isFinal: boolean): void {
  tracker.episode = undefined;
  if (!isFinal) return;
  const isLong = episode.lastUnusual - episode.start + 1 >= tracker.plan.acceptAfter / 2;
  settle(tracker, episode, t, isLong ? acceptedSize(tracker, episode, t) : 0);
}
