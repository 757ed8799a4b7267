// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { toDate } from '../forecast/calendar.ts';
import type { AnomalySeries } from './series.ts';
import type { Tracker } from './tracker.ts';

/** Price explains a change when quantity moved by less than this share of what price did, in logarithms. */
const QUANTITY_SHARE = 1 / 2;
/** A unit that cost less than this share of the list price was free. */
const FREE_SHARE = 0.05;
const LIST_TOLERANCE = 1.1;
const SAME_PRICE_RATIO = 0.1;

/**
 * What a change of price is when quantity tells that it is one: the end of the free tier (from nearly nothing to no more
 * than the list price), or tiers that began anew with the month (the same days of the month before had the same price).
 */
export function recognizePrice(
  { quantity, listUnitPrice }: AnomalySeries,
  { values, plan, firstDay }: Tracker,
  start: number,
  end: number,
): 'free_tier_exhausted' | 'tier_reset' | undefined {
  if (quantity === undefined) return undefined;
  const price = (from: number, to: number) => {
    let [cost, units] = [0, 0];
    for (let i = Math.max(0, from); i <= to; i++) {
      const known = quantity[i] ?? Number.NaN;
      if (!(known > 0) || !Number.isFinite(values[i]!)) continue;
      cost += values[i]!;
      units += known;
    }
    return cost / units;
  };
  const unitPrice = price(start, end);
  const usual = price(start - plan.season, start - 1);
  const moved = Math.abs(Math.log(quantityRatio(quantity, plan.season, start, end)));
  if (!(moved <= QUANTITY_SHARE * Math.abs(Math.log(unitPrice / Math.max(usual, 1e-12))))) return undefined;
  const list = listUnitPrice ?? unitPrice;
  if (unitPrice > usual && usual <= FREE_SHARE * list && unitPrice <= LIST_TOLERANCE * list)
    return 'free_tier_exhausted';
  const back = daysOfMonthBefore(firstDay + Math.floor(start / plan.perDay)) * plan.perDay;
  const then = price(start - back, Math.min(end, start + plan.perDay) - back);
  // Not as a ratio: units that are free again cost nothing both times.
  const isSame = Math.abs(then - unitPrice) <= SAME_PRICE_RATIO * Math.abs(unitPrice);
  return start - back >= 0 && isSame ? 'tier_reset' : undefined;
}

/** Quantity against that of the same weekdays of the last week before the start. */
function quantityRatio(
  quantity: NonNullable<AnomalySeries['quantity']>,
  season: number,
  start: number,
  end: number,
): number {
  let [now, before] = [0, 0];
  for (let i = start; i <= end; i++) {
    const then = quantity[i - season * Math.ceil((i - start + 1) / season)];
    const own = quantity[i];
    if (then === null || then === undefined || own === null || own === undefined) continue;
    now += own;
    before += then;
  }
  return now / before;
}

function daysOfMonthBefore(day: number): number {
  return Number(toDate(day - Number(toDate(day).slice(8))).slice(8));
}
