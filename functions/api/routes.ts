import { RESULT_NAMES } from '../../analytics/results/catalog.ts';
import { RequestError } from '../../analytics/results/request-error.ts';
import type { ResultsReader } from '../../analytics/results/snapshot.ts';
import { type ApiEvent, createHandler, type FaultLog, type Route } from '../handler.ts';
import { createHealth } from './health.ts';
import { createHome } from './home.ts';
import { getOpenapi } from './openapi.ts';
import { createResult } from './result.ts';

/** The whole API as one handler. */
export function createApi(results: ResultsReader, log?: FaultLog) {
  const routes = new Map<string, Route>([
    ...RESULT_NAMES.map((name): [string, Route] => [`/v1/${name}`, createResult(results, name)]),
    ['/health', createHealth(results)],
    ['/openapi.json', getOpenapi],
  ]);
  const paths = [...routes.keys()];
  routes.set('/', createHome(paths));
  return createHandler((event) => {
    const path = readPath(event);
    const route = routes.get(path);
    if (!route) throw new RequestError(404, `there is no ${path}`, { allowed: paths });
    return route(event);
  }, log);
}

/** The path without the stage that API Gateway puts before it, and without a slash at the end. */
function readPath({ rawPath, requestContext: { stage } }: ApiEvent): string {
  const path = rawPath.startsWith(`/${stage}/`) ? rawPath.slice(stage.length + 1) : rawPath;
  return path.replace(/(.)\/$/, '$1');
}
