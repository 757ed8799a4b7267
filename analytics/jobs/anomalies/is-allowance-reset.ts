import { coreOf, sumExcess } from '../../cause/choose-causes.ts';
import type { Engine } from '../../engine/duckdb.ts';
import { toDayNumber } from '../../forecast/calendar.ts';
import type { Found } from './assemble-incident.ts';
import { type FreeUse, isFreed, readFreeUse, sameDayOfMonthBefore } from './read-free-use.ts';

const FIRST_DAYS = 5;
const MOST_RATIO = 0.6;
const FREE_RATIO = 0.05;
const SAME_RATIO = 0.2;

/** A fall to nearly nothing that begins with a month, most of it in one part of the bill: that part. */
function findFreePart({ direction, from, to, parts }: Found) {
  if (direction === 'up' || Number(from.slice(8)) > FIRST_DAYS) return undefined;
  const [largest] = coreOf(parts);
  if (largest === undefined || Number(largest.excess) > MOST_RATIO * -Math.abs(Number(sumExcess(parts))))
    return undefined;
  // The day on which the units are used up is charged in part.
  const days = toDayNumber(to) - toDayNumber(from) + 1;
  const isFree = Number(largest.cost) <= (FREE_RATIO + 1 / days) * Number(largest.expected);
  return isFree ? largest : undefined;
}

/** Free units that began anew: use went on at no cost, as it did on the same day of the month before, if that is known. */
function isAllowanceReset({ departure, from }: Found, use: FreeUse | undefined): boolean {
  if (use === undefined || !isFreed(use)) return false;
  const isKnownThen = departure.bill.series.firstDate <= sameDayOfMonthBefore(from);
  return !isKnownThen || use.paidThen <= SAME_RATIO * use.before.paid;
}

const MIXED_RATIO = 0.4;

/** Without allowances that began anew, and without departures that they are a large part of. */
export async function withoutResets(
  engine: Engine,
  scratchFolder: string,
  candidates: readonly Found[],
): Promise<Found[]> {
  const asked = candidates.flatMap((candidate) => {
    const part = findFreePart(candidate);
    return part === undefined ? [] : [{ candidate, part }];
  });
  const uses = await readFreeUse(
    engine,
    scratchFolder,
    asked.map(({ candidate: { from, to }, part: { values } }, no) => ({ no, values, from, to })),
  );
  const resets = asked
    .filter(({ candidate }, no) => isAllowanceReset(candidate, uses.get(no)))
    .map(({ candidate }) => candidate);
  const isMixed = (candidate: Found) =>
    resets.some((reset) => {
      if (candidate.direction === 'up' || candidate.from > reset.to || reset.from > candidate.to)
        return false;
      const keys = new Set(coreOf(reset.parts).map(({ key }) => key));
      const shared = sumExcess(candidate.parts.filter(({ key }) => keys.has(key)));
      return Number(shared) <= MIXED_RATIO * Number(sumExcess(candidate.parts));
    });
  return candidates.filter((candidate) => !resets.includes(candidate) && !isMixed(candidate));
}
