// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { type Calendar, toDate } from '../../forecast/calendar.ts';
import type { TotalModel } from '../../forecast/conformal-total.ts';
import { type Completeness, type Draft, draftLanding } from '../../forecast/landing-draft.ts';
import { COST_BASES, type CostBasis } from '../../vocabulary.ts';
import {
  type Coming,
  carryCommitments,
  carryFees,
  type MonthSpan,
  type Sight,
  sumDays,
} from './carry-forward.ts';
import { comeInProportion } from './proportional.ts';
import { type CostHistory, type CostSeries, mapBases } from './read-cost-series.ts';
import { planUnits, SHARE_DAYS, type UsageUnit } from './usage-units.ts';

/** A stretch that is forecast as one: a running month, or the rest of the fiscal year. */
export type Stretch = { months: readonly MonthSpan[] };

export type UnitForecast = {
  unit: UsageUnit;
  stretch: Stretch;
  /** Cost a day from `pathStart` on; incomplete days as they will be. */
  path: Float64Array;
  pathStart: number;
  isNonNegative: boolean;
  model?: TotalModel;
  /** Why it is paced by its last days instead of forecast. */
  reason?: string;
};

/** Adds to a day's usage, as a share of it: a scenario. */
export type Change = (series: CostSeries, day: number) => number;

export type OutlookOptions = {
  sight: Sight;
  stretches: readonly Stretch[];
  /** What is seen of the last days, the newest first; without it they count as not seen. */
  completeness: readonly Completeness[];
  calendar: Calendar;
  basis: CostBasis;
};

/** The usage of each unit, day by day, over each stretch. */
export function forecastUsage(history: CostHistory, options: OutlookOptions): UnitForecast[] {
  const { sight, stretches, basis } = options;
  const units = planUnits(history, sight.completeUntil, basis);
  return stretches.flatMap((stretch) => units.map((unit) => forecastUnit(unit, stretch, history, options)));
}

function forecastUnit(
  unit: UsageUnit,
  stretch: Stretch,
  history: CostHistory,
  { sight, completeness, calendar }: OutlookOptions,
): UnitForecast {
  const { firstDay } = history;
  const isPartSeen = completeness.length > 0;
  const now = isPartSeen ? sight.seenUntil : sight.completeUntil;
  const start = stretch.months[0]!.start;
  const end = stretch.months.at(-1)!.end;
  const firstUse = unit.values.findIndex((value) => value !== 0 && Number.isFinite(value));
  const from = Math.max(0, firstUse);
  const draft: Draft | { reason: string } = draftLanding(
    { id: unit.id, firstDate: toDate(firstDay + from), dailyCost: unit.values.subarray(from, now) },
    { asOf: toDate(firstDay + now), calendar, completeness: isPartSeen ? completeness : [] },
    { start: firstDay + start, end: firstDay + end - 1, now: firstDay + now },
  );
  if (!('reason' in draft)) {
    const { path, pathStart, isNonNegative, model } = draft;
    return {
      unit,
      stretch,
      path,
      pathStart: pathStart - firstDay,
      isNonNegative,
      ...(model ? { model } : {}),
    };
  }
  const pathStart = Math.max(start, sight.completeUntil);
  const known = Math.min(SHARE_DAYS, sight.completeUntil - from);
  const pace =
    known > 0
      ? sumDays(
          unit.values.map((value) => value || 0),
          sight.completeUntil - known,
          sight.completeUntil,
        ) / known
      : 0;
  const path = new Float64Array(Math.max(0, end - pathStart)).fill(pace);
  return { unit, stretch, path, pathStart, isNonNegative: pace >= 0, reason: draft.reason };
}

/**
 * What is still to come of every series in every month, on each basis. `change` says what a scenario adds; what is beyond a
 * commitment costs what it would without one.
 */
export function sumComing(
  history: CostHistory,
  forecasts: readonly UnitForecast[],
  options: OutlookOptions,
  change?: Change,
): Coming {
  const { sight, stretches } = options;
  const months = stretches.flatMap((stretch) => stretch.months);
  const coming: Coming = new Map([
    ...carryCommitments(history.series, months, sight),
    ...carryFees(history.series, months, sight),
    ...sumUsage(forecasts, months, change),
  ]);
  if (change) addBeyondCommitments(coming, history, months, sight, change);
  for (const [id, perMonth] of comeInProportion(history, coming, months, sight)) coming.set(id, perMonth);
  return coming;
}

function sumUsage(
  forecasts: readonly UnitForecast[],
  months: readonly MonthSpan[],
  change: Change | undefined,
): Coming {
  const coming: Coming = new Map();
  for (const forecast of forecasts) {
    for (const member of forecast.unit.members) {
      const perMonth = coming.get(member.series.id) ?? months.map(() => mapBases(() => 0));
      coming.set(member.series.id, perMonth);
      for (const month of forecast.stretch.months) {
        perMonth[months.indexOf(month)] = comeInMonth(forecast, member, month, change);
      }
    }
  }
  return coming;
}

/** One series' part of its unit's path, without what is seen of it already. */
function comeInMonth(
  { path, pathStart, isNonNegative }: UnitForecast,
  { series, share, ratios }: UsageUnit['members'][number],
  month: MonthSpan,
  change: Change | undefined,
): Record<CostBasis, number> {
  const from = Math.max(month.start, pathStart);
  let total = 0;
  for (let day = from; day < month.end; day++) {
    total += path[day - pathStart]! * (1 + (change?.(series, day) ?? 0));
  }
  return mapBases((basis) => {
    const seen = sumDays(series.days[basis], from, month.end);
    const rest = total * share * ratios[basis] - seen;
    return isNonNegative && ratios[basis] >= 0 ? Math.max(0, rest) : rest;
  });
}

function addBeyondCommitments(
  coming: Coming,
  { series: all }: CostHistory,
  months: readonly MonthSpan[],
  { completeUntil, seenUntil }: Sight,
  change: Change,
): void {
  for (const series of all) {
    const perMonth = coming.get(series.id);
    if (series.kind !== 'committed' || perMonth === undefined) continue;
    const daily = mapBases(
      (basis) => sumDays(series.days[basis], completeUntil - SHARE_DAYS, completeUntil) / SHARE_DAYS,
    );
    months.forEach(({ start, end }, m) => {
      let extra = 0;
      for (let day = Math.max(start, seenUntil); day < end; day++) extra += change(series, day);
      for (const basis of COST_BASES)
        perMonth[m]![basis] += extra * daily[basis === 'list' ? 'list' : 'contracted'];
    });
  }
}
