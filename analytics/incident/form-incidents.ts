import type { Part } from '../cause/attribute-excess.ts';
import { sumExcess } from '../cause/choose-causes.ts';
import { findEvent } from '../cause/find-event.ts';
import { groupBy } from '../group-by.ts';
import {
  type Core,
  compareText,
  containedRatio,
  coveredRatio,
  describeCore,
  explainedRatio,
  isLike,
  isPlaced,
  isSameSpan,
  keyOf,
  overlapDays,
  ratioIn,
  toldOf,
} from './departure-core.ts';
import { tellGroups } from './tell-groups.ts';

/** Where a part of cost lies, as far as incidents are told apart by it. */
export type Place = {
  sub_account_id: string;
  region_id: string;
  service_name: string;
  sku_meter: string;
  service: string;
  environment: string;
  team: string;
};

/** A departure of one series with its excess by part. Days are included. */
export type Candidate<Values extends Place = Place> = {
  /** Tells series apart. */
  seriesId: string;
  currency: string;
  /** Departures of one family only are one incident: those of cost, or of coverage. */
  family: string;
  direction: 'up' | 'down';
  from: string;
  to: string;
  /** Of the detection: the clearest leads the incident. */
  score: number;
  /** Leads, and joins others together, only where no other candidate does: a unit cost of many parts of the bill. */
  isSecondary?: boolean;
  /** Its new level is the baseline from the day after `to` on. */
  isAccepted?: boolean;
  parts: Part<Values>[];
  /** Its excess that other incidents tell, in 10^-12; `parts` has the rest. */
  toldElsewhere?: bigint;
};

/** Departures of one incident: those that may tell it, and those that only add it up with others. */
export type Group<C extends Candidate> = { tellers: Core<C>[]; sums: Core<C>[] };

/** What one incident is told by. */
export type FormedIncident<C extends Candidate> = {
  /** All its departures, the one that leads it first. */
  members: [C, ...C[]];
  /** The one that leads it with others of its series, by day: what they have in `parts` is what the incident tells. */
  stretches: [C, ...C[]];
};

/** Of two cores, so much of the smaller one must be in the other. */
const SHARED_RATIO = 0.5;
/** A departure that follows another of the same parts within so many days goes on with it. */
const GAP_DAYS = 7;
/** One of the very same parts, within so many. */
const SAME_GAP_DAYS = 21;
const SAME_RATIO = 0.4;
const PLACE_NAMES = [
  'sku_meter',
  'service_name',
  'service',
  'environment',
  'sub_account_id',
  'region_id',
  'team',
] as const;

/**
 * Departures that are one incident: their excess lies in the same parts of the bill at the same time; or they began
 * together at one place (service, environment and account); or a coarser one shows that one thing happened to all that
 * they have in common. A departure that only adds several incidents up is told with the one it shares most with; what it
 * has beyond them is an incident of its own, where it is most of it and no less than `leastPerDay`.
 *
 * Nothing is lost: at least half of the excess of each departure is told by the incidents together, on the days of both.
 * The order of the candidates does not matter.
 *
 * @param leastPerDay in 10^-12, as the parts are.
 */
export function formIncidents<C extends Candidate>(
  candidates: readonly C[],
  leastPerDay = 0,
): FormedIncident<C>[] {
  const known = candidates.map((candidate) => describeCore(candidate));
  return tellGroups(known, (cores) => groupUp([...cores].sort(fromNarrowToWide), leastPerDay)).sort((a, b) =>
    compareText(keyOf(a.members[0]), keyOf(b.members[0])),
  );
}

function groupUp<C extends Candidate>(known: readonly Core<C>[], leastPerDay: number): Group<C>[] {
  let groups: Group<C>[] = [];
  for (const core of known) {
    const met = groups
      .map((group) => ({ group, ...meet(core, group) }))
      .filter(({ isSame, isWithin }) => isSame || isWithin)
      .sort((a, b) => b.shared - a.shared);
    const [best] = met;
    if (best === undefined) {
      groups.push({ tellers: [core], sums: [] });
      continue;
    }
    const one = new Set(
      (met.length === 1 && best.isSame ? met : listTogether(core, met)).map(({ group }) => group),
    );
    const told = toldByGroups(
      core,
      met.flatMap(({ group }) => (one.has(group) ? [] : [group])),
    );
    const rest = withoutTold(core, told);
    if (core.candidate.isSecondary) best.group.tellers.push(core);
    else if (one.size > 0) groups = unite(rest.amount > 0 ? rest : core, groups, one);
    else if (explainedRatio(core, told) >= SHARED_RATIO) best.group.sums.push(core);
    else if (rest.amount > 0 && rest.amount >= leastPerDay) groups.push({ tellers: [rest], sums: [] });
    else best.group.tellers.push(core);
  }
  return groups;
}

/** How a departure relates to a group: `isSame` where the group tells most of it, `isWithin` where it has most of the group. */
function meet<C extends Candidate>(core: Core<C>, { tellers }: Group<C>) {
  const met = { isSame: false, isWithin: false, isPlaced: false, isTogether: false, shared: 0 };
  for (const other of tellers) {
    if (!isLike(core.candidate, other.candidate)) continue;
    const [own, its] = [coveredRatio(core, other), coveredRatio(other, core)];
    const gap = 1 - overlapDays(core, other);
    if (gap > (Math.min(own, its) >= SAME_RATIO ? SAME_GAP_DAYS : GAP_DAYS)) continue;
    const isHere = isPlaced(core, other);
    const isSame = own >= SHARED_RATIO || isHere;
    const isWithin = its >= SHARED_RATIO || (gap <= 0 && containedRatio(other, core) >= SHARED_RATIO);
    if (!isSame && !isWithin) continue;
    met.isSame ||= isSame;
    met.isWithin ||= isWithin;
    met.isPlaced ||= isHere;
    met.isTogether ||= isSameSpan(core, other);
    met.shared = Math.max(met.shared, own * core.amount);
  }
  return met;
}

/** The groups that a coarser departure shows to be one incident: they began and ended with it, in what one thing happened to. */
function listTogether<C extends Candidate, M extends { group: Group<C> } & ReturnType<typeof meet>>(
  { candidate }: Core<C>,
  met: readonly M[],
): M[] {
  const event = new Set(findEvent(candidate.parts, PLACE_NAMES).map(({ key }) => key));
  const together = met.filter(
    ({ group, isTogether }) =>
      isTogether && group.tellers.some((teller) => ratioIn(teller, event) >= SHARED_RATIO),
  );
  if (together.length > 0) return together;
  return met.every(({ isPlaced }) => isPlaced) ? [...met] : [];
}

function unite<C extends Candidate>(
  core: Core<C>,
  groups: readonly Group<C>[],
  joined: ReadonlySet<Group<C>>,
): Group<C>[] {
  const tellers = [core, ...[...joined].flatMap((group) => group.tellers)];
  const sums = [...joined].flatMap((group) => group.sums);
  return [...groups.filter((group) => !joined.has(group)), { tellers, sums }];
}

/** What groups tell of a departure, each by the one of its series that tells most of a part. */
function toldByGroups<C extends Candidate>(core: Core<C>, groups: readonly Group<C>[]): Map<string, number> {
  const told = new Map<string, number>();
  for (const { tellers } of groups) {
    const most = new Map<string, number>();
    for (const series of groupBy(tellers, ({ candidate }) => candidate.seriesId).values())
      for (const [key, amount] of toldOf(core, series))
        if (amount > (most.get(key) ?? 0)) most.set(key, amount);
    for (const [key, amount] of most) told.set(key, (told.get(key) ?? 0) + amount);
  }
  return told;
}

/** What a departure has beyond what others tell; nothing where that goes the other way. */
function withoutTold<C extends Candidate>(core: Core<C>, told: ReadonlyMap<string, number>): Core<C> {
  const { candidate, all } = core;
  const isTold = (key: string) => (told.get(key) ?? 0) >= SHARED_RATIO * (all.get(key) ?? Infinity);
  const parts = candidate.parts.filter(({ key }) => !isTold(key));
  if (parts.length === candidate.parts.length) return core;
  const toldElsewhere = sumExcess(candidate.parts) - sumExcess(parts);
  const rest = { ...describeCore({ ...candidate, parts, toldElsewhere }), whole: core };
  const isTurned = sumExcess(parts) > 0n !== (candidate.direction === 'up');
  return isTurned ? { ...rest, amount: 0 } : rest;
}

/** Series of the fewest parts of the bill first. */
function fromNarrowToWide(a: Core, b: Core): number {
  return (
    Number(a.candidate.isSecondary ?? false) - Number(b.candidate.isSecondary ?? false) ||
    a.candidate.parts.length - b.candidate.parts.length ||
    a.leaves.size - b.leaves.size ||
    b.amount - a.amount ||
    compareText(keyOf(a.candidate), keyOf(b.candidate))
  );
}
