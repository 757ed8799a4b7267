import { runAlerts } from '../../analytics/alerts/run-alerts.ts';
import { createSecretReader } from '../../analytics/alerts/secrets.ts';
import { openStore } from '../../analytics/lake/open-store.ts';
import { openResults } from '../../analytics/results/snapshot.ts';
import { readWorkerEnvironment } from '../environment.ts';
import { fetchConfiguration } from '../fetch-configuration.ts';
import { createWorker, noteAlerts, noteSchedule } from '../worker.ts';

const { lake, s3, configuration: location } = readWorkerEnvironment();

/**
 * Tells what the published results call for, and goes on with what could not be delivered before; invoked with
 * `{"retry_dead": true}` also with dead letters.
 */
export const handler = createWorker<{ retry_dead?: unknown } | null, unknown>(async (event, run) => {
  const [store, configuration] = await Promise.all([openStore(lake, s3), fetchConfiguration(location, s3)]);
  const { decision, delivery, thresholds } = await runAlerts({
    store,
    snapshot: await openResults({ store }).current(),
    settings: configuration.alerts,
    events: configuration.calendar.events,
    ports: { readSecret: createSecretReader({}) },
    deadline: run.deadline,
    retriesDead: event?.retry_dead === true,
  });
  const counts = {
    decided: decision.send.length,
    suppressed: decision.suppressed.length,
    delivered: delivery.delivered.length,
    pending: delivery.pending.length,
    dead: delivery.dead.length,
    thresholds,
  };
  noteAlerts(run, delivery.dead);
  noteSchedule(run, 'alert');
  run.logger.info('alerts', counts);
  return counts;
});
