import type { SQSEvent } from 'aws-lambda';
import { collectBatch, collectStep, prepareCollection } from '../collecting.ts';
import { readWorkerEnvironment, requireVariables } from '../environment.ts';
import { createSender } from '../queue.ts';
import { createWorker } from '../worker.ts';

const environment = readWorkerEnvironment();
const sendAgain = createSender(requireVariables(['HEADROOM_WORK_QUEUE']).HEADROOM_WORK_QUEUE);

/** Collects the units of a batch of messages, or the one of a step of the backfill. */
export const handler = createWorker<SQSEvent | { unit: unknown }, unknown>(async (event, run) => {
  const options = await prepareCollection(environment, run);
  return 'unit' in event
    ? collectStep(options, run, event.unit)
    : collectBatch(event, options, run, sendAgain);
});
