import { coreOf, sumExcess } from '../../cause/choose-causes.ts';
import { toDayNumber } from '../../forecast/calendar.ts';
import type { Candidate } from '../../incident/form-incidents.ts';
import type { Departure } from './candidates.ts';

const FIRST_DAYS = 5;
const ALLOWANCE_DAYS = 10;
const MOST_RATIO = 0.6;
const FREE_RATIO = 0.05;
const SAME_RATIO = 0.2;

/**
 * Free units that began anew with the month: nothing is charged in its first days, and it is over within ten days; or the
 * same days of the month before were as cheap.
 */
function isAllowanceReset({
  direction,
  from,
  to,
  parts,
  departure,
}: Candidate & { departure: Departure }): boolean {
  if (direction === 'up' || Number(from.slice(8)) > FIRST_DAYS) return false;
  const [largest] = coreOf(parts);
  if (largest === undefined || Number(largest.excess) > MOST_RATIO * -Math.abs(Number(sumExcess(parts))))
    return false;
  // The day on which the units are used up is charged in part.
  const days = toDayNumber(to) - toDayNumber(from) + 1;
  const isFree = Number(largest.cost) <= (FREE_RATIO + 1 / days) * Number(largest.expected);
  if (isFree && departure.detection.end !== null && days <= ALLOWANCE_DAYS) return true;
  const { values, firstDate } = departure.bill.series;
  const monthBefore = new Date(Date.parse(`${from}T00:00:00Z`));
  monthBefore.setUTCMonth(monthBefore.getUTCMonth() - 1);
  const then = values[Math.floor(monthBefore.getTime() / 86_400_000) - toDayNumber(firstDate)];
  return isFree && typeof then === 'number' && then <= SAME_RATIO * (departure.expected / days);
}

const MIXED_RATIO = 0.4;

/** Without allowances that began anew, and without departures that they are a large part of. */
export function withoutResets<C extends Candidate & { departure: Departure }>(candidates: readonly C[]): C[] {
  const resets = candidates.filter(isAllowanceReset);
  const isMixed = (candidate: C) =>
    resets.some((reset) => {
      if (candidate.direction === 'up' || candidate.from > reset.to || reset.from > candidate.to)
        return false;
      const keys = new Set(coreOf(reset.parts).map(({ key }) => key));
      const shared = sumExcess(candidate.parts.filter(({ key }) => keys.has(key)));
      return Number(shared) <= MIXED_RATIO * Number(sumExcess(candidate.parts));
    });
  return candidates.filter((candidate) => !resets.includes(candidate) && !isMixed(candidate));
}
