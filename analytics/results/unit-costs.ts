import { decimalColumn, divideAsRatio, quotientColumn, ratioColumn, textColumn } from './columns.ts';
import { addMonths, countMonths, earlierMonth } from './months.ts';
import { openView, type Presented, type Slice, type View } from './view.ts';

const TREND_MONTHS = 6;
const TREND_MINIMUM_MONTHS = 3;
/** Growth a month within which a unit cost counts as stable. */
const STABLE_RATIO = 0.01;

/** Cost for each unit of a driver, against the period before and over the last six months. */
export function presentUnitCosts(slice: Slice): Presented {
  const { span, basis } = slice;
  const length = countMonths(span.from, span.to);
  const before = { from: addMonths(span.from, -length), to: addMonths(span.from, -1) };
  const trendFrom = addMonths(span.to, 1 - TREND_MONTHS);
  const view = openView(slice, { from: earlierMonth(before.from, trendFrom), to: span.to }, span);
  const cost = view.decimals(`${basis}_cost`, span);
  const volume = view.decimals('volume', span);
  const costBefore = view.decimals(`${basis}_cost`, before);
  const volumeBefore = view.decimals('volume', before);
  const unitCost = divideAsRatio(cost, volume);
  const unitCostBefore = divideAsRatio(costBefore, volumeBefore);
  const trend = fitGrowth(view, basis, trendFrom);
  return {
    view,
    columns: {
      cost: decimalColumn(cost),
      volume: decimalColumn(volume),
      unit_cost: quotientColumn(cost, volume),
      previous_unit_cost: quotientColumn(costBefore, volumeBefore),
      change_ratio: ratioColumn(unitCost.map((value, i) => value / (unitCostBefore[i] as number) - 1)),
      trend_ratio: ratioColumn(trend),
      trend: textColumn((index) => nameTrend(trend[index] as number)),
    },
  };
}

/** Average monthly growth: the slope of log unit cost by least squares, as a ratio; NaN with too few months. */
function fitGrowth(view: View, basis: string, from: string): Float64Array {
  const months = Array.from({ length: TREND_MONTHS }, (_, index) => {
    const month = addMonths(from, index);
    const span = { from: month, to: month };
    return divideAsRatio(view.decimals(`${basis}_cost`, span), view.decimals('volume', span));
  });
  return Float64Array.from({ length: view.count }, (_, group) => {
    const points = months
      .map((unitCosts, x) => ({ x, y: unitCosts[group] as number }))
      .filter(({ y }) => y > 0)
      .map(({ x, y }) => ({ x, y: Math.log(y) }));
    return points.length < TREND_MINIMUM_MONTHS ? Number.NaN : Math.expm1(fitSlope(points));
  });
}

function fitSlope(points: readonly { x: number; y: number }[]): number {
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / points.length;
  const covariance = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  const variance = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  return covariance / variance;
}

function nameTrend(growth: number): string | null {
  if (Number.isNaN(growth)) return null;
  if (Math.abs(growth) <= STABLE_RATIO) return 'stable';
  return growth < 0 ? 'falling' : 'rising';
}
