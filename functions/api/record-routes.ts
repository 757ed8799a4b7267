import { openAsClosed } from '../../analytics/results/closes.ts';
import { listShownColumns, type RecordDefinition } from '../../analytics/results/records/definition.ts';
import { RECORDS } from '../../analytics/results/records/index.ts';
import { describeRecord, describeRecordList } from '../../analytics/results/records/openapi.ts';
import { createOverlays, type Overlays } from '../../analytics/results/records/overlays.ts';
import { answerRecord, answerRecords, type Overlay } from '../../analytics/results/records/query.ts';
import { parseRecordRequest } from '../../analytics/results/records/request.ts';
import { DEFAULT_PAGE_SIZE, MAXIMUM_PAGE_SIZE } from '../../analytics/results/request.ts';
import { RequestError } from '../../analytics/results/request-error.ts';
import type { ApiEvent, ApiResponse } from '../handler.ts';
import { answerCsv, answerJson, hashText, makeEtag } from './answers.ts';
import { readCostCenters } from './claims.ts';
import { acceptsCsv, matchesEtag } from './negotiation.ts';
import type { ApiPorts, RouteDefinition } from './route.ts';

/** GET /v1/NAME for every record result, and GET /v1/NAME/KEY where one column is its key. */
export function createRecordRoutes({ results, store }: ApiPorts): RouteDefinition[] {
  const overlays = createOverlays(store);
  return RECORDS.flatMap((definition): RouteDefinition[] => {
    const path = `/v1/${definition.name}`;
    const list: RouteDefinition = {
      method: 'GET',
      path,
      describe: describeRecordList(definition),
      route: (event) => answerList({ results, store }, overlays, definition, event),
    };
    const [key, ...others] = definition.key;
    if (key === undefined || others.length > 0) return [list];
    const one: RouteDefinition = {
      method: 'GET',
      path: `${path}/{${key}}`,
      describe: describeRecord(definition),
      route: async (event, parameters) => {
        refuseParameters(event);
        const request = parseRecordRequest(definition, [], readCostCenters(event));
        const snapshot = await results.current();
        const overlay = await overlays[definition.name]?.(snapshot);
        return answerJson(await answerRecord(snapshot, request, parameters[key] ?? '', overlay));
      },
    };
    return [list, one];
  });
}

async function answerList(
  { results, store }: ApiPorts,
  overlays: Overlays,
  definition: RecordDefinition,
  event: ApiEvent,
): Promise<ApiResponse> {
  const format = acceptsCsv(event.headers.accept) ? 'csv' : 'json';
  const costCenters = readCostCenters(event);
  const request = parseRecordRequest(definition, new URLSearchParams(event.rawQueryString), {
    defaultPageSize: format === 'csv' ? MAXIMUM_PAGE_SIZE : DEFAULT_PAGE_SIZE,
    ...costCenters,
  });
  const isClosed = request.closedMonth !== undefined;
  const snapshot = isClosed ? await openAsClosed(store, request.closedMonth) : await results.current();
  const overlay = isClosed ? undefined : await overlays[definition.name]?.(snapshot);
  const asked = [definition.name, event.rawQueryString, costCenters, hashOverlay(overlay)];
  const etag = makeEtag(snapshot.version, asked, format);
  if (matchesEtag(event.headers['if-none-match'], etag)) return { statusCode: 304, headers: { etag } };
  const answer = await answerRecords(snapshot, request, overlay);
  return format === 'csv' ? answerCsv(listShownColumns(definition), answer, etag) : answerJson(answer, etag);
}

/** One row is answered as it is known now, whole. Throws RequestError (400). */
function refuseParameters({ rawQueryString }: ApiEvent): void {
  const [name] = new URLSearchParams(rawQueryString).keys();
  if (name === undefined) return;
  throw new RequestError(400, `unknown parameter '${name}'`, {
    parameter: name,
    remedy: 'One row takes no parameters.',
  });
}

function hashOverlay(overlay: Overlay | undefined): string {
  if (!overlay || overlay.size === 0) return '';
  return hashText(
    JSON.stringify([...overlay], (_, value) => (typeof value === 'bigint' ? String(value) : value)),
  );
}
