// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { groupBy } from '../../group-by.ts';
import { COST_BASES, type CostBasis } from '../../vocabulary.ts';
import { type CostSeries, mapBases } from './read-cost-series.ts';

/** A month in day indexes of the series: `start` to `end`, exclusive. */
export type MonthSpan = { period: string; start: number; end: number };

/** What is known: days before `completeUntil` have all their cost, those before `seenUntil` a part of it. */
export type Sight = { completeUntil: number; seenUntil: number };

/** By series id, by month: what is still to come of it. */
export type Coming = Map<string, Record<CostBasis, number>[]>;

const SHARE_DAYS = 7;
const PATTERN_DAYS = 28;
/** A monthly fee that is this much later than last month's does not come any more. */
const FEE_LATENESS_DAYS = 3;
const SAME_RATIO = 0.005;

export function sumDays(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let i = Math.max(0, from); i < Math.min(to, values.length); i++) sum += values[i]!;
  return sum;
}

/**
 * Commitments: what each costs a day in all is fixed, so the last complete day's cost comes on every day to come, and goes to
 * its users as they shared it in the last week. Without a term in the bill a commitment goes on until it is seen to end.
 */
export function carryCommitments(
  all: readonly CostSeries[],
  months: readonly MonthSpan[],
  sight: Sight,
): Coming {
  const coming: Coming = new Map();
  const groups = groupBy(
    all.filter(({ kind }) => kind === 'committed'),
    ({ chargeKey, leaf }) => `${leaf.billing_currency} ${chargeKey}`,
  );
  const { completeUntil } = sight;
  for (const members of groups.values()) {
    const recent = (series: CostSeries, basis: CostBasis) =>
      Math.max(0, sumDays(series.days[basis], completeUntil - SHARE_DAYS, completeUntil));
    // What is paid is fixed; what the covered usage would cost at list price follows the usage.
    const daily = mapBases((basis) => {
      const days = basis === 'billed' || basis === 'effective' ? 1 : SHARE_DAYS;
      return (
        sum(members, ({ days: { [basis]: values } }) =>
          sumDays(values, completeUntil - days, completeUntil),
        ) / days
      );
    });
    const totals = mapBases((basis) => sum(members, (series) => recent(series, basis)));
    const perMonth = months.map(({ start, end }) =>
      mapBases((basis) => {
        const from = Math.max(start, completeUntil);
        const seen = sum(members, ({ days }) => sumDays(days[basis], from, end));
        return Math.max(0, daily[basis] * Math.max(0, end - from) - seen);
      }),
    );
    for (const series of members) {
      coming.set(
        series.id,
        perMonth.map((month) =>
          mapBases((basis) =>
            totals[basis] > 0 ? (month[basis] * recent(series, basis)) / totals[basis] : 0,
          ),
        ),
      );
    }
  }
  return coming;
}

/**
 * Fees: what is charged day by day goes on as on the last complete day; what is charged once a month comes again in a month
 * that does not have it yet, at last month's amount, by the day where two months show that it is.
 */
export function carryFees(all: readonly CostSeries[], months: readonly MonthSpan[], sight: Sight): Coming {
  const fees = all.filter(({ kind }) => kind === 'fee');
  return new Map(
    fees.map((series) => [
      series.id,
      isDaily(series, sight) ? carryDaily(series, months, sight) : carryMonthly(series, months, sight),
    ]),
  );
}

function isDaily({ days, isSpread }: CostSeries, { completeUntil }: Sight): boolean {
  if (isSpread) return false;
  let first = -1;
  let charged = 0;
  for (let i = Math.max(0, completeUntil - PATTERN_DAYS); i < completeUntil; i++) {
    if (COST_BASES.every((basis) => days[basis][i]! === 0)) continue;
    if (first < 0) first = i;
    charged++;
  }
  return charged >= 2 && charged >= (completeUntil - first) / 2;
}

function carryDaily(
  { days }: CostSeries,
  months: readonly MonthSpan[],
  sight: Sight,
): Record<CostBasis, number>[] {
  const { completeUntil } = sight;
  return months.map(({ start, end }) =>
    mapBases((basis) => {
      const daily = days[basis][completeUntil - 1]!;
      const from = Math.max(start, completeUntil);
      const seen = sumDays(days[basis], from, end);
      const whole = daily * Math.max(0, end - from);
      return daily > 0 ? Math.max(0, whole - seen) : whole === 0 ? 0 : whole - seen;
    }),
  );
}

function carryMonthly(
  series: CostSeries,
  months: readonly MonthSpan[],
  { seenUntil }: Sight,
): Record<CostBasis, number>[] {
  const [first] = months;
  if (first === undefined) return [];
  const lengths = previousLengths(first.period);
  const isCharged = (from: number, to: number) =>
    COST_BASES.some((basis) => sumDays(series.days[basis], from, to) !== 0);
  const before = first.start - lengths[0];
  const lastDay = findLastCharge(series, before, first.start);
  let isGoingOn = lastDay >= 0;
  let amounts = mapBases((basis) => sumDays(series.days[basis], before, first.start));
  let length = lengths[0];
  const earlier = mapBases((basis) => sumDays(series.days[basis], before - lengths[1], before));
  const isByDay = COST_BASES.some((basis) => {
    const ratio = amounts[basis] / earlier[basis];
    return lengths[0] !== lengths[1] && Math.abs(ratio / (lengths[0] / lengths[1]) - 1) < SAME_RATIO;
  });
  return months.map(({ start, end }) => {
    if (isCharged(start, end)) {
      amounts = mapBases((basis) => sumDays(series.days[basis], start, end));
      length = end - start;
      isGoingOn = true;
      return mapBases(() => 0);
    }
    const usualDay = lastDay - before;
    if (!series.isSpread && start < seenUntil && start + usualDay + FEE_LATENESS_DAYS < seenUntil)
      isGoingOn = false;
    if (!isGoingOn) return mapBases(() => 0);
    return mapBases((basis) => (isByDay ? (amounts[basis] / length) * (end - start) : amounts[basis]));
  });
}

/** Days of the two months before one. */
function previousLengths(period: string): [number, number] {
  const [year = 0, month = 1] = period.split('-').map(Number);
  const daysOf = (back: number) => new Date(Date.UTC(year, month - back, 0)).getUTCDate();
  return [daysOf(1), daysOf(2)];
}

function findLastCharge({ days }: CostSeries, from: number, to: number): number {
  for (let i = Math.min(to, days.billed.length) - 1; i >= Math.max(0, from); i--) {
    if (COST_BASES.some((basis) => days[basis][i]! !== 0)) return i;
  }
  return -1;
}

export function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
