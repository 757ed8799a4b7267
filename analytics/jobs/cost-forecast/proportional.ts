// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { COST_BASES, type CostBasis } from '../../vocabulary.ts';
import { type Coming, type MonthSpan, type Sight, sumDays } from './carry-forward.ts';
import { type CostHistory, type CostSeries, mapBases } from './read-cost-series.ts';

const MAXIMUM_GROWTH = 3;

/**
 * Tax and support: last month's amount, grown as the costs of the same allocation grow (or, where those are none, all costs of
 * the currency). In the first month that is known, the amount so far grows with what is still to come.
 */
export function comeInProportion(
  { series: all }: CostHistory,
  known: Coming,
  months: readonly MonthSpan[],
  sight: Sight,
): Coming {
  const [first] = months;
  if (first === undefined) return new Map();
  const before = previousStart(first);
  const owners = sumBases(all, known, months, before);
  const coming: Coming = new Map();
  for (const series of all) {
    if (series.kind !== 'proportional') continue;
    const leaf = owners.get(series.leafId);
    const whole = owners.get(series.leaf.billing_currency)!;
    const base = leaf && leaf.previous > 0 && leaf.months.every((month) => month > 0) ? leaf : whole;
    let last = mapBases((basis) => sumDays(series.days[basis], before, first.start));
    let lastBase = base.previous;
    coming.set(
      series.id,
      months.map((month, m) => {
        const soFar = mapBases((basis) => sumDays(series.days[basis], month.start, month.end));
        const growth = lastBase > 0 ? Math.min(MAXIMUM_GROWTH, Math.max(0, base.months[m]! / lastBase)) : 0;
        const started = base.seen[m]! > 0 ? Math.max(1, base.months[m]! / base.seen[m]!) : 1;
        const isFirst = COST_BASES.every((basis) => last[basis] === 0);
        const expected = mapBases((basis) => (isFirst ? soFar[basis] * started : last[basis] * growth));
        const rest = mapBases((basis) =>
          expected[basis] >= 0 && soFar[basis] >= 0 ? Math.max(0, expected[basis] - soFar[basis]) : 0,
        );
        if (month.end > sight.completeUntil) {
          last = mapBases((basis) => soFar[basis] + rest[basis]);
          lastBase = base.months[m]!;
        }
        return rest;
      }),
    );
  }
  return coming;
}

type Base = { previous: number; months: number[]; seen: number[] };

/** What charges are in proportion to, by allocation and by currency: usage, commitments and fees as billed, or as they count. */
function sumBases(
  all: readonly CostSeries[],
  known: Coming,
  months: readonly MonthSpan[],
  before: number,
): Map<string, Base> {
  const sums = new Map<string, Base>();
  const basis = all.some(
    ({ kind, days }) => kind === 'usage' && sumDays(days.billed, 0, days.billed.length) > 0,
  )
    ? 'billed'
    : ('effective' satisfies CostBasis);
  for (const { id, kind, days, leaf, leafId } of all) {
    for (const owner of [leafId, leaf.billing_currency]) {
      const sum = sums.get(owner) ?? { previous: 0, months: months.map(() => 0), seen: months.map(() => 0) };
      sums.set(owner, sum);
      if (kind === 'proportional' || kind === 'once') continue;
      sum.previous += sumDays(days[basis], before, months[0]!.start);
      months.forEach(({ start, end }, m) => {
        const seen = sumDays(days[basis], start, end);
        sum.seen[m]! += seen;
        sum.months[m]! += seen + (known.get(id)?.[m]?.[basis] ?? 0);
      });
    }
  }
  return sums;
}

/** Day index of the first day of the month before. */
export function previousStart({ start, period }: MonthSpan): number {
  const [year = 0, month = 1] = period.split('-').map(Number);
  return start - new Date(Date.UTC(year, month - 1, 0)).getUTCDate();
}
