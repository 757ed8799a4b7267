import type { AnomalySettings } from '../../configuration/anomalies-schema.ts';
import { type Calendar, toDayNumber } from '../../forecast/calendar.ts';
import type { Signal } from '../../incident/join-signals.ts';
import { type Departure, detectDepartures } from './candidates.ts';
import type { SignalAbout, SignalSeries } from './read-signals.ts';

/** A departure of a volume or a utilization. */
export type FoundSignal = Signal & {
  departure: Departure;
  about: SignalAbout;
  /** Means of its days. */
  observed: number;
  expected: number;
};

/** Volumes and utilizations that moved by less are no news. */
const LEAST_VOLUME_CHANGE = 0.1;
/** Of the limit: a rise matters from here on, and a fall from here. */
const BUSY_RATIO = 0.5;
const IDLE_BEFORE_RATIO = 0.05;
/** A fall matters when so much of what was expected is left, a rise when there is so much more. */
const LEFT_RATIO = 0.5;
const RISEN_RATIO = 1.25;
/** One hot or quiet day is nothing to act on. */
const LEAST_BUSY_DAYS = 3;

/** Departures of volumes and utilizations; days count as known up to `asOf`, each as it is. */
export function listSignals(
  all: readonly SignalSeries[],
  options: { asOf: string; calendar: Calendar; settings: AnomalySettings },
): FoundSignal[] {
  return all.flatMap((series) =>
    detectDepartures(series, { ...options, completeness: [] })
      .map((departure) => ({ departure, ...findSpan(departure) }))
      .filter(({ departure, ...span }) => isNews(series.about, departure, span))
      .map(({ departure, ...span }): FoundSignal => {
        const { detection } = departure;
        const { measure, driver, team, service, environment, sub_account_id, resource_type, resource_id } =
          series.about;
        return {
          ...{ measure, driver, team, service, environment, sub_account_id, resource_type, resource_id },
          departure,
          about: series.about,
          seriesId: series.series.id,
          direction: detection.direction,
          ...span,
          ratio: span.observed / span.expected,
          score: detection.score,
        };
      }),
  );
}

type Span = Pick<FoundSignal, 'from' | 'to' | 'observed' | 'expected'>;

/** A slow beginning that comes to less than this share of what follows is left out: it only was there before. */
const SLOW_RATIO = 0.25;

/**
 * The days of a departure, from its one jump on where nearly all of it is a jump: the split that leaves the least
 * variance, if there was little before it.
 */
function findSpan({ evidence, from, to }: Departure): Span {
  const days = evidence.filter(({ date }) => date >= from && date <= to);
  const sizes = days.map(({ value, expected }) => Math.asinh(value) - Math.asinh(expected));
  const total = sum(sizes);
  let [start, best, before] = [0, 0, 0];
  for (let split = 1; split < sizes.length; split++) {
    before += sizes[split - 1] ?? 0;
    const [early, late] = [before / split, (total - before) / (sizes.length - split)];
    const gain = split * (sizes.length - split) * (late - early) ** 2;
    if (gain <= best) continue;
    best = gain;
    start = Math.abs(early) <= SLOW_RATIO * Math.abs(late) ? split : 0;
  }
  const told = days.slice(start);
  return {
    from: start === 0 ? from : (told[0]?.date ?? from),
    to,
    observed: sum(told.map(({ value }) => value)) / told.length,
    expected: sum(told.map(({ expected }) => expected)) / told.length,
  };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function isNews({ measure, limit }: SignalAbout, { detection }: Departure, span: Span): boolean {
  const { from, to } = span;
  const ratio = span.observed / span.expected;
  if (!Number.isFinite(ratio)) return false;
  if (measure === 'driver') return Math.abs(ratio - 1) >= LEAST_VOLUME_CHANGE;
  const days = toDayNumber(to) - toDayNumber(from) + 1;
  if (days < LEAST_BUSY_DAYS) return false;
  const { observed, expected } = detection.peak;
  return detection.direction === 'up'
    ? ratio >= RISEN_RATIO && (limit === null || observed >= BUSY_RATIO * limit)
    : ratio <= LEFT_RATIO && (limit === null || expected >= IDLE_BEFORE_RATIO * limit);
}
