// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { toDate, toDayNumber } from '../analytics/forecast/calendar.ts';
import { fitLine, mean, quantile } from '../analytics/forecast/numeric.ts';
import type { Track } from './anomaly-score.ts';
import { FIRST_DATE, type LabelledCosts, WARM_UP_DAYS } from './anomaly-series.ts';

/**
 * Rules that other products use, on final values, which none of them gets to see in time: above 1 a day is anomalous.
 * Signed, as the direction tells.
 */
export type Rule = { name: string; scoreDay(y: Float64Array, t: number): number };

const FIRST_DAY = toDayNumber(FIRST_DATE);
/** An alert of the same direction within a week of the last anomalous day is the same alert. */
const MERGED_DAYS = 7;

function average(y: Float64Array, days: readonly number[]): number {
  return mean(days.filter((t) => t >= 0).map((t) => y[t]!));
}

const daysBack = (t: number, count: number, step = 1) =>
  Array.from({ length: count }, (_, k) => t - (k + 1) * step);

function deviation(values: readonly number[]): number {
  const center = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - center) ** 2)));
}

const LONGEST_DAYS = 1000;
const DAY_OF_MONTH = Uint8Array.from({ length: LONGEST_DAYS + 1 }, (_, t) =>
  Number(toDate(FIRST_DAY + t).slice(8)),
);

/** The same day of earlier months; the last of a month is compared with the last of others. */
function sameDaysOfMonth(t: number, count: number): number[] {
  const isLast = DAY_OF_MONTH[t + 1] === 1;
  const found: number[] = [];
  for (let i = t - 1; i >= 0 && found.length < count; i--) {
    if (isLast ? DAY_OF_MONTH[i + 1] === 1 : DAY_OF_MONTH[i] === DAY_OF_MONTH[t]) found.push(i);
  }
  return found;
}

export const RULES: readonly Rule[] = [
  {
    name: 'OptScale: today over the 7-day mean by 30 %',
    scoreDay: (y, t) => {
      const usual = average(y, daysBack(t, 7));
      return usual > 0 ? (y[t]! / usual - 1) / 0.3 : 0;
    },
  },
  {
    name: 'finops-toolkit: season and line, Tukey fences of 1.5 (10 to 90 %), last 60 days',
    scoreDay: (y, t) => {
      const from = Math.max(0, t - 59);
      const window = Array.from(y.subarray(from, t + 1));
      const { intercept, slope } = fitLine(window);
      const level = window.map((value, i) => value - intercept - slope * i);
      const season = Array.from({ length: 7 }, (_, d) => mean(level.filter((_, i) => i % 7 === d)));
      const rest = level.map((value, i) => value - season[i % 7]!);
      const [low, high] = [quantile(rest, 0.1), quantile(rest, 0.9)];
      const last = rest.at(-1)!;
      const beyond = last > high ? last - high : last < low ? last - low : 0;
      return beyond / (1.5 * Math.max(high - low, 1e-9));
    },
  },
  {
    name: 'Yotascale: least of four differences, beyond the 30-day deviation',
    scoreDay: (y, t) => {
      const usual = [daysBack(t, 1), daysBack(t, 7), daysBack(t, 4, 7), sameDaysOfMonth(t, 4)]
        .filter((days) => days.length > 0)
        .map((days) => y[t]! - average(y, days));
      const least = usual.reduce((a, b) => (Math.abs(b) < Math.abs(a) ? b : a));
      const last = daysBack(t, 30).map((i) => y[Math.max(0, i)]!);
      return least / Math.max(deviation(last), 0.0114 * Math.abs(mean(last)), 1e-9);
    },
  },
  {
    name: '3 sigma of the last 30 days',
    scoreDay: (y, t) => {
      const last = daysBack(t, 30).map((i) => y[Math.max(0, i)]!);
      return (y[t]! - mean(last)) / Math.max(3 * deviation(last), 1e-9);
    },
  },
];

/** Anomalous days within a week of each other are one alert, raised on the third day after, when the day is complete. */
export function replayRule({ final }: LabelledCosts, { scoreDay }: Rule): Track[] {
  const tracks: Track[] = [];
  const last = new Map<1 | -1, { t: number; track: Track }>();
  for (let t = WARM_UP_DAYS; t < final.length; t++) {
    const score = scoreDay(final, t);
    const direction = score > 0 ? 1 : -1;
    if (Math.abs(score) < 0.5) continue;
    const before = last.get(direction);
    const isSame = before !== undefined && t - before.t <= MERGED_DAYS;
    const track: Track = isSame ? before.track : { direction, rises: [], shape: 'spike', isWithdrawn: false };
    if (!isSame) tracks.push(track);
    if (Math.abs(score) > (track.rises.at(-1)?.score ?? 0))
      track.rises.push({ asOf: FIRST_DAY + t + 3, score: Math.abs(score) });
    if (Math.abs(score) >= 1) last.set(direction, { t, track });
  }
  return tracks;
}
