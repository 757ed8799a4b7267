import { openStore } from '../../analytics/lake/open-store.ts';
import { parseS3Location } from '../../analytics/lake/s3-location.ts';
import { listManifests } from '../arrivals.ts';
import { readS3Environment, requireVariables } from '../environment.ts';
import { createSender } from '../queue.ts';
import { createWorker, noteSchedule } from '../worker.ts';

const DAY_MS = 86_400_000;

const environment = requireVariables(['HEADROOM_EXPORTS', 'HEADROOM_ARRIVALS_QUEUE', 'HEADROOM_SWEEP_DAYS']);
const { bucket } = parseS3Location(environment.HEADROOM_EXPORTS);
const send = createSender(environment.HEADROOM_ARRIVALS_QUEUE);

/** Queues every manifest of the last weeks: an arrival that was missed is made up for, the others change nothing. */
export const handler = createWorker<unknown, { manifests: number }>(async (_event, run) => {
  const since = new Date(Date.now() - Number(environment.HEADROOM_SWEEP_DAYS) * DAY_MS);
  const keys = await listManifests(await openStore(environment.HEADROOM_EXPORTS, readS3Environment()), since);
  await send(keys.map((key) => ({ body: { bucket, key } })));
  noteSchedule(run, 'sweep');
  run.logger.info('swept', { manifests: keys.length });
  return { manifests: keys.length };
});
