import type { Part } from '../cause/attribute-excess.ts';
import { coreOf, sumExcess } from '../cause/choose-causes.ts';
import { toDayNumber } from '../forecast/calendar.ts';

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
  parts: Part<Values>[];
};

/** Of two cores, so much of the smaller one must be in the other. */
const SHARED_RATIO = 0.5;
const SAME_DAYS = 1;
/** Short departures of the very same days in one account are one: its load, or what all of it depends on. */
const SHORT_DAYS = 7;
/** A departure that follows another of the same parts within so many days goes on with it. */
const GAP_DAYS = 7;
/** One of the very same parts, within so many. */
const SAME_GAP_DAYS = 21;
const SAME_RATIO = 0.4;
/** Of the departures with nearly the largest excess the clearest one leads. */
const NEARLY_RATIO = 0.85;

/**
 * Departures that are one incident: their excess lies in the same parts of the bill at the same time; or they began, and
 * ended, together and meet in a third one, or at one place (service, environment and account). A departure of a coarse
 * series that only adds up others is told with the one it shares most with. The order of the candidates does not matter.
 *
 * @returns groups, each with the candidate that leads it first.
 */
export function formIncidents<C extends Candidate>(candidates: readonly C[]): C[][] {
  const known = candidates
    .map((candidate) => describeCore(candidate))
    .sort(
      (a, b) =>
        Number(a.candidate.isSecondary ?? false) - Number(b.candidate.isSecondary ?? false) ||
        a.leaves.size - b.leaves.size ||
        b.amount - a.amount ||
        compareText(a.candidate.seriesId, b.candidate.seriesId) ||
        compareText(a.candidate.from, b.candidate.from),
    );
  let groups: Core<C>[][] = [];
  for (const core of known) {
    const met = groups
      .map((group) => ({ group, ...meet(core, group) }))
      .filter(({ share }) => share >= SHARED_RATIO);
    const together = met.filter(({ isTogether }) => isTogether);
    const best = [...met].sort((a, b) => b.shared - a.shared).slice(0, 1);
    const joined = together.length > 0 && !core.candidate.isSecondary ? together : best;
    const gone = new Set(joined.map(({ group }) => group));
    groups = [...groups.filter((group) => !gone.has(group)), [core, ...joined.flatMap(({ group }) => group)]];
  }
  return groups
    .map((group) => orderGroup(group).map(({ candidate }) => candidate))
    .sort((a, b) => compareText(keyOf(a[0]), keyOf(b[0])));
}

type Core<C> = {
  candidate: C;
  /** Excess a day, without its sign, by leaf and by place. */
  leaves: Map<string, number>;
  /** All leaves of its direction, not only those that carry most of it. */
  all: Map<string, number>;
  places: Map<string, number>;
  accounts: Map<string, number>;
  amount: number;
  first: number;
  last: number;
};

function describeCore<C extends Candidate>(candidate: C): Core<C> {
  const first = toDayNumber(candidate.from);
  const last = toDayNumber(candidate.to);
  const days = last - first + 1;
  const leaves = new Map<string, number>();
  const places = new Map<string, number>();
  const accounts = new Map<string, number>();
  const all = new Map<string, number>();
  const sign = candidate.direction === 'up' ? 1 : -1;
  for (const { key, excess } of candidate.parts) add(all, key, Math.max(0, sign * Number(excess)) / days);
  for (const part of coreOf(candidate.parts)) {
    const amount = Math.abs(Number(part.excess)) / days;
    const { service, environment, sub_account_id, service_name } = part.values;
    // What nobody is named for is no place that two departures have in common.
    const owner = service.startsWith('(') ? service_name : service;
    add(leaves, part.key, amount);
    add(accounts, sub_account_id, amount);
    add(places, JSON.stringify([owner, environment, sub_account_id]), amount);
  }
  return {
    candidate,
    leaves,
    all,
    places,
    accounts,
    amount: Math.abs(Number(sumExcess(candidate.parts))) / days,
    first,
    last,
  };
}

function meet<C extends Candidate>(core: Core<C>, group: readonly Core<C>[]) {
  let [share, shared, isTogether] = [0, 0, false];
  for (const other of group) {
    const { candidate: a } = core;
    const { candidate: b } = other;
    if (a.family !== b.family || a.currency !== b.currency || a.direction !== b.direction) continue;
    const gap = Math.max(core.first - other.last, other.first - core.last);
    const isSame =
      covered(core.leaves, other.leaves) >= SAME_RATIO && covered(other.leaves, core.leaves) >= SAME_RATIO;
    if (gap > (isSame ? SAME_GAP_DAYS : GAP_DAYS)) continue;
    const isSameStart = Math.abs(core.first - other.first) <= SAME_DAYS;
    const isSameSpan = isSameStart && Math.abs(core.last - other.last) <= SAME_DAYS;
    const isSameBurst =
      core.first === other.first && core.last === other.last && core.last - core.first < SHORT_DAYS;
    const found = Math.max(
      covered(core.leaves, other.all),
      covered(other.leaves, core.all),
      isSameStart ? overlap(core.places, other.places) : 0,
      isSameBurst ? overlap(core.accounts, other.accounts) : 0,
    );
    if (found < SHARED_RATIO) continue;
    share = Math.max(share, found);
    shared = Math.max(shared, sharedAmount(core.leaves, other.leaves));
    isTogether ||= isSameSpan;
  }
  return { share, shared, isTogether };
}

/** How much of a core the other departure has too. */
function covered(core: ReadonlyMap<string, number>, all: ReadonlyMap<string, number>): number {
  const amount = total(core);
  return amount > 0 ? sharedAmount(core, all) / amount : 0;
}

/** What two have in common, of the smaller one. */
function overlap(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  const least = Math.min(total(a), total(b));
  return least > 0 ? sharedAmount(a, b) / least : 0;
}

function sharedAmount(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const [key, amount] of a) sum += Math.min(amount, b.get(key) ?? 0);
  return sum;
}

function total(amounts: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const amount of amounts.values()) sum += amount;
  return sum;
}

function add(amounts: Map<string, number>, key: string, amount: number): void {
  amounts.set(key, (amounts.get(key) ?? 0) + amount);
}

function orderGroup<C extends Candidate>(group: readonly Core<C>[]): Core<C>[] {
  const primary = group.filter(({ candidate }) => !candidate.isSecondary);
  const most = Math.max(...primary.map(({ amount }) => amount));
  const rank = ({ amount, candidate }: Core<C>) =>
    candidate.isSecondary ? 2 : amount >= NEARLY_RATIO * most ? 0 : 1;
  return [...group].sort((a, b) => rank(a) - rank(b) || byClarity(a, b));
}

function byClarity<C extends Candidate>(a: Core<C>, b: Core<C>): number {
  return (
    b.candidate.score - a.candidate.score ||
    a.leaves.size - b.leaves.size ||
    compareText(keyOf(a.candidate), keyOf(b.candidate))
  );
}

const keyOf = (candidate: Candidate | undefined) =>
  candidate === undefined ? '' : JSON.stringify([candidate.from, candidate.seriesId, candidate.direction]);

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
