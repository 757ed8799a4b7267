import { coreOf, OTHER, sumExcess } from '../cause/choose-causes.ts';
import { toDayNumber } from '../forecast/calendar.ts';
import type { Candidate } from './form-incidents.ts';

/** A departure as it is compared with others. Amounts are excess, without its sign; days are numbers, and included. */
export type Core<C extends Candidate = Candidate> = {
  candidate: C;
  /** A day, of the leaves that carry most of it. */
  leaves: ReadonlyMap<string, number>;
  /** In all, of every leaf of its direction that has a name. */
  all: ReadonlyMap<string, number>;
  /** A day, by service, environment and account. */
  places: ReadonlyMap<string, number>;
  /** A day. */
  amount: number;
  first: number;
  last: number;
  days: number;
  /** What it tells goes on up to this day: for good where its level is the baseline now. */
  tellsUntil: number;
  /** Of one that is told without what others tell of it: with that. */
  whole?: Core<C>;
};

export function describeCore<C extends Candidate>(candidate: C): Core<C> {
  const first = toDayNumber(candidate.from);
  const last = toDayNumber(candidate.to);
  const days = last - first + 1;
  const [leaves, all, places] = [
    new Map<string, number>(),
    new Map<string, number>(),
    new Map<string, number>(),
  ];
  const sign = candidate.direction === 'up' ? 1 : -1;
  for (const { key, values, excess } of candidate.parts) {
    const amount = sign * Number(excess);
    if (amount > 0 && values.service_name !== OTHER) add(all, key, amount);
  }
  for (const { key, values, excess } of coreOf(candidate.parts)) {
    const amount = Math.abs(Number(excess)) / days;
    const { service, environment, sub_account_id, service_name } = values;
    // What nobody is named for is no place that two departures have in common.
    const owner = service.startsWith('(') ? service_name : service;
    add(leaves, key, amount);
    add(places, JSON.stringify([owner, environment, sub_account_id]), amount);
  }
  const amount = Math.abs(Number(sumExcess(candidate.parts))) / days;
  const tellsUntil = candidate.isAccepted ? Infinity : last;
  return { candidate, leaves, all, places, amount, first, last, days, tellsUntil };
}

/** What of a departure is told, by leaf: each teller tells the mean of its days on the days that both have. */
export function toldOf(core: Core, tellers: readonly Core[]): Map<string, number> {
  const told = new Map<string, number>();
  for (const teller of tellers) {
    const days = overlapDays(core, { first: teller.first, last: teller.tellsUntil });
    if (days <= 0 || !isLike(core.candidate, teller.candidate)) continue;
    for (const key of core.all.keys()) {
      const amount = teller.all.get(key);
      if (amount !== undefined) add(told, key, (amount / teller.days) * days);
    }
  }
  return told;
}

/** The part of its excess that is told, 0 to 1. */
export function explainedRatio(core: Core, told: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const [key, amount] of core.all) sum += Math.min(amount, told.get(key) ?? 0);
  return Math.min(1, sum / (core.amount * core.days));
}

/** Only what goes the same way, in one currency and of one family, is compared. */
export function isLike(a: Candidate, b: Candidate): boolean {
  return a.family === b.family && a.currency === b.currency && a.direction === b.direction;
}

type Span = Pick<Core, 'first' | 'last'>;

/** Days that both have; 0 or less: the days between them, less one, below zero. */
export function overlapDays(a: Span, b: Span): number {
  return Math.min(a.last, b.last) - Math.max(a.first, b.first) + 1;
}

/** How much of a core the other departure has too, a day, 0 to 1. */
export function coveredRatio(core: Core, other: Core): number {
  let [sum, shared] = [0, 0];
  for (const [key, amount] of core.leaves) {
    sum += amount;
    shared += Math.min(amount, (other.all.get(key) ?? 0) / other.days);
  }
  return sum > 0 ? shared / sum : 0;
}

const SAME_DAYS = 1;
/** Of both, so much must lie at the same place. */
const PLACED_RATIO = 0.8;

/** Whether two began within a day of each other, and have days in common. */
export function isSameStart(a: Core, b: Core): boolean {
  return overlapDays(a, b) > 0 && Math.abs(a.first - b.first) <= SAME_DAYS;
}

/** Whether two began together at one place: service, environment and account. */
export function isPlaced(a: Core, b: Core): boolean {
  return (
    isLike(a.candidate, b.candidate) &&
    isSameStart(a, b) &&
    Math.min(placedRatio(a, b), placedRatio(b, a)) >= PLACED_RATIO
  );
}

/** Whether two began and ended within a day of each other. */
export function isSameSpan(a: Core, b: Core): boolean {
  return isSameStart(a, b) && Math.abs(a.last - b.last) <= SAME_DAYS;
}

/** How much of a core lies in places of the other, 0 to 1. */
function placedRatio(core: Core, other: Core): number {
  let [sum, shared] = [0, 0];
  for (const [place, amount] of core.places) {
    sum += amount;
    if (other.places.has(place)) shared += amount;
  }
  return sum > 0 ? shared / sum : 0;
}

/** How much of a core lies in some leaves, 0 to 1. */
export function ratioIn({ leaves }: Core, keys: ReadonlySet<string>): number {
  let [sum, shared] = [0, 0];
  for (const [key, amount] of leaves) {
    sum += amount;
    if (keys.has(key)) shared += amount;
  }
  return sum > 0 ? shared / sum : 0;
}

/** How much of a core may be in the other, whatever the days on which that has it, 0 to 1. */
export function containedRatio(core: Core, other: Core): number {
  let [sum, shared] = [0, 0];
  for (const [key, amount] of core.leaves) {
    sum += amount;
    shared += Math.min(amount, (other.all.get(key) ?? 0) / core.days);
  }
  return sum > 0 ? shared / sum : 0;
}

function add(amounts: Map<string, number>, key: string, amount: number): void {
  amounts.set(key, (amounts.get(key) ?? 0) + amount);
}

export const keyOf = (candidate: Candidate | undefined) =>
  candidate === undefined ? '' : JSON.stringify([candidate.from, candidate.seriesId, candidate.direction]);

export const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
