// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds

import type { LoadedConfiguration } from '../../configuration/load-configuration.ts';
import type { RelationRow } from '../../engine/relation.ts';
import { type Calendar, toDate, toDayNumber } from '../../forecast/calendar.ts';
import { type Draft, draftLanding } from '../../forecast/landing-draft.ts';
import { groupBy } from '../../group-by.ts';
import { ALLOCATION_DIMENSIONS } from '../../vocabulary.ts';
import type { Month } from '../months.ts';

/** Volumes on fewer days than this are not a daily series. */
const DAILY_RATIO = 0.5;
const PATTERN_DAYS = 56;

/**
 * What is still to come of each driver's volume in a running month: forecast where volumes are daily; where they are given
 * less often, paced unless the month has as many of them as the month before.
 */
export function landDrivers(
  volumes: LoadedConfiguration['driverVolumes'],
  months: readonly Month[],
  asOf: string,
  calendar: Calendar,
): RelationRow[] {
  const running = months.filter((month) => !month.is_complete && month.period_start_date < asOf);
  const groups = groupBy(volumes, (row) =>
    JSON.stringify([row.driver, ...ALLOCATION_DIMENSIONS.map((name) => row[name])]),
  );
  return [...groups.values()].flatMap((rows) => {
    const { driver } = rows[0]!;
    const byDay = new Map<number, number>();
    for (const { date, volume } of rows) {
      const day = toDayNumber(date);
      byDay.set(day, (byDay.get(day) ?? 0) + Number(volume));
    }
    const scope = Object.fromEntries(ALLOCATION_DIMENSIONS.map((name) => [name, rows[0]![name]]));
    return running.map((month) => ({
      driver,
      billing_period: month.billing_period,
      ...scope,
      coming_volume: toDecimal(landDriver(byDay, month, asOf, calendar)),
    }));
  });
}

function landDriver(
  byDay: ReadonlyMap<number, number>,
  month: Month,
  asOf: string,
  calendar: Calendar,
): number {
  const start = toDayNumber(month.period_start_date);
  const end = toDayNumber(month.period_end_date);
  const now = Math.max(start, Math.min(end, toDayNumber(month.complete_until_date)));
  const sumOf = (from: number, to: number) =>
    [...byDay].reduce((sum, [day, volume]) => (day >= from && day < to ? sum + volume : sum), 0);
  const seen = sumOf(start, end);
  const first = Math.min(...byDay.keys());
  const since = Math.max(first, now - PATTERN_DAYS);
  const known = [...byDay.keys()].filter((day) => day >= since && day < now);
  if (known.length >= DAILY_RATIO * (now - since) && now > since) {
    const dailyCost = Array.from({ length: now - first }, (_, i) => byDay.get(first + i) ?? null);
    const draft: Draft | { reason: string } = draftLanding(
      { id: 'volume', firstDate: toDate(first), dailyCost },
      { asOf, calendar },
      { start, end: end - 1, now },
    );
    if (!('reason' in draft)) {
      const total = draft.completeCost + draft.path.reduce((sum, value) => sum + value, 0);
      return seen >= 0 ? Math.max(0, total - seen) : total - seen;
    }
  }
  return paceDriver(byDay, month, start, end, seen);
}

function paceDriver(
  byDay: ReadonlyMap<number, number>,
  month: Month,
  start: number,
  end: number,
  seen: number,
): number {
  const countOf = (from: number, to: number) =>
    [...byDay.keys()].filter((day) => day >= from && day < to).length;
  const before = countOf(start - new Date((start - 1) * 86_400_000).getUTCDate(), start);
  const isAllThere = before > 0 && countOf(start, end) >= before;
  if (isAllThere || month.complete_days === 0) return 0;
  const until = toDayNumber(month.complete_until_date);
  const complete = [...byDay].reduce(
    (sum, [day, volume]) => (day >= start && day < until ? sum + volume : sum),
    0,
  );
  return Math.max(0, complete * Number(month.month_factor) - seen);
}

function toDecimal(value: number): string {
  return (Number.isFinite(value) ? value : 0).toFixed(6);
}
