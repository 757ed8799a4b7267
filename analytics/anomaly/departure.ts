// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { usualScatter } from './scale.ts';
import { type Episode, sumFrom, type Tracker } from './tracker.ts';

/** No series is quieter than this, in log units. */
export const MINIMUM_SCATTER = 0.015;
const CLEAN_SCATTERS = 4;

/** An episode as it opens at `t`. */
export function begin(
  tracker: Tracker,
  t: number,
  from: Pick<Episode, 'start' | 'direction' | 'level' | 'drift' | 'score' | 'isEarly'>,
): Episode {
  return {
    ...from,
    begunAt: from.start,
    raisedAt: t,
    lastUnusual: t,
    quietRun: 0,
    state: 'open',
    isRamp: false,
    plannedName: undefined,
    recognizedAs: undefined,
    size: 0,
    unit: tracker.unit,
    scatter: Math.max(usualScatter(tracker), MINIMUM_SCATTER),
  };
}

/** What is above (or below) the usual at a period of an episode, in its direction. */
export function departureAt(
  { seen, season }: Tracker,
  { level, drift, start, direction }: Episode,
  i: number,
): number {
  return direction * (seen[i]! - level - drift * (i - start) - season[i]!);
}

/** Whether a period tells how far an episode departs: no special day, and not part of an earlier episode. */
export function isTold({ ordinary, usable }: Tracker, { raisedAt }: Episode, i: number): boolean {
  return ordinary[i] === 1 && (i >= raisedAt || usable[i] === 1);
}

/** The mean departure from the episode's start to `to`, over ordinary periods. */
export function measure(tracker: Tracker, episode: Episode, to: number) {
  let sum = 0;
  let count = 0;
  for (let i = episode.start; i <= to; i++) {
    if (!isTold(tracker, episode, i)) continue;
    sum += departureAt(tracker, episode, i);
    count++;
  }
  if (count > 0) return { mean: sum / count, count };
  const own = departureAt(tracker, episode, to);
  return { mean: Number.isFinite(own) ? own : 0, count: 1 };
}

/** The same usual level, told from a later period on. */
export function since(episode: Episode, start: number): Episode {
  return {
    ...episode,
    start,
    level: episode.level + episode.drift * (start - episode.start),
  };
}

/** The departure of the last periods, signed. */
export function acceptedSize(tracker: Tracker, episode: Episode, t: number): number {
  const recent = since(episode, Math.max(episode.start, t - (tracker.plan.acceptAfter >> 1) + 1));
  return episode.direction * measure(tracker, recent, t).mean;
}

/** Moves what is known of the past onto the level after the episode, so that weekdays learnt before it hold after it. */
export function settle(tracker: Tracker, episode: Episode, t: number, lift: number): void {
  const { clean, seen, season, usable, origin } = tracker;
  if (lift !== 0) for (let i = origin; i < episode.start; i++) clean[i]! += lift;
  const reach = CLEAN_SCATTERS * Math.max(usualScatter(tracker), MINIMUM_SCATTER);
  const isKept = lift !== 0 && !episode.isRamp && episode.plannedName === undefined;
  const from = isKept ? episode.start : lift === 0 ? episode.lastUnusual + 1 : t - tracker.plan.season + 1;
  for (let i = episode.start; i <= t; i++) {
    const usual = episode.level + episode.drift * (i - episode.start) + season[i]! + lift;
    const isKnown = i >= from && isTold(tracker, episode, i);
    clean[i] = isKnown ? Math.min(usual + reach, Math.max(usual - reach, seen[i]!)) : usual;
    usable[i] = isKnown ? 1 : 0;
  }
  sumFrom(tracker, lift === 0 ? episode.start : origin, t + 1);
}
