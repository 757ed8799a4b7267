// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import {
  acceptedSize,
  begin,
  departureAt,
  isTold,
  MINIMUM_SCATTER,
  measure,
  settle,
  since,
} from './departure.ts';
import type { Doubt } from './doubt.ts';
import { findBeginning } from './find-beginning.ts';
import { endPlanned, followPlanned } from './planned.ts';
import { recognizePast } from './recognize-past.ts';
import { replaceWeak } from './replace-weak.ts';
import { DRIFT_ERROR_PER_DAY, scaleOf, usualScatter } from './scale.ts';
import { type Scan, scoreOf } from './scan.ts';
import type { Episode, Tracker } from './tracker.ts';

/** Quiet again: less than this share of the departure, for one period when it was clear, for three when it was not. */
const QUIET_SHARE = 0.35;
const CLEAR_SCATTERS = 4;
const QUIET_RUN = 3;
/** A special day is part of a departure when it departs as clearly as one begins. */
const SPECIAL_DAY_SCORE = 4;
/** Still growing: the last periods rise by more than this, and by so many of their standard errors. */
const GROWTH_RATIO = 0.04;
const GROWTH_ERRORS = 2;
const CLEAR_SCORE = 8;
const WATCHED = 3;
const LONGEST_DAYS = 90;

/** A departure begins. */
export function openEpisode(
  tracker: Tracker,
  t: number,
  found: Scan,
  period: { isEarly: boolean; doubt: Doubt },
): void {
  const { width, shape } = tracker.plan.templates[found.template]!;
  const direction = found.score > 0 ? 1 : -1;
  const { level, drift } = found;
  const score = Math.abs(found.score);
  const from = t - width + 1;
  const start = Math.max(from, acceptedBefore(tracker));
  const episode = begin(tracker, t, {
    start,
    direction,
    level: level + drift * (start - from),
    drift,
    score,
    isEarly: period.isEarly,
  });
  episode.isRamp = shape === 'ramp';
  if (episode.isRamp) {
    const sizes = Array.from({ length: t - start + 1 }, (_, k) =>
      isTold(tracker, episode, start + k) ? departureAt(tracker, episode, start + k) : Number.NaN,
    );
    episode.begunAt = start + findBeginning(sizes);
  }
  tracker.episode = episode;
  episode.size = measure(tracker, episode, t).mean;
  episode.recognizedAs = recognizePast(tracker, episode, t, period.doubt);
}

type Followed = {
  isJudged: boolean;
  isEarly: boolean;
  doubt: Doubt;
  planned: { name: string; effectRatio: number | undefined } | undefined;
};

/** One more period of an episode: it goes on, is over, or has become the new baseline. */
export function followEpisode(tracker: Tracker, t: number, period: Followed, isFinal: boolean): void {
  const episode = tracker.episode!;
  if (episode.plannedName !== undefined) {
    if (period.planned?.name === episode.plannedName) followPlanned(tracker, episode, t, period, isFinal);
    else endPlanned(tracker, episode, t, isFinal);
    return;
  }
  if (!period.isJudged || replaceWeak(tracker, t, period, isFinal)) return;
  if (tracker.ordinary[t] === 0) {
    followSpecialDay(tracker, episode, t, period);
    return;
  }
  const scatter = Math.max(usualScatter(tracker), MINIMUM_SCATTER);
  if (departureAt(tracker, episode, t) < QUIET_SHARE * episode.size) {
    if (!period.isEarly) noteQuiet(tracker, episode, t, scatter, isFinal);
    return;
  }
  if (episode.direction < 0 && !period.doubt.mayFall) return;
  episode.quietRun = 0;
  episode.lastUnusual = t;
  episode.score = Math.max(episode.score, heightScore(tracker, episode, t, period.doubt));
  if (period.isEarly && !episode.isEarly) return;
  episode.size = measure(tracker, episode, t).mean;
  if (!period.isEarly) episode.isEarly = false;
  episode.recognizedAs = recognizePast(tracker, episode, t, period.doubt);
  if (isFinal) considerLevel(tracker, episode, t, scatter);
}

/** A special day tells nothing of how large a departure is, and not that it is over, but it is part of one that it shows. */
function followSpecialDay(tracker: Tracker, episode: Episode, t: number, { doubt }: Followed): void {
  const departure = departureAt(tracker, episode, t);
  if (episode.direction < 0 && !doubt.mayFall) return;
  if (departure < QUIET_SHARE * episode.size) return;
  const score = episode.direction * scoreOf(episode.direction * departure, scaleOf(tracker, 1), 1, doubt);
  if (score >= SPECIAL_DAY_SCORE) episode.lastUnusual = t;
}

function noteQuiet(tracker: Tracker, episode: Episode, t: number, scatter: number, isFinal: boolean): void {
  episode.quietRun++;
  if (episode.quietRun < (episode.size > CLEAR_SCATTERS * scatter ? 1 : QUIET_RUN)) return;
  if (isFinal) settle(tracker, episode, t, 0);
  close(tracker, 'over');
}

/**
 * How clear the departure is over all of it, and over its last periods, which are the highest of one that grows; the longer
 * ago the level was known, the less it is, as the growth since may be another than the usual.
 */
function heightScore(tracker: Tracker, episode: Episode, t: number, doubt: Doubt): number {
  let best = 0;
  for (const width of [t - episode.start + 1, tracker.plan.acceptAfter, tracker.plan.acceptAfter / 2]) {
    if (episode.start > t - width + 1) continue;
    const { mean, count } = measure(tracker, since(episode, t - width + 1), t);
    const distance = (t - episode.start + 1 - count / 2) / tracker.plan.perDay;
    const scale = Math.hypot(scaleOf(tracker, count), DRIFT_ERROR_PER_DAY * distance);
    best = Math.max(best, episode.direction * scoreOf(episode.direction * mean, scale, count, doubt));
  }
  return best;
}

/** A departure that lasts and no longer grows is the new baseline; one that is not clear is watched for longer. */
function considerLevel(tracker: Tracker, episode: Episode, t: number, scatter: number): void {
  const { acceptAfter, perDay } = tracker.plan;
  const length = t - episode.start + 1;
  if (length < acceptAfter / 2) return;
  const { growth, error } = growthOf(tracker, episode, t, Math.min(length, 2 * acceptAfter), scatter);
  const isGrowing = growth > GROWTH_RATIO && growth > GROWTH_ERRORS * error;
  if (isGrowing && growth > 0.5 * episode.size) episode.isRamp = true;
  else if (!isGrowing && growth < 0.25 * episode.size && length < 2 * acceptAfter) episode.isRamp = false;
  const least = episode.score >= CLEAR_SCORE ? acceptAfter : WATCHED * acceptAfter;
  if (length < least || (isGrowing && length < LONGEST_DAYS * perDay)) return;
  settle(tracker, episode, t, acceptedSize(tracker, episode, t));
  close(tracker, 'accepted');
}

/** What the departure gained over its last `width` periods, by least squares, and the standard error of that. */
function growthOf(tracker: Tracker, episode: Episode, t: number, width: number, scatter: number) {
  let [n, x, y, xx, xy] = [0, 0, 0, 0, 0];
  for (let i = t - width + 1; i <= t; i++) {
    if (!isTold(tracker, episode, i)) continue;
    const departure = departureAt(tracker, episode, i);
    n++;
    x += i - t;
    y += departure;
    xx += (i - t) ** 2;
    xy += (i - t) * departure;
  }
  const square = xx - (x * x) / Math.max(1, n);
  if (n < 4 || square <= 0) return { growth: 0, error: 1 };
  return {
    growth: (width * (xy - (x * y) / n)) / square,
    error: (1.3 * width * scatter) / Math.sqrt(square),
  };
}

function close(tracker: Tracker, state: 'over' | 'accepted'): void {
  tracker.past = [...tracker.past, { ...tracker.episode!, state }];
  tracker.episode = undefined;
}

/** Where the last accepted level began: what lies before was on another level. */
function acceptedBefore({ past }: Tracker): number {
  return past.findLast(({ state }) => state === 'accepted')?.start ?? -1;
}
