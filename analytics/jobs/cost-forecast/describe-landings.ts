// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import type { RelationRow } from '../../engine/relation.ts';
import { toDate } from '../../forecast/calendar.ts';
import { groupBy } from '../../group-by.ts';
import { COST_BASES, type CostBasis } from '../../vocabulary.ts';
import { type Backtests, LEVELS, measureReach, type Reaches } from './backtest-outlook.ts';
import { type MonthSpan, sumDays } from './carry-forward.ts';
import { type OutlookOptions, sumComing, type UnitForecast } from './outlook.ts';
import { type CostHistory, mapBases } from './read-cost-series.ts';

const PUBLISHED_DECIMALS = 6;

export const nameBases = <T>(
  name: (basis: CostBasis) => string,
  of: (basis: CostBasis) => T,
): Record<string, T> => Object.fromEntries(COST_BASES.map((basis) => [name(basis), of(basis)]));

/** What is to come in the running months, by how a charge goes on, for landing_parts to split further. */
export function describeLandings(
  history: CostHistory,
  forecasts: readonly UnitForecast[],
  options: OutlookOptions,
  running: ReadonlySet<string>,
): RelationRow[] {
  const coming = sumComing(history, forecasts, options);
  const months = options.stretches.flatMap((stretch) => stretch.months);
  const groups = groupBy(history.series, ({ kind, chargeKey, leafId }) => `${kind} ${chargeKey} ${leafId}`);
  return [...groups.values()].flatMap((members) => {
    const { leaf, kind, chargeKey } = members[0]!;
    const seen = members.flatMap(({ days }) => findWeighFrom(days, options.sight.seenUntil) ?? []);
    return months.flatMap(({ period }, m) => {
      if (seen.length === 0 || !running.has(period)) return [];
      const amounts = mapBases((basis) =>
        members.reduce((sum, { id }) => sum + (coming.get(id)?.[m]?.[basis] ?? 0), 0),
      );
      if (COST_BASES.every((basis) => Math.abs(amounts[basis]) < 10 ** -PUBLISHED_DECIMALS)) return [];
      return [
        {
          billing_period: period,
          ...leaf,
          forecast_kind: kind,
          charge_key: chargeKey,
          weigh_from_date: toDate(history.firstDay + Math.min(...seen)),
          ...nameBases(
            (basis) => `coming_${basis}_cost`,
            (basis) => toDecimal(amounts[basis]),
          ),
        },
      ];
    });
  });
}

const WEIGH_DAYS = 30;

/** Day index from which a series is looked at to share what is to come: a month back, or as far as it takes to see any. */
function findWeighFrom(days: Record<string, Float64Array>, seenUntil: number): number | undefined {
  for (let i = seenUntil - 1; i >= 0; i--) {
    if (COST_BASES.some((basis) => days[basis]![i]! !== 0))
      return Math.min(i, Math.max(0, seenUntil - WEIGH_DAYS));
  }
  return undefined;
}

/** What is to come of each allocation in each month of a scenario, what of it is certain, and how far off it may be. */
export function describeOutlook(
  scenario: string,
  history: CostHistory,
  forecasts: readonly UnitForecast[],
  options: OutlookOptions,
  backtests: Backtests,
  running: ReadonlySet<string>,
  change: Parameters<typeof sumComing>[3],
): RelationRow[] {
  const coming = sumComing(history, forecasts, options, change);
  const all = options.stretches.flatMap((stretch) => stretch.months);
  return options.stretches.flatMap((stretch) => {
    const own = forecasts.filter((forecast) => forecast.stretch === stretch);
    const positions = stretch.months.map((month) => all.indexOf(month));
    const reaches = measureReach(history, own, coming, positions, backtests.profile);
    const reasons = new Map(
      own.flatMap(({ unit, reason }) =>
        reason ? unit.members.map(({ series }) => [series.leafId, reason] as const) : [],
      ),
    );
    return stretch.months.flatMap((month, position) =>
      sumLeaves(history, coming, all.indexOf(month), month, own, options).map(
        ({ leafId, leaf, total, known, days }) => ({
          scenario,
          stretch: running.has(month.period) ? 'month' : 'rest',
          billing_period: month.period,
          ...leaf,
          ...nameBases(
            (basis) => `coming_${basis}_cost`,
            (basis) => toDecimal(total[basis]),
          ),
          ...nameBases(
            (basis) => `known_${basis}_cost`,
            (basis) => toDecimal(known[basis]),
          ),
          // What a stretch may miss by is said once.
          reach: position === 0 ? formatReaches(reaches.get(leafId)) : null,
          days: running.has(month.period)
            ? JSON.stringify(mapBases((basis) => Array.from(days[basis], roundCost)))
            : null,
          reason: reasons.get(leafId) ?? null,
        }),
      ),
    );
  });
}

/** What is to come of one month by allocation: in all, what of the month's cost is certain, and how it comes day by day. */
function sumLeaves(
  history: CostHistory,
  coming: ReturnType<typeof sumComing>,
  m: number,
  month: MonthSpan,
  forecasts: readonly UnitForecast[],
  { sight }: OutlookOptions,
) {
  const from = Math.max(month.start, Math.min(month.end, sight.completeUntil));
  const shapes = new Map(
    forecasts.flatMap(({ unit, path, pathStart }) =>
      unit.members.map(
        ({ series }) =>
          [series.id, path.subarray(Math.max(0, from - pathStart), month.end - pathStart)] as const,
      ),
    ),
  );
  const leaves = new Map<string, ReturnType<typeof createLeafSum>>();
  for (const series of history.series) {
    const amounts = coming.get(series.id)?.[m];
    const sum = leaves.get(series.leafId) ?? createLeafSum(series, month.end - from);
    leaves.set(series.leafId, sum);
    const isKnown = series.kind === 'committed' || series.kind === 'fee';
    for (const basis of COST_BASES) {
      if (isKnown)
        sum.known[basis] += sumDays(series.days[basis], month.start, month.end) + (amounts?.[basis] ?? 0);
      if (amounts === undefined) continue;
      sum.total[basis] += amounts[basis];
      addDays(sum.days[basis], amounts[basis], shapes.get(series.id));
    }
  }
  return [...leaves.values()];
}

function createLeafSum({ leafId, leaf }: CostHistory['series'][number], length: number) {
  return {
    leafId,
    leaf,
    total: mapBases(() => 0),
    known: mapBases(() => 0),
    days: mapBases(() => new Float64Array(length)),
  };
}

/** Spreads an amount over the days as the forecast's path has it, or evenly. */
function addDays(days: Float64Array, amount: number, shape: Float64Array | undefined): void {
  const whole = shape?.reduce((sum, value) => sum + Math.max(0, value), 0) ?? 0;
  for (let i = 0; i < days.length; i++) {
    days[i]! += whole > 0 ? (amount * Math.max(0, shape![i] ?? 0)) / whole : amount / days.length;
  }
}

/** Past landings by allocation. */
export function describeBacktests(history: CostHistory, { landings }: Backtests): RelationRow[] {
  const leafOf = new Map(history.series.map(({ leafId, leaf }) => [leafId, leaf]));
  return landings.flatMap(({ period, originDay, leaves }) =>
    [...leaves].map(([leafId, { predicted, actual, reach }]) => ({
      billing_period: period,
      origin_day: originDay,
      ...leafOf.get(leafId)!,
      ...Object.fromEntries(
        COST_BASES.map((basis) => [`predicted_${basis}_cost`, roundCost(predicted[basis])]),
      ),
      ...nameBases(
        (basis) => `actual_${basis}_cost`,
        (basis) => roundCost(actual[basis]),
      ),
      reach: formatReaches(reach),
    })),
  );
}

function formatReaches(reaches: Reaches | undefined): string {
  return JSON.stringify(mapBases((basis) => LEVELS.map((_, i) => roundCost(reaches?.[basis][i] ?? 0))));
}

function roundCost(value: number): number {
  return Number(value.toFixed(PUBLISHED_DECIMALS));
}

function toDecimal(value: number): string {
  return value.toFixed(PUBLISHED_DECIMALS);
}
