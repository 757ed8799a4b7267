import { coreOf } from '../cause/choose-causes.ts';
import { toDayNumber } from '../forecast/calendar.ts';
import type { Candidate } from './form-incidents.ts';

const SHARED_RATIO = 0.6;
const SAME_DAYS = 1;

/**
 * Incidents whose cost left one owner as it came to another, in the same account, region and meter at the same time: it
 * was only tagged otherwise. Gives, for those where it came to, the incident that it left.
 */
export function pairTagChanges<C extends Candidate>(leads: readonly C[]): Map<C, C> {
  const pairs = new Map<C, C>();
  const taken = new Set<C>();
  const known = leads.map((lead) => ({ lead, amounts: amountsOf(lead) }));
  for (const up of known.filter(({ lead }) => lead.direction === 'up')) {
    const match = known.find(
      ({ lead, amounts }) =>
        lead.direction === 'down' &&
        !taken.has(lead) &&
        lead.family === up.lead.family &&
        lead.currency === up.lead.currency &&
        Math.abs(toDayNumber(lead.from) - toDayNumber(up.lead.from)) <= SAME_DAYS &&
        shareOf(up.amounts, amounts) >= SHARED_RATIO,
    );
    if (match === undefined) continue;
    taken.add(match.lead);
    pairs.set(up.lead, match.lead);
  }
  return pairs;
}

/** Excess a day by what does not depend on tags. */
function amountsOf({ parts, from, to }: Candidate): Map<string, number> {
  const days = toDayNumber(to) - toDayNumber(from) + 1;
  const amounts = new Map<string, number>();
  for (const { values, excess } of coreOf(parts)) {
    const { sub_account_id, region_id, service_name, sku_meter } = values;
    const key = JSON.stringify([sub_account_id, region_id, service_name, sku_meter]);
    amounts.set(key, (amounts.get(key) ?? 0) + Math.abs(Number(excess)) / days);
  }
  return amounts;
}

/** What two have in common, of the larger one. */
function shareOf(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  const total = (amounts: ReadonlyMap<string, number>) =>
    [...amounts.values()].reduce((sum, amount) => sum + amount, 0);
  const shared = [...a].reduce((sum, [key, amount]) => sum + Math.min(amount, b.get(key) ?? 0), 0);
  return shared / Math.max(total(a), total(b));
}
