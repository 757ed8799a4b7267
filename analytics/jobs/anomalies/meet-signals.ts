import type { Engine } from '../../engine/duckdb.ts';
import { type Calendar, toDayNumber } from '../../forecast/calendar.ts';
import { groupSignals, meetIncidents } from '../../incident/join-signals.ts';
import { ALLOCATION_DIMENSIONS } from '../../vocabulary.ts';
import type { Assembled } from './assemble-incident.ts';
import { isPlannedSignal } from './describe-signals.ts';
import type { LeafValues } from './read-leaves.ts';
import type { FoundSignal } from './signals.ts';

type Group = [FoundSignal, ...FoundSignal[]];

/** Signals of one incident, the clearest first. */
export type MetSignals = { group: Group };

/** What becomes of volumes and utilizations that departed. */
export type Meetings = {
  /** They are told with the incident of cost that they belong to. */
  byLead: Map<Assembled, MetSignals[]>;
  /** Incidents of their own; `unitCostRatio` where the cost of a unit moved because the volume did. */
  alone: { group: Group; unitCostRatio?: number }[];
  /** Incidents of a unit cost that only say that a volume moved: told with it. */
  absorbed: Set<Assembled>;
};

/** A unit cost moves on the days on which its volume does. */
const SAME_DAYS = 3;

/** Finds out which signals belong to which incident; those of planned events are left out. */
export async function meetSignals(
  engine: Engine,
  leads: readonly Assembled[],
  signals: readonly FoundSignal[],
  calendar: Calendar,
): Promise<Meetings> {
  const groups = groupSignals(signals).filter(
    ([lead]) => lead !== undefined && !isPlannedSignal(lead, calendar),
  ) as Group[];
  const owners = await readOwners(engine, groups);
  const isOwner = (driver: string, values: LeafValues) => owners.has(ownerKey(driver, values));
  const unitCosts = pairUnitCosts(groups, meetIncidents(groups, leads, isOwner), leads);
  const absorbed = new Set(unitCosts.values());
  const met = meetIncidents(
    groups,
    leads.filter((lead) => !absorbed.has(lead)),
    isOwner,
  );
  const meetings: Meetings = { byLead: new Map(), alone: [], absorbed };
  for (const [index, group] of groups.entries()) {
    const lead = met[index];
    const unitCost = unitCosts.get(group)?.departure.detection;
    if (unitCost) meetings.alone.push({ group, unitCostRatio: unitCost.observed / unitCost.expected });
    else if (lead === undefined) meetings.alone.push({ group });
    else meetings.byLead.set(lead, [...(meetings.byLead.get(lead) ?? []), { group }]);
  }
  return meetings;
}

/** The unit cost that each volume moved which explains no cost; one of each. */
function pairUnitCosts(
  groups: readonly Group[],
  met: readonly (Assembled | undefined)[],
  leads: readonly Assembled[],
): Map<Group, Assembled> {
  const pairs = new Map<Group, Assembled>();
  const taken = new Set<Assembled>();
  for (const [index, group] of groups.entries()) {
    if (met[index] !== undefined) continue;
    const unitCost = leads.find((lead) => isOfUnits(lead, group[0]) && !taken.has(lead));
    if (unitCost === undefined) continue;
    pairs.set(group, unitCost);
    taken.add(unitCost);
  }
  return pairs;
}

function isOfUnits({ departure: { bill }, direction, from }: Assembled, signal: FoundSignal): boolean {
  return (
    bill.kind === 'unit_cost' &&
    bill.scope.driver === signal.driver &&
    direction !== signal.direction &&
    Math.abs(toDayNumber(from) - toDayNumber(signal.from)) <= SAME_DAYS
  );
}

async function readOwners(engine: Engine, groups: readonly Group[]): Promise<Set<string>> {
  if (groups.every(([{ measure }]) => measure !== 'driver')) return new Set();
  const rows = await engine.query('select * from anomaly_driver_owners');
  return new Set(rows.map((row) => ownerKey(String(row.driver), row)));
}

const ownerKey = (driver: string, values: Record<string, unknown>) =>
  JSON.stringify([driver, ...ALLOCATION_DIMENSIONS.map((name) => values[name])]);
