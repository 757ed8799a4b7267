import {
  type Core,
  compareText,
  describeCore,
  explainedRatio,
  isPlaced,
  keyOf,
  overlapDays,
  toldOf,
} from './departure-core.ts';
import type { Candidate, FormedIncident, Group } from './form-incidents.ts';

/** Of the departures with nearly the largest excess the clearest one leads. */
const NEARLY_RATIO = 0.85;
/** A departure is told when so much of its excess is. */
const TOLD_RATIO = 0.5;

/** An incident while it is formed; `stretches` are others of the series that leads. */
type Told<C extends Candidate> = { lead: Core<C>; stretches: Core<C>[]; others: Core<C>[] };

/**
 * Chooses who leads each group, and sees to it that the incidents tell every departure: what the leader of a group does not
 * have is added to it, where it was at the same place and time; what is not told then is grouped anew, among itself.
 */
export function tellGroups<C extends Candidate>(
  cores: readonly Core<C>[],
  groupUp: (cores: readonly Core<C>[]) => Group<C>[],
): FormedIncident<C>[] {
  const incidents: Told<C>[] = [];
  let left = cores;
  while (left.length > 0) {
    const untold: { core: Core<C>; own: Told<C> }[] = [];
    for (const group of groupUp(left)) {
      const [lead, ...rest] = orderTellers(group.tellers) as [Core<C>, ...Core<C>[]];
      const own = tellBy(lead, rest);
      incidents.push(own);
      const known = new Set([...own.stretches, ...own.others]);
      for (const core of [...rest, ...group.sums]) if (!known.has(core)) untold.push({ core, own });
    }
    const isTold = (core: Core<C>) => isToldBy(core.whole ?? core, incidents.flatMap(listTellers));
    for (const own of incidents) if (own.lead.whole && !isTold(own.lead)) own.lead = own.lead.whole;
    left = untold.flatMap(({ core, own }) => {
      if (!isTold(core)) return [core.whole ?? core];
      own.others.push(core);
      return [];
    });
  }
  return incidents.map(({ lead, stretches, others }) => ({
    members: [lead, ...stretches, ...others].map(({ candidate }) => candidate) as [C, ...C[]],
    stretches: [lead, ...stretches]
      .map(({ candidate }) => candidate)
      .sort((a, b) => compareText(a.from, b.from)) as [C, ...C[]],
  }));
}

const listTellers = <C extends Candidate>({ lead, stretches }: Told<C>) => [lead, ...stretches];

function isToldBy(core: Core, tellers: readonly Core[]): boolean {
  return explainedRatio(core, toldOf(core, tellers)) >= TOLD_RATIO;
}

/** The incident that a departure leads, with those of its series, and those that it tells, or can tell, too. */
function tellBy<C extends Candidate>(lead: Core<C>, rest: readonly Core<C>[]): Told<C> {
  const isStretch = (core: Core<C>) =>
    core.candidate.seriesId === lead.candidate.seriesId && overlapDays(core, lead) <= 0;
  const own: Told<C> = { lead, stretches: rest.filter(isStretch), others: [] };
  for (const core of rest) {
    if (core.whole || own.stretches.includes(core)) continue;
    const isTold = (by: Core<C>) => isToldBy(core, [by, ...own.stretches]);
    const wider = isTold(own.lead) ? own.lead : widen(own.lead, core);
    if (!isTold(wider)) continue;
    own.lead = wider;
    own.others.push(core);
  }
  return own;
}

/** A departure with the parts of another that it has not, if that began with it at the same place. */
function widen<C extends Candidate>(lead: Core<C>, other: Core<C>): Core<C> {
  if (lead.whole || other.candidate.isSecondary || !isPlaced(lead, other)) return lead;
  const known = new Set(lead.candidate.parts.map(({ key }) => key));
  const added = other.candidate.parts.filter(({ key }) => other.all.has(key) && !known.has(key));
  return describeCore({ ...lead.candidate, parts: [...lead.candidate.parts, ...added] });
}

function orderTellers<C extends Candidate>(tellers: readonly Core<C>[]): Core<C>[] {
  const primary = tellers.filter(({ candidate }) => !candidate.isSecondary);
  const most = Math.max(...primary.map(({ amount }) => amount));
  const rank = ({ amount, candidate }: Core<C>) =>
    candidate.isSecondary ? 2 : amount >= NEARLY_RATIO * most ? 0 : 1;
  return [...tellers].sort((a, b) => rank(a) - rank(b) || byClarity(a, b));
}

function byClarity(a: Core, b: Core): number {
  return (
    b.candidate.score - a.candidate.score ||
    a.leaves.size - b.leaves.size ||
    compareText(keyOf(a.candidate), keyOf(b.candidate))
  );
}
