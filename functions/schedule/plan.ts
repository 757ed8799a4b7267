import { planSource, prepareCollection, requestSchema } from '../collecting.ts';
import { readWorkerEnvironment, requireVariables } from '../environment.ts';
import { createSender } from '../queue.ts';
import { createWorker, noteSchedule } from '../worker.ts';

const environment = readWorkerEnvironment();
const urls = requireVariables(['HEADROOM_WORK_QUEUE', 'HEADROOM_COST_QUEUE', 'HEADROOM_REFRESH_QUEUE']);
const sendWork = createSender(urls.HEADROOM_WORK_QUEUE);
const sendCost = createSender(urls.HEADROOM_COST_QUEUE);
const refresh = createSender(urls.HEADROOM_REFRESH_QUEUE);

/** Queues what the lake lacks of a source, or asks for the models; a backfill gets its units back. */
export const handler = createWorker<unknown, unknown>(async (event, run) => {
  const request = requestSchema.parse(event);
  if (request.schedule === 'models') await refresh([{ body: { reason: 'schedule' } }]);
  else {
    const { work, cost } = await planSource(await prepareCollection(environment, run), request);
    if (request.schedule === 'backfill') return { units: cost };
    await sendWork(work.map((body) => ({ body })));
    await sendCost(cost.map((body) => ({ body })));
    run.logger.info('planned', { ...request, units: work.length + cost.length });
  }
  return noteSchedule(run, request.schedule);
});
