import type { CapacityForecast } from '../../forecast/capacity-forecast.ts';
import { describeGrowth, type Growth } from '../../forecast/growth.ts';
import { addDays } from '../../sources/days.ts';
import type { CapacityItem } from './read-items.ts';
import { describeSpan, formatDay, formatPercent } from './words.ts';

export const CAPACITY_STATUSES = [
  'ok',
  'watch',
  'will exhaust',
  'over threshold',
  'saturated',
  'unknown',
] as const;
export type CapacityStatus = (typeof CAPACITY_STATUSES)[number];

/** What is said of an item beside its numbers. Dates are `YYYY-MM-DD`. */
export type Judgement = {
  status: CapacityStatus;
  reason: string;
  /** Chance that the threshold is reached within 30, 60 and 90 days. */
  probabilities: (number | null)[];
  low: string | null;
  median: string | null;
  high: string | null;
  /** The day since when it is reached, or the first day of data where it was reached before. */
  reachedSince: string | null;
  /** Whether it was reached before there was data. */
  isReachedBefore: boolean;
};

const NO_DATES = { low: null, median: null, high: null };
const NOT_REACHED = { reachedSince: null, isReachedBefore: false };

export const MILESTONE_DAYS = [30, 60, 90] as const;
const MINIMUM_DAYS = 14;
const RECENT_DAYS = 7;
/** A metric that stopped is not forecast from what it was. */
const STALE_DAYS = 10;
/** Less a week is no growth to plan for. */
const STEADY_RATIO = 0.002;
const WATCH_PROBABILITY = 0.1;
const EXHAUST_PROBABILITY = 0.5;

/** Why an item cannot be forecast, in words; undefined where it can. */
export function refuseItem({ loads, limit, missing }: CapacityItem, asOf: string): string | undefined {
  const count = loads.filter(Number.isFinite).length;
  if (count === 0) return `no data: ${missing}`;
  if (limit === null) return 'its limit is not known; capacity.targets can name it';
  if (!(limit > 0)) return `its limit is ${limit}`;
  const last = loads.findLastIndex(Number.isFinite);
  const age = loads.length - last;
  if (age > STALE_DAYS) return `no data since ${formatDay(addDays(asOf, -age), asOf)}`;
  return count < MINIMUM_DAYS ? `only ${count} ${count === 1 ? 'day' : 'days'} of data` : undefined;
}

/** Whether the last day and most of the last seven with data are at the ceiling: how much is wanted is not known. */
export function isSaturated({ loads, isCensored }: CapacityItem): boolean {
  const recent = listRecent(loads);
  const censored = recent.filter(isCensored);
  return isCensored(recent.at(-1) ?? -1) && censored.length > recent.length / 2;
}

export function judgeItem(item: CapacityItem, forecast: CapacityForecast, asOf: string): Judgement {
  const { exhaustion } = forecast;
  if (isSaturated(item)) return judgeSaturated(item, asOf);
  if (exhaustion.state === 'unknown') return judgeUnknown(exhaustion.reason);
  if (exhaustion.state === 'reached') return judgeReached(item, asOf);
  const horizon = forecast.levels[0]?.values.length ?? 0;
  const { low, median, high, probabilities } = exhaustion;
  const toDate = (periods: number | null) => (periods === null ? null : addDays(asOf, periods - 1));
  const dates = { low: toDate(low), median: toDate(median), high: toDate(high) };
  const byEnd = probabilities.find(({ periods }) => periods === horizon)?.probability ?? 0;
  const growth = describeGrowth(item.loads);
  const reason = [
    describeTrend(item, growth, asOf),
    describeExhaustion(item, dates, { end: addDays(asOf, horizon - 1), probability: byEnd, asOf }),
    ...describeCensored(item),
  ].join('; ');
  return {
    status: byEnd >= EXHAUST_PROBABILITY ? 'will exhaust' : byEnd >= WATCH_PROBABILITY ? 'watch' : 'ok',
    reason,
    probabilities: MILESTONE_DAYS.map(
      (days) => probabilities.find(({ periods }) => periods === days)?.probability ?? null,
    ),
    ...dates,
    ...NOT_REACHED,
  };
}

export function judgeUnknown(reason: string): Judgement {
  return {
    status: 'unknown',
    reason: `unknown: ${reason}`,
    probabilities: MILESTONE_DAYS.map(() => null),
    ...NO_DATES,
    ...NOT_REACHED,
  };
}

function judgeSaturated(item: CapacityItem, asOf: string): Judgement {
  const recent = listRecent(item.loads);
  const count = recent.filter(item.isCensored).length;
  return {
    ...describeReached(item, asOf),
    status: 'saturated',
    reason: `at the ceiling on ${count} of the last ${recent.length} days with data: the load is at least ${describeShare(item)} of ${item.limitName}, and what it would be without the ceiling is not known`,
  };
}

function judgeReached(item: CapacityItem, asOf: string): Judgement {
  const reached = describeReached(item, asOf);
  const since = describeSince(reached.reachedSince, reached.isReachedBefore, asOf);
  return {
    ...reached,
    status: 'over threshold',
    reason: `is at ${describeShare(item)} of ${item.limitName}, beyond the threshold of ${formatPercent(item.thresholdRatio)} ${since}`,
  };
}

/** The first day beyond the threshold with no week below it since. */
function describeReached({ loads, limit, thresholdRatio }: CapacityItem, asOf: string) {
  const threshold = thresholdRatio * (limit ?? Infinity);
  let since = loads.findLastIndex(Number.isFinite);
  let calm = 0;
  for (let i = since; i >= 0 && calm <= RECENT_DAYS; i--) {
    const load = loads[i] ?? Number.NaN;
    if (load >= threshold) {
      since = i;
      calm = 0;
    } else calm++;
  }
  return {
    probabilities: MILESTONE_DAYS.map(() => 1),
    ...NO_DATES,
    reachedSince: addDays(asOf, since - loads.length),
    isReachedBefore: since === loads.findIndex(Number.isFinite),
  };
}

/** Positions of the last days with data. */
function listRecent(loads: Float64Array): number[] {
  const found: number[] = [];
  for (let i = loads.length - 1; i >= 0 && found.length < RECENT_DAYS; i--)
    if (Number.isFinite(loads[i])) found.unshift(i);
  return found;
}

/** The highest load of the last days with data, in the unit of the limit. */
export function readCurrentLoad(loads: Float64Array): number | null {
  const recent = listRecent(loads).map((i) => loads[i] ?? 0);
  return recent.length > 0 ? Math.max(...recent) : null;
}

function describeShare({ loads, limit }: CapacityItem): string {
  return formatPercent((readCurrentLoad(loads) ?? 0) / (limit ?? Number.NaN));
}

function describeTrend({ loads, unit }: CapacityItem, growth: Growth, asOf: string): string {
  const weekly = Math.abs(7 * growth.slope);
  if (!growth.isClear || weekly < STEADY_RATIO * growth.level) return 'shows no clear trend';
  const isFromStart = growth.since <= loads.findIndex(Number.isFinite);
  const since = describeSince(addDays(asOf, growth.since - loads.length), isFromStart, asOf);
  const verb = growth.slope > 0 ? 'grows' : 'shrinks';
  const amount =
    growth.level > weekly
      ? formatPercent(weekly / growth.level, 1)
      : `${Number(weekly.toPrecision(2))} ${unit}`;
  return `${verb} ${amount} a week ${since}`;
}

/** What goes on since the first day of data may have begun before. */
function describeSince(date: string, isFromStart: boolean, asOf: string): string {
  return `since ${isFromStart ? 'at least ' : ''}${formatDay(date, asOf)}`;
}

type Dates = Pick<Judgement, 'low' | 'median' | 'high'>;

function describeExhaustion(
  { thresholdRatio, limitName }: CapacityItem,
  { low, median, high }: Dates,
  { end, probability, asOf }: { end: string; probability: number; asOf: string },
): string {
  const what = `${formatPercent(thresholdRatio)} of ${limitName}`;
  const by = formatDay(end, asOf);
  const chance = probability < 0.01 ? 'a chance below 1 %' : `a chance of ${formatPercent(probability)}`;
  if (low === null) return `is not expected to reach ${what} by ${by}, with ${chance}`;
  const earliest = formatDay(low, asOf);
  if (median === null) return `reaches ${what} on ${earliest} at the earliest, by ${by} with ${chance}`;
  const likely = formatDay(median, asOf);
  if (high === null)
    return `reaches ${what} on ${earliest} at the earliest, most likely ${likely}, by ${by} with ${chance}`;
  return `reaches ${what} ${describeSpan(low, high, asOf)}, most likely ${likely}`;
}

function describeCensored({ loads, isCensored }: CapacityItem): string[] {
  const count = Array.from(loads.keys()).filter(isCensored).length;
  if (count === 0) return [];
  return [`${count === 1 ? 'one day' : `${count} days`} at the ceiling count as at least that much`];
}
