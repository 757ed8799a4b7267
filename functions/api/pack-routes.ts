import { openPackView, type PackView, readPack } from '../../analytics/results/pack/read-pack.ts';
import { RequestError } from '../../analytics/results/request-error.ts';
import type { ApiEvent, ApiResponse } from '../handler.ts';
import { makeEtag } from './answers.ts';
import { readCostCenters } from './claims.ts';
import { matchesEtag } from './negotiation.ts';
import type { ApiPorts, RouteDefinition } from './route.ts';

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const HTML = 'text/html; charset=utf-8';
/** Lambda answers with at most 6 MB, and Base64 makes a third more of what is binary. */
const MAXIMUM_BYTES = 4_400_000;
const WHAT = 'the pack is';
const PROBLEM = { 'application/problem+json': { schema: { $ref: '#/components/schemas/problem' } } };
const PARAMETERS = [
  { name: 'month', in: 'path', required: true, schema: { type: 'string', pattern: '^\\d{4}-\\d{2}$' } },
  {
    name: 'by',
    in: 'query',
    description: 'What the bridge is grouped by, with commas',
    schema: { type: 'string', default: 'cost_center' },
  },
];

/** The variance pack of a month as a workbook and as a page to print: as closed, and as known now. */
export function createPackRoutes(ports: ApiPorts): RouteDefinition[] {
  return [
    definePack(ports, '/v1/closes/{month}/pack', 'closed', 'ClosePack', 'as the month was closed'),
    definePack(ports, '/v1/variance/bridge/{month}/pack', 'known', 'BridgePack', 'as known now'),
  ].flat();
}

function definePack(
  ports: ApiPorts,
  path: string,
  view: PackView,
  name: string,
  when: string,
): RouteDefinition[] {
  return (['xlsx', 'html'] as const).map((format) => {
    const isHtml = format === 'html';
    const content = isHtml
      ? { 'text/html': { schema: { type: 'string' } } }
      : { [XLSX]: { schema: { type: 'string', contentEncoding: 'base64' } } };
    return {
      method: 'GET',
      path: `${path}.${format}`,
      describe: {
        operationId: `get${name}${isHtml ? 'Html' : 'Xlsx'}`,
        summary: `The variance pack as ${isHtml ? 'a page to print' : 'a workbook'}, ${when}`,
        parameters: PARAMETERS,
        responses: {
          200: { description: 'The pack', content },
          304: { description: 'The caller has it already' },
          400: { description: 'The month or a dimension is not known', content: PROBLEM },
          403: { description: 'The caller sees certain cost centres only', content: PROBLEM },
          404: { description: 'The month is not closed, or nothing is published', content: PROBLEM },
          413: { description: 'The pack is too large to be answered with', content: PROBLEM },
        },
      },
      route: (event, { month = '' }) => answerPack(ports, event, { month, view, format }),
    };
  });
}

async function answerPack(
  { results, store }: ApiPorts,
  event: ApiEvent,
  asked: { month: string; view: PackView; format: 'xlsx' | 'html' },
): Promise<ApiResponse> {
  const { month, view, format } = asked;
  if (readCostCenters(event).costCenters) {
    throw new RequestError(403, 'you see certain cost centres only, and a pack is of the whole month');
  }
  const by = readBy(event);
  const snapshot = await openPackView(store, () => results.current(), { month, view });
  const etag = makeEtag(snapshot.version, [month, view, by], format);
  if (matchesEtag(event.headers['if-none-match'], etag)) return { statusCode: 304, headers: { etag } };
  const pack = await readPack(snapshot, { month, view, by });
  if (format === 'html') {
    const { formatPackHtml } = await import('../../analytics/results/pack/html.ts');
    const body = refuseLarge(formatPackHtml(pack), WHAT, makeRemedy(month, format));
    return { statusCode: 200, headers: { 'content-type': HTML, etag }, body };
  }
  // Only this route needs the library, which is large.
  const { writeWorkbook } = await import('../../analytics/results/pack/workbook.ts');
  const body = refuseLarge(Buffer.from(await writeWorkbook(pack)), WHAT, makeRemedy(month, format));
  return {
    statusCode: 200,
    headers: {
      'content-type': XLSX,
      'content-disposition': `attachment; filename="variance-${month}.xlsx"`,
      etag,
    },
    isBase64Encoded: true,
    body: body.toString('base64'),
  };
}

function readBy({ rawQueryString }: ApiEvent): string[] | undefined {
  const parameters = new URLSearchParams(rawQueryString);
  for (const name of parameters.keys()) {
    if (name !== 'by') {
      throw new RequestError(400, `unknown parameter '${name}'`, { parameter: name, allowed: ['by'] });
    }
  }
  return parameters.get('by')?.split(',').filter(Boolean);
}

function makeRemedy(month: string, format: string): string {
  return `Write it with: headroom export ${month} --format ${format}, or ask for the results one by one.`;
}

/**
 * The body, unless it is more than Lambda answers with.
 *
 * @param what is too large, with its verb: `the pack is`.
 * @throws RequestError 413.
 */
export function refuseLarge<T extends string | Buffer>(body: T, what: string, remedy: string): T {
  if (Buffer.byteLength(body) <= MAXIMUM_BYTES) return body;
  throw new RequestError(413, `${what} larger than an answer can be`, { remedy });
}
