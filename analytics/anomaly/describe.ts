// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { toDate } from '../forecast/calendar.ts';
import { median } from '../forecast/numeric.ts';
import { confidenceOf } from './confidence.ts';
import { explainDetection } from './explain.ts';
import { recognizePrice } from './recognize-price.ts';
import type { AnomalyKind, AnomalySeries, Detection } from './series.ts';
import { shapeOf } from './shape-of.ts';
import { type Episode, fromLog, type Tracker } from './tracker.ts';

const LIKE_OCCURRENCES = 8;
const BAND_SCATTERS = 1.96;
const START_SCORE = 8;
/** A new series that was seen more than once is gone after so long; one that was seen once at once. */
const SILENT_DAYS = 3;

/** An episode in currency and words. `last` is the last period that is known. */
export function describeEpisode(
  series: AnomalySeries,
  tracker: Tracker,
  episode: Episode,
  last: number,
): Detection {
  const { values, charges, season, plan } = tracker;
  const end = episode.state === 'open' ? last : episode.lastUnusual;
  let [observed, expected, count, peak, peakExcess] = [0, 0, 0, episode.raisedAt, -Infinity];
  const sizes: number[] = [];
  const scale = { isRatio: tracker.isRatio, unit: episode.unit };
  const expectedAt = (i: number, scatters = 0) =>
    fromLog(scale, episode.level + episode.drift * (i - episode.start) + season[i]! + scatters) + charges[i]!;
  for (let i = episode.begunAt; i <= end; i++) {
    if (!Number.isFinite(values[i]!)) continue;
    const usual = expectedAt(i);
    observed += values[i]!;
    expected += usual;
    count++;
    const excess = episode.direction * (values[i]! - usual);
    sizes.push(usual > 0 ? excess / usual : excess);
    if (excess <= peakExcess) continue;
    peakExcess = excess;
    peak = i;
  }
  const scatter = BAND_SCATTERS * episode.scatter;
  const like = likeValues(tracker, episode.begunAt, peak);
  const shape = shapeOf(episode, sizes, (end - episode.begunAt + 1) / plan.perDay);
  const isOngoing = episode.state === 'open';
  const recognizedAs =
    episode.recognizedAs ?? recognizePrice(series, tracker, episode.start, episode.lastUnusual) ?? null;
  const detection: Detection = {
    id: `${series.id}|${formatPeriod(tracker, episode.start)}|${episode.direction > 0 ? 'up' : 'down'}`,
    seriesId: series.id,
    kind: kindOf(series, shape),
    shape,
    direction: episode.direction > 0 ? 'up' : 'down',
    start: formatPeriod(tracker, episode.begunAt),
    end: isOngoing ? null : formatPeriod(tracker, end),
    state: episode.state,
    judgedOn: toDate(tracker.firstDay + Math.floor(episode.raisedAt / plan.perDay) + 1),
    peak: {
      at: formatPeriod(tracker, peak),
      observed: values[peak]!,
      expected: expectedAt(peak),
      low: expectedAt(peak, -scatter),
      high: expectedAt(peak, scatter),
      likeMedian: median(like),
      likeCount: like.length,
    },
    observed,
    expected,
    excess: observed - expected,
    excessPerPeriod: count > 0 ? (observed - expected) / count : 0,
    score: episode.score,
    confidence: confidenceOf(episode.score),
    isEarly: episode.isEarly,
    recognizedAs,
    isAlert: recognizedAs === null || recognizedAs === 'free_tier_exhausted',
    explanation: '',
  };
  return { ...detection, explanation: explainDetection(series, detection) };
}

/**
 * A series that began, or came back after eight weeks of silence: its first periods, until they are its baseline, or until
 * they were all that came of it.
 */
export function describeOrigin(
  series: AnomalySeries,
  tracker: Tracker,
  origin: number,
  last: number,
): Detection {
  const { values, plan } = tracker;
  const until = Math.min(last, origin + plan.judgesPointsAfter - 1);
  const goneAt = findGone(tracker, origin, until);
  const isGone = goneAt !== undefined;
  const end = goneAt ?? until;
  let [observed, count, used, peak] = [0, 0, 0, origin];
  for (let i = origin; i <= end; i++) {
    if (!Number.isFinite(values[i]!)) continue;
    observed += values[i]!;
    count++;
    if (values[i] !== 0) used++;
    if (Math.abs(values[i]!) > Math.abs(values[peak]!)) peak = i;
  }
  const isOngoing = !isGone && end < origin + plan.judgesPointsAfter - 1;
  const score = START_SCORE * (used > plan.perDay ? 1.5 : 1);
  const detection: Detection = {
    id: `${series.id}|${formatPeriod(tracker, origin)}|start`,
    seriesId: series.id,
    kind: isGone ? 'spike' : 'new_series',
    shape: isGone ? 'spike' : 'start',
    direction: 'up',
    start: formatPeriod(tracker, origin),
    end: isOngoing ? null : formatPeriod(tracker, end),
    state: isGone ? 'over' : isOngoing ? 'open' : 'accepted',
    judgedOn: toDate(tracker.firstDay + Math.floor(origin / plan.perDay) + 1),
    peak: {
      at: formatPeriod(tracker, peak),
      observed: values[peak]!,
      expected: 0,
      low: 0,
      high: 0,
      likeMedian: 0,
      likeCount: 0,
    },
    observed,
    expected: 0,
    excess: observed,
    excessPerPeriod: count > 0 ? observed / count : 0,
    score,
    confidence: confidenceOf(score),
    isEarly: origin >= tracker.count,
    recognizedAs: null,
    isAlert: true,
    explanation: '',
  };
  return { ...detection, explanation: explainDetection(series, detection) };
}

/** The last period of a series that began and is over, seen once or silent since for days; undefined when it goes on. */
function findGone({ values, plan, count }: Tracker, origin: number, until: number): number | undefined {
  let [used, lastUsed, silent] = [0, origin, 0];
  for (let i = origin; i <= until; i++) {
    if (values[i] === 0 && i < count) silent++;
    if (values[i] === 0 || !Number.isFinite(values[i]!)) continue;
    used++;
    lastUsed = i;
    silent = 0;
  }
  return silent >= (used === 1 ? 1 : SILENT_DAYS * plan.perDay) ? lastUsed : undefined;
}

function kindOf({ measure = 'cost' }: AnomalySeries, shape: Detection['shape']): AnomalyKind {
  if (measure === 'unit_cost') return 'unit_cost';
  if (measure === 'coverage') return 'coverage_loss';
  return shape === 'start' ? 'new_series' : shape;
}

/** Values of the same place in the week before the episode, special days left out. */
function likeValues({ plan, values, ordinary, origin }: Tracker, start: number, at: number): number[] {
  const like: number[] = [];
  for (
    let i = at - plan.season;
    i >= Math.max(0, origin) && like.length < LIKE_OCCURRENCES;
    i -= plan.season
  ) {
    if (i < start && ordinary[i] === 1) like.push(values[i]!);
  }
  return like;
}

export function formatPeriod({ firstDay, plan }: Tracker, t: number): string {
  const date = toDate(firstDay + Math.floor(t / plan.perDay));
  return plan.perDay === 1 ? date : `${date}T${String(t % plan.perDay).padStart(2, '0')}`;
}
