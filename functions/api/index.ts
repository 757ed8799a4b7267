import { createSecretReader } from '../../analytics/alerts/secrets.ts';
import { openStore } from '../../analytics/lake/open-store.ts';
import { openResults } from '../../analytics/results/snapshot.ts';
import { readEnvironment, readS3Environment } from '../environment.ts';
import { createApi } from './routes.ts';

const { lake, checkEveryMs, feedbackSecret } = readEnvironment();
const readSecret = createSecretReader({});

const store = await openStore(lake, readS3Environment());

/** The API's Lambda: API Gateway HTTP API, payload format 2.0. */
export const handler = createApi({
  results: openResults({ store, checkEveryMs }),
  store,
  ...(feedbackSecret === undefined ? {} : { feedbackSecret: () => readSecret(feedbackSecret) }),
});
