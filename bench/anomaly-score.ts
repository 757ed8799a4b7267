// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { toDayNumber } from '../analytics/forecast/calendar.ts';
import { FIRST_DATE, type Incident, type LabelledCosts, WARM_UP_DAYS } from './anomaly-series.ts';

/** One detection of one series as the days went by: its score whenever it rose, and as of which day. */
export type Track = {
  direction: 1 | -1;
  rises: { asOf: number; score: number }[];
  shape: string;
  isWithdrawn: boolean;
};

export type Scores = {
  threshold: number;
  incidents: number;
  alerts: number;
  found: number;
  duplicates: number;
  precision: number;
  recall: number;
  f1: number;
  alertsPerMonth: number;
  meanDelay: number;
  medianDelay: number;
  recallByKind: Map<string, { found: number; all: number; delays: number[] }>;
};

/** An alert may come so many days after an incident's last day: what that day cost is complete on the third. */
const GRACE_DAYS = 5;
const DAYS_PER_MONTH = 365.25 / 12;
const FIRST_DAY = toDayNumber(FIRST_DATE);

/**
 * Alerts are tracks whose score reaches the threshold, on the first day that it does. An alert in an incident's direction
 * raised between the day after its first day and five days after its last is true, once an incident; a second one is a
 * duplicate and counts as false, as does every other alert, withdrawn later or not.
 */
export function scoreTracks(
  all: readonly LabelledCosts[],
  tracks: readonly Track[][],
  threshold: number,
): Scores {
  const recallByKind: Scores['recallByKind'] = new Map();
  const delays: number[] = [];
  let [incidents, alerts, found, duplicates, months] = [0, 0, 0, 0, 0];
  all.forEach((series, k) => {
    months += (series.final.length - WARM_UP_DAYS) / DAYS_PER_MONTH;
    incidents += series.incidents.length;
    const raised = raise(tracks[k]!, threshold);
    const hits = new Map<Incident, number>();
    for (const { asOf, direction } of raised) {
      alerts++;
      const incident = series.incidents.find((each) => isMatch(each, asOf, direction));
      if (incident === undefined) continue;
      if (hits.has(incident)) duplicates++;
      else hits.set(incident, asOf - FIRST_DAY - incident.start);
    }
    for (const incident of series.incidents) {
      const kind = recallByKind.get(incident.kind) ?? { found: 0, all: 0, delays: [] };
      recallByKind.set(incident.kind, kind);
      kind.all++;
      const delay = hits.get(incident);
      if (delay === undefined) continue;
      kind.found++;
      kind.delays.push(delay);
      delays.push(delay);
      found++;
    }
  });
  const precision = alerts > 0 ? found / alerts : 1;
  const recall = incidents > 0 ? found / incidents : 1;
  delays.sort((a, b) => a - b);
  return {
    threshold,
    incidents,
    alerts,
    found,
    duplicates,
    precision,
    recall,
    f1: (2 * precision * recall) / (precision + recall || 1),
    alertsPerMonth: alerts / months,
    meanDelay: delays.reduce((sum, delay) => sum + delay, 0) / Math.max(1, delays.length),
    medianDelay: delays[delays.length >> 1] ?? 0,
    recallByKind,
  };
}

/** Alerts at a threshold, oldest first. */
export function raise(
  tracks: readonly Track[],
  threshold: number,
): { asOf: number; direction: 1 | -1; track: Track }[] {
  const raised = [];
  for (const track of tracks) {
    const first = track.rises.find(({ score }) => score >= threshold);
    if (first === undefined || first.asOf - FIRST_DAY <= WARM_UP_DAYS) continue;
    raised.push({ asOf: first.asOf, direction: track.direction, track });
  }
  return raised.sort((a, b) => a.asOf - b.asOf);
}

export function isMatch({ start, end, direction }: Incident, asOf: number, side: 1 | -1): boolean {
  const day = asOf - FIRST_DAY;
  return direction === side && day > start && day <= end + 1 + GRACE_DAYS;
}

/** The lowest threshold with no more than so many alerts a series and month. */
export function thresholdFor(
  all: readonly LabelledCosts[],
  tracks: readonly Track[][],
  alertsPerMonth: number,
): number {
  const scores = tracks
    .flatMap((each) => each.map(({ rises }) => rises.at(-1)?.score ?? 0))
    .sort((a, b) => a - b);
  let low = 0;
  let high = scores.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (scoreTracks(all, tracks, scores[middle]!).alertsPerMonth > alertsPerMonth) low = middle + 1;
    else high = middle;
  }
  return scores[low] ?? Infinity;
}

/** The threshold of the best F1. */
export function bestThreshold(all: readonly LabelledCosts[], tracks: readonly Track[][]): number {
  const scores = tracks
    .flatMap((each) => each.map(({ rises }) => rises.at(-1)?.score ?? 0))
    .sort((a, b) => a - b);
  let best = { threshold: Infinity, f1: -1 };
  for (let k = 0; k < 200; k++) {
    const threshold = scores[Math.floor((k / 200) * scores.length)] ?? 0;
    const { f1 } = scoreTracks(all, tracks, threshold);
    if (f1 > best.f1) best = { threshold, f1 };
  }
  return best.threshold;
}
