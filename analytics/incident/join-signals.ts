import { coreOf } from '../cause/choose-causes.ts';
import { toDayNumber } from '../forecast/calendar.ts';
import type { Candidate, Place } from './form-incidents.ts';

/** A departure that costs nothing by itself: of what the business does, or of how busy resources are. Days are included. */
export type Signal = {
  seriesId: string;
  measure: 'driver' | 'utilization';
  direction: 'up' | 'down';
  from: string;
  to: string;
  /** What was observed over what was expected. */
  ratio: number;
  score: number;
  /** '' of utilization. */
  driver: string;
  team: string;
  service: string;
  environment: string;
  sub_account_id: string;
  resource_type: string;
  /** '' where it is several resources together. */
  resource_id: string;
};

/** Signals that began so close are of one thing, and may explain a cost, or be explained by it. */
const SAME_DAYS = 3;

/**
 * Signals that are one incident: the same driver, resource, or resources of one owner and type, in the same direction from
 * the same days on. The order of the signals does not matter.
 *
 * @returns groups, each with its clearest first.
 */
export function groupSignals<S extends Signal>(signals: readonly S[]): S[][] {
  let groups: S[][] = [];
  for (const signal of [...signals].sort(byClarity)) {
    const met = groups.filter((group) => group.some((other) => isSame(signal, other)));
    groups = [...groups.filter((group) => !met.includes(group)), [...met.flat(), signal].sort(byClarity)];
  }
  return groups.sort((a, b) => byClarity(a[0] as S, b[0] as S));
}

function isSame(a: Signal, b: Signal): boolean {
  if (a.measure !== b.measure || a.direction !== b.direction) return false;
  if (Math.abs(toDayNumber(a.from) - toDayNumber(b.from)) > SAME_DAYS) return false;
  if (a.measure === 'driver') return a.driver === b.driver;
  if (a.resource_type !== b.resource_type) return false;
  if (a.resource_id !== '' && b.resource_id !== '')
    return a.resource_id === b.resource_id && a.sub_account_id === b.sub_account_id;
  return a.service === b.service && a.environment === b.environment && a.team === b.team;
}

/** Of the excess, so much must be where the signal is. */
const PLACE_RATIO = 0.5;
/** A volume explains a cost when it changed at least half as much, in logarithms. */
const EXPLAINED_RATIO = 0.5;

/**
 * Finds for each group of signals the incident of cost that it belongs to: that began within three days, whose excess
 * lies mostly where the signal is. A driver belongs to one only if its volume explains the change of cost.
 *
 * @param isOwner whether a part of the bill is of those that a driver drives.
 * @returns the incident of each group, in order; undefined for those that stand alone.
 */
export function meetIncidents<Values extends Place, C extends Candidate<Values>>(
  groups: readonly (readonly Signal[])[],
  leads: readonly C[],
  isOwner: (driver: string, values: Values) => boolean,
): (C | undefined)[] {
  return groups.map((group) => {
    const met = leads.flatMap((lead) => {
      const share = Math.max(...group.map((signal) => shareAt(signal, lead, isOwner)));
      const isExplained = group.some((signal) => explains(signal, lead));
      const isMeant = share >= PLACE_RATIO && (group[0]?.measure === 'utilization' || isExplained);
      return isMeant ? [{ lead, share }] : [];
    });
    const [best] = met.sort(
      (a, b) =>
        b.share - a.share || compare(a.lead.from, b.lead.from) || compare(a.lead.seriesId, b.lead.seriesId),
    );
    return best?.lead;
  });
}

function shareAt<Values extends Place>(
  signal: Signal,
  lead: Candidate<Values>,
  isOwner: (driver: string, values: Values) => boolean,
): number {
  if (lead.family !== 'cost') return 0;
  if (Math.abs(toDayNumber(signal.from) - toDayNumber(lead.from)) > SAME_DAYS) return 0;
  const isThere = (values: Values) =>
    signal.measure === 'driver'
      ? isOwner(signal.driver, values) &&
        [signal.service, signal.environment, signal.team].every(
          (own, index) =>
            own === '' ||
            own.startsWith('(') ||
            own === [values.service, values.environment, values.team][index],
        )
      : signal.service === values.service &&
        signal.environment === values.environment &&
        (signal.sub_account_id === '' || signal.sub_account_id === values.sub_account_id);
  let [total, shared] = [0, 0];
  for (const { values, excess } of coreOf(lead.parts)) {
    const amount = Math.abs(Number(excess));
    total += amount;
    if (isThere(values)) shared += amount;
  }
  return total > 0 ? shared / total : 0;
}

function explains({ measure, direction, ratio }: Signal, lead: Candidate): boolean {
  if (measure !== 'driver' || direction !== lead.direction || lead.isSecondary) return false;
  const expected = lead.parts.reduce((sum, part) => sum + Number(part.expected), 0);
  const excess = lead.parts.reduce((sum, part) => sum + Number(part.excess), 0);
  const change = Math.abs(Math.log(1 + excess / expected));
  return Number.isFinite(change) && Math.abs(Math.log(ratio)) >= EXPLAINED_RATIO * change;
}

const byClarity = (a: Signal, b: Signal) =>
  b.score - a.score ||
  compare(a.seriesId, b.seriesId) ||
  compare(a.from, b.from) ||
  compare(a.direction, b.direction);

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
