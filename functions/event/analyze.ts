import type { SQSEvent } from 'aws-lambda';
import { closeDueMonths } from '../../analytics/jobs/close.ts';
import { listCurrentDeliveries } from '../../analytics/jobs/deliveries.ts';
import { runModels } from '../../analytics/jobs/run.ts';
import { openStore } from '../../analytics/lake/open-store.ts';
import { processTogether } from '../batch.ts';
import { readWorkerEnvironment, requireVariables } from '../environment.ts';
import { fetchConfiguration } from '../fetch-configuration.ts';
import { createSender } from '../queue.ts';
import { useEngine } from '../use-engine.ts';
import { createWorker, noteContract } from '../worker.ts';

const { lake, s3, configuration: location, memoryLimitGib, ...models } = readWorkerEnvironment();
const sendAgain = createSender(requireVariables(['HEADROOM_REFRESH_QUEUE']).HEADROOM_REFRESH_QUEUE);

/** Runs the models once for all the requests of a batch. Months computed before time ran out stay computed. */
export const handler = createWorker<SQSEvent, unknown>((event, run) =>
  processTogether(event, run, sendAgain, async () => {
    const [store, configuration] = await Promise.all([openStore(lake, s3), fetchConfiguration(location, s3)]);
    if ((await listCurrentDeliveries(store)).length === 0) return run.logger.info('nothing is imported yet');
    const report = await noteContract(run, () =>
      useEngine(memoryLimitGib, (engine) =>
        runModels({ store, configuration, engine, ...models, onProgress: run.checkTime }),
      ),
    );
    run.logger.info('published', { ...report });
    const { automatic, wait_days: waitDays } = configuration.close;
    if (!automatic) return;
    run.logger.info('closed', { ...(await closeDueMonths({ store, by: 'schedule', waitDays })) });
  }),
);
