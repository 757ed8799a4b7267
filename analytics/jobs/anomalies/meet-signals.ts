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
  const met = meetIncidents(groups, leads, isOwner);
  const meetings: Meetings = { byLead: new Map(), alone: [], absorbed: new Set() };
  for (const [index, group] of groups.entries()) {
    const lead = met[index];
    if (lead !== undefined) {
      meetings.byLead.set(lead, [...(meetings.byLead.get(lead) ?? []), { group }]);
      continue;
    }
    const unitCost = leads.find((each) => isOfUnits(each, group[0]) && !meetings.absorbed.has(each));
    if (unitCost === undefined) meetings.alone.push({ group });
    else {
      const { observed, expected } = unitCost.departure.detection;
      meetings.absorbed.add(unitCost);
      meetings.alone.push({ group, unitCostRatio: observed / expected });
    }
  }
  return meetings;
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
