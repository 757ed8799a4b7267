import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import { openResults } from '../../analytics/results/snapshot.ts';
import { readEnvironment } from '../environment.ts';
import { createApi } from './routes.ts';

const { lake, checkEveryMs } = readEnvironment();

/** The API's Lambda: API Gateway HTTP API, payload format 2.0. */
export const handler = createApi(openResults({ store: await openFolderStore(lake), checkEveryMs }));
