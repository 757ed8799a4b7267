import { alertsSchema } from '../configuration/alerts-schema.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { Snapshot } from '../results/snapshot.ts';
import type { Alert } from './alert.ts';
import { buildAlerts } from './build/build-alerts.ts';
import { readDecision } from './decisions.ts';

/**
 * The alert of an id: one that the published version calls for by the usual minimums, or one that was decided on and is
 * remembered, told or not. Undefined where there is none, or none that the caller may see.
 *
 * @param costCenters what the caller may see; all when absent.
 */
export async function findAlert(
  { store, snapshot }: { store: ObjectStore; snapshot: Snapshot },
  id: string,
  costCenters?: readonly string[],
): Promise<Alert | undefined> {
  const { alerts } = await buildAlerts(snapshot, alertsSchema.parse({}).policy);
  const { send, state } = await readDecision(store);
  const remembered = [
    ...send.flatMap(({ alert, members }) => [alert, ...members]),
    ...Object.values(state.incidents).flatMap((incident) => incident.alerts),
    ...Object.values(state.held).flat(),
  ];
  return [...alerts, ...remembered].find(
    (alert) => alert.id === id && (!costCenters || costCenters.includes(alert.costCenter)),
  );
}
