import { RESULT_NAMES } from '../../analytics/results/catalog.ts';
import { createOpenapi } from '../../analytics/results/openapi.ts';
import { RequestError } from '../../analytics/results/request-error.ts';
import { type ApiEvent, createHandler, type FaultLog, type Route } from '../handler.ts';
import { answerJson } from './answers.ts';
import { createCloseRoutes } from './close-routes.ts';
import { createFeedbackRoutes } from './feedback-routes.ts';
import { createHealth } from './health.ts';
import { createHome } from './home.ts';
import { createPackRoutes } from './pack-routes.ts';
import { createRecordRoutes } from './record-routes.ts';
import { createResult } from './result.ts';
import { type ApiPorts, matchRoute, type RouteDefinition } from './route.ts';
import { createStatementRoutes } from './statement-routes.ts';
import { createWasteRoutes } from './waste-routes.ts';

/** Every route beside those of the aggregated results, each described for the OpenAPI document. */
export function listRoutes(ports: ApiPorts): RouteDefinition[] {
  const own = [
    ...createCloseRoutes(ports),
    ...createPackRoutes(ports),
    ...createStatementRoutes(ports),
    ...createWasteRoutes(ports),
    ...createFeedbackRoutes(ports),
  ];
  const isOwn = (route: RouteDefinition) =>
    own.some(({ method, path }) => method === route.method && path === route.path);
  return [...own, ...createRecordRoutes(ports).filter((route) => !isOwn(route))];
}

/** The whole API as one handler. */
export function createApi(ports: ApiPorts, log?: FaultLog) {
  const described = listRoutes(ports);
  const plain = (path: string, route: Route): RouteDefinition => ({
    method: 'GET',
    path,
    route,
    describe: {},
  });
  const routes = [
    ...RESULT_NAMES.map((name) => plain(`/v1/${name}`, createResult(ports, name))),
    ...described,
    plain('/health', createHealth(ports.results)),
    plain('/openapi.json', () => answerJson(createOpenapi(described))),
  ];
  const paths = [...new Set(routes.map(({ path }) => path))];
  routes.push(plain('/', createHome(paths.filter((path) => !path.includes('{')))));
  return createHandler((event) => {
    const path = readPath(event);
    const { method } = event.requestContext.http;
    const { found, methods } = matchRoute(routes, method, path);
    if (found) return found.definition.route(event, found.parameters);
    if (methods.length > 0) throw new RequestError(405, `${method} is not supported`, { allowed: methods });
    throw new RequestError(404, `there is no ${path}`, { allowed: paths });
  }, log);
}

/** The path without the stage that API Gateway puts before it, and without a slash at the end. */
function readPath({ rawPath, requestContext: { stage } }: ApiEvent): string {
  const path = rawPath.startsWith(`/${stage}/`) ? rawPath.slice(stage.length + 1) : rawPath;
  return path.replace(/(.)\/$/, '$1');
}
