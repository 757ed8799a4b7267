import type { SQSEvent } from 'aws-lambda';
import { openStore } from '../../analytics/lake/open-store.ts';
import { readArrivals } from '../arrivals.ts';
import { processBatch } from '../batch.ts';
import { readWorkerEnvironment, requireVariables } from '../environment.ts';
import { fetchConfiguration } from '../fetch-configuration.ts';
import { importArrival } from '../import-arrival.ts';
import { createSender } from '../queue.ts';
import { createWorker, noteContract } from '../worker.ts';

const { lake, s3, configuration, ...settings } = readWorkerEnvironment();
const urls = requireVariables(['HEADROOM_ARRIVALS_QUEUE', 'HEADROOM_REFRESH_QUEUE']);
const sendAgain = createSender(urls.HEADROOM_ARRIVALS_QUEUE);
const refresh = createSender(urls.HEADROOM_REFRESH_QUEUE);

/** Imports the delivery of each manifest that arrived, and asks for the models where the lake changed. */
export const handler = createWorker<SQSEvent, unknown>(async (event, run) => {
  const [store, loaded] = await Promise.all([openStore(lake, s3), fetchConfiguration(configuration, s3)]);
  const into = { store, s3, quarantineLimitRatio: loaded.import.quarantine_limit_ratio, ...settings };
  return processBatch(event, run, sendAgain, async (body) => {
    for (const arrival of readArrivals(body)) {
      const report = await noteContract(run, () => importArrival(arrival, run, into));
      const changed = report?.deliveries.filter(
        ({ outcome }) => outcome === 'loaded' || outcome === 'replaced',
      );
      if (changed?.length) await refresh([{ body: { reason: arrival.key } }]);
    }
  });
});
