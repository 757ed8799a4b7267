import { coreOf } from '../cause/choose-causes.ts';
import { toDayNumber } from '../forecast/calendar.ts';
import type { Candidate } from './form-incidents.ts';

const RETURN_DAYS = 120;
const SHARED_RATIO = 0.6;
/** What grew ends at about twice its mean. */
const LEAK_FACTOR = 2;

/** Incidents that only take back what an earlier one of the same parts of the bill had changed: cost is as it was before. */
export function listReturns<C extends Candidate>(leads: readonly C[]): Set<C> {
  return new Set(leads.filter((lead) => leads.some((earlier) => takesBack(lead, earlier))));
}

function takesBack(lead: Candidate, earlier: Candidate): boolean {
  if (lead.family !== earlier.family || lead.currency !== earlier.currency) return false;
  if (lead.direction === earlier.direction || earlier.from >= lead.from) return false;
  const between = toDayNumber(lead.from) - toDayNumber(earlier.to);
  if (between > RETURN_DAYS || earlier.to > lead.to) return false;
  const sign = earlier.direction === 'up' ? 1 : -1;
  const changed = amountsOf(earlier.parts, sign, earlier);
  const core = amountsOf(coreOf(lead.parts), -sign, lead);
  let [total, shared] = [0, 0];
  for (const [key, amount] of core) {
    total += amount;
    shared += Math.min(amount, LEAK_FACTOR * (changed.get(key) ?? 0));
  }
  return total > 0 && shared >= SHARED_RATIO * total;
}

/** Excess a day by leaf, where it has the sign. */
function amountsOf(parts: Candidate['parts'], sign: number, { from, to }: Candidate): Map<string, number> {
  const days = toDayNumber(to) - toDayNumber(from) + 1;
  return new Map(parts.map(({ key, excess }) => [key, Math.max(0, sign * Number(excess)) / days]));
}
