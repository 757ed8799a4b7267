import { toDate, toDayNumber } from '../forecast/calendar.ts';
import { type FoundIncident, type IncidentStatus, makeIncidentId, type TrackedIncident } from './incident.ts';

/** What ended so long ago stays as it was last told, and an incident of then that nobody saw is none. */
export const FROZEN_AFTER_DAYS = 45;
const FORGOTTEN_AFTER_DAYS = 400;
const GAP_DAYS = 7;
const START_DAYS = 3;
/** Told anew when the amount a day rose or fell by this factor. */
const CHANGE_FACTOR = 1.5;

/**
 * Carries incidents from the run before over to this one: one that is found again goes on under its id, one that is not
 * is withdrawn, since what is known now no longer shows it, or closed, when it is told with another one from now on.
 * Depends on earlier runs only, so that a run repeated ends in the same.
 *
 * @param previous what an earlier day's run left.
 */
export function trackIncidents(options: {
  previous: readonly TrackedIncident[];
  found: readonly FoundIncident[];
  /** What is told with one of `found` instead of by itself. */
  joined?: readonly FoundIncident[];
  asOf: string;
}): TrackedIncident[] {
  const { previous, asOf } = options;
  const taken = new Set<TrackedIncident>();
  const tracked = carryOn(options, taken);
  for (const incident of options.joined ?? []) {
    const known = findSame(incident, previous, taken);
    if (known === undefined) continue;
    taken.add(known);
    const stays = isFrozen(known, asOf) || known.status === 'closed';
    tracked.push(stays ? known : join(known, incident, asOf));
  }
  const forgottenBefore = toDate(toDayNumber(asOf) - FORGOTTEN_AFTER_DAYS);
  for (const known of previous) {
    if (taken.has(known) || (known.ended_on ?? asOf) < forgottenBefore) continue;
    const stays = isFrozen(known, asOf) || known.status === 'withdrawn';
    tracked.push(stays ? known : withdraw(known, asOf));
  }
  return tracked.sort((a, b) => compareText(a.id, b.id));
}

/** What was found, as it goes on or as it is new; notes the known ones among `taken`. */
function carryOn(
  { previous, found, asOf }: Parameters<typeof trackIncidents>[0],
  taken: Set<TrackedIncident>,
): TrackedIncident[] {
  const ids = new Set(previous.map(({ id }) => id));
  const sorted = [...found].sort((a, b) => compareText(sortKey(a), sortKey(b)));
  return sorted.flatMap((incident) => {
    const known = findSame(incident, previous, taken);
    if (known !== undefined) {
      taken.add(known);
      return [isFrozen(known, asOf) ? known : goOn(known, incident, asOf)];
    }
    if (previous.length > 0 && isFrozen(incident, asOf)) return [];
    const id = makeIncidentId(incident);
    if (ids.has(id)) return [];
    ids.add(id);
    return [{ ...incident, id, status: statusOf(incident, 'open'), revision: 1, revised_on: asOf }];
  });
}

function isFrozen({ ended_on }: FoundIncident, asOf: string): boolean {
  return ended_on !== null && ended_on < toDate(toDayNumber(asOf) - FROZEN_AFTER_DAYS);
}

function goOn(known: TrackedIncident, now: FoundIncident, asOf: string): TrackedIncident {
  const isChanged = hasChanged(known, now);
  const status = statusOf(now, isChanged || known.status === 'updated' ? 'updated' : 'open');
  const isRevised = isChanged || status !== known.status;
  return {
    ...now,
    id: known.id,
    started_on: now.started_on,
    judged_on: known.judged_on,
    status,
    revision: known.revision + (isRevised ? 1 : 0),
    revised_on: isRevised ? asOf : known.revised_on,
  };
}

function join(known: TrackedIncident, now: FoundIncident, asOf: string): TrackedIncident {
  return {
    ...now,
    id: known.id,
    judged_on: known.judged_on,
    status: 'closed',
    ended_on: now.ended_on ?? asOf,
    reason: `From ${asOf} on it is told with the cost that belongs to it. ${now.reason}`,
    revision: known.revision + 1,
    revised_on: asOf,
  };
}

function withdraw(known: TrackedIncident, asOf: string): TrackedIncident {
  return {
    ...known,
    status: 'withdrawn',
    ended_on: known.ended_on ?? asOf,
    reason: `Withdrawn on ${asOf}: what is known now no longer shows it. Before: ${known.reason}`,
    revision: known.revision + 1,
    revised_on: asOf,
  };
}

function statusOf(incident: FoundIncident, ongoing: 'open' | 'updated'): IncidentStatus {
  if (incident.is_accepted) return 'accepted';
  return incident.ended_on === null ? ongoing : 'closed';
}

function hasChanged(known: TrackedIncident, now: FoundIncident): boolean {
  if (known.kind !== now.kind || known.cause_key !== now.cause_key) return true;
  const [before, after] = [Number(known.excess_per_day_cost), Number(now.excess_per_day_cost)];
  if (before === 0) return after !== 0;
  const factor = after / before;
  return factor >= CHANGE_FACTOR || factor <= 1 / CHANGE_FACTOR;
}

/** The same incident as before: of the same cause, or told by the same series, at the same time. */
function findSame(
  now: FoundIncident,
  previous: readonly TrackedIncident[],
  taken: ReadonlySet<TrackedIncident>,
): TrackedIncident | undefined {
  const like = previous.filter(
    (known) =>
      !taken.has(known) &&
      known.family === now.family &&
      known.direction === now.direction &&
      known.billing_currency === now.billing_currency,
  );
  const sameCause = like.filter(
    (known) => known.cause_key === now.cause_key && daysBetween(known, now) <= GAP_DAYS,
  );
  const sameSeries = like.filter(
    (known) =>
      known.series_id === now.series_id &&
      daysBetween(known, now) <= 0 &&
      Math.abs(toDayNumber(known.started_on) - toDayNumber(now.started_on)) <= START_DAYS,
  );
  return [...sameCause].sort(byDistance(now))[0] ?? [...sameSeries].sort(byDistance(now))[0];
}

/** 0 where they overlap. */
function daysBetween(a: FoundIncident, b: FoundIncident): number {
  const last = (incident: FoundIncident) =>
    incident.ended_on === null ? Number.POSITIVE_INFINITY : toDayNumber(incident.ended_on);
  return Math.max(0, toDayNumber(a.started_on) - last(b), toDayNumber(b.started_on) - last(a));
}

const byDistance = (now: FoundIncident) => (a: TrackedIncident, b: TrackedIncident) =>
  startDistance(a, now) - startDistance(b, now) || compareText(a.id, b.id);

const startDistance = (a: FoundIncident, b: FoundIncident) =>
  Math.abs(toDayNumber(a.started_on) - toDayNumber(b.started_on));

const sortKey = (incident: FoundIncident) => `${incident.started_on} ${incident.cause_key}`;

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
