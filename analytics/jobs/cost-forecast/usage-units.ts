// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { groupBy } from '../../group-by.ts';
import { COST_BASES, type CostBasis } from '../../vocabulary.ts';
import { sumDays } from './carry-forward.ts';
import { type CostHistory, type CostSeries, mapBases } from './read-cost-series.ts';

/** What is forecast as one series: usage of one allocation, or of many small ones together. */
export type UsageUnit = {
  id: string;
  basis: CostBasis;
  /** Cost a day on that basis; NaN where the bill has nothing at all. */
  values: Float64Array;
  /** Part of the unit's cost, and what a unit of it costs on each basis. */
  members: { series: CostSeries; share: number; ratios: Record<CostBasis, number> }[];
};

/** The last days tell how a forecast is shared, and which series are too small for one of their own. */
export const SHARE_DAYS = 28;
const SMALL_RATIO = 0.005;
const SPARSE_RATIO = 0.5;
const MAXIMUM_UNITS = 300;

/**
 * Which usage is forecast alone: series of some weight that cost something on most days. The others of a currency are
 * forecast together and shared by their last weeks: noise has no forecast. What cost nothing lately is left out.
 */
export function planUnits(history: CostHistory, completeUntil: number, preferred: CostBasis): UsageUnit[] {
  const usage = history.series.filter(({ kind }) => kind === 'usage');
  return [...groupBy(usage, ({ leaf }) => leaf.billing_currency)].flatMap(([currency, members]) => {
    const basis = chooseBasis(members, completeUntil, preferred);
    const weigh = ({ days }: CostSeries) => sumDays(days[basis], completeUntil - SHARE_DAYS, completeUntil);
    const weighed = members
      .map((series) => ({ series, weight: weigh(series) }))
      .filter(({ weight }) => weight !== 0);
    const total = weighed.reduce((sum, { weight }) => sum + Math.abs(weight), 0);
    weighed.sort((a, b) => b.weight - a.weight || (a.series.id < b.series.id ? -1 : 1));
    const isLarge = ({ series, weight }: (typeof weighed)[number], rank: number) =>
      rank < MAXIMUM_UNITS && weight >= SMALL_RATIO * total && isDense(series.days[basis], completeUntil);
    const large = weighed.filter((each, rank) => isLarge(each, rank));
    const small = weighed.filter((each, rank) => !isLarge(each, rank));
    const makeUnit = (id: string, part: typeof weighed) =>
      part.length === 0 ? [] : [createUnit(id, part, basis, history, completeUntil)];
    return [
      ...large.flatMap((each) => makeUnit(each.series.id, [each])),
      ...makeUnit(`small ${currency}`, small),
    ];
  });
}

/** Bills may have nothing on a basis (all prepaid, all free): then the one with most. */
function chooseBasis(members: readonly CostSeries[], completeUntil: number, preferred: CostBasis): CostBasis {
  const total = (basis: CostBasis) =>
    members.reduce(
      (sum, { days }) => sum + Math.abs(sumDays(days[basis], completeUntil - SHARE_DAYS, completeUntil)),
      0,
    );
  if (total(preferred) > 0) return preferred;
  return [...COST_BASES].sort((a, b) => total(b) - total(a))[0]!;
}

function isDense(values: Float64Array, until: number): boolean {
  let first = -1;
  let charged = 0;
  for (let i = Math.max(0, until - 2 * SHARE_DAYS); i < until; i++) {
    if (values[i] === 0) continue;
    if (first < 0) first = i;
    charged++;
  }
  return first >= 0 && charged >= SPARSE_RATIO * (until - first);
}

function createUnit(
  id: string,
  part: readonly { series: CostSeries; weight: number }[],
  basis: CostBasis,
  history: CostHistory,
  completeUntil: number,
): UsageUnit {
  const total = part.reduce((sum, { weight }) => sum + weight, 0);
  const values = Float64Array.from({ length: part[0]!.series.days[basis].length }, (_, i) =>
    history.hasData(history.firstDay + i)
      ? part.reduce((sum, { series }) => sum + series.days[basis][i]!, 0)
      : Number.NaN,
  );
  const members = part.map(({ series, weight }) => ({
    series,
    share: total === 0 ? 0 : weight / total,
    ratios: mapBases((other) =>
      weight === 0 ? 0 : sumDays(series.days[other], completeUntil - SHARE_DAYS, completeUntil) / weight,
    ),
  }));
  return { id, basis, values, members };
}
