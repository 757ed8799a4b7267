import { openJournal } from '../../analytics/lake/journal.ts';
import {
  CLOSES_JOURNAL,
  type CloseEntry,
  describeCloses,
  findClose,
  listCloseHistory,
} from '../../analytics/results/closes.ts';
import { checkOneMonth } from '../../analytics/results/request.ts';
import { RequestError } from '../../analytics/results/request-error.ts';
import type { ApiEvent } from '../handler.ts';
import { answerJson } from './answers.ts';
import { readCostCenters } from './claims.ts';
import type { ApiPorts, RouteDefinition } from './route.ts';

const TEXT = { type: 'string' };
const PROBLEM = { 'application/problem+json': { schema: { $ref: '#/components/schemas/problem' } } };
const MONTH = {
  name: 'month',
  in: 'path',
  required: true,
  schema: { type: 'string', pattern: '^\\d{4}-\\d{2}$' },
};
const ENTRY = {
  type: 'object',
  description: 'What was closed or reopened, by whom and when; a close names what it pins',
  properties: { sequence: { type: 'integer' }, at: TEXT, by: TEXT, action: { enum: ['close', 'reopen'] } },
  required: ['sequence', 'at', 'by', 'action'],
};
const CLOSE = {
  type: 'object',
  properties: {
    month: TEXT,
    state: { enum: ['closed', 'reopened'] },
    entries: { type: 'array', items: ENTRY },
  },
  required: ['month', 'state', 'entries'],
};
const REFUSALS = {
  400: { description: 'It is not a month', content: PROBLEM },
  403: { description: 'The caller sees certain cost centres only', content: PROBLEM },
  404: { description: 'The month was never closed', content: PROBLEM },
};
const answer = (description: string, schema: object) => ({
  200: { description, content: { 'application/json': { schema } } },
  ...REFUSALS,
});

/** What was closed: the list, one month with its history, and the pack of the close that holds. */
export function createCloseRoutes({ store }: ApiPorts): RouteDefinition[] {
  const journal = openJournal(store, CLOSES_JOURNAL);
  const readMonth = async (event: ApiEvent, month = ''): Promise<CloseEntry[]> => {
    refuseLimited(event);
    checkOneMonth(month);
    const entries = (await journal.read(month)) as CloseEntry[];
    if (entries.length === 0) throw new RequestError(404, `${month} was never closed`);
    return entries;
  };
  return [
    {
      method: 'GET',
      path: '/v1/closes',
      describe: {
        operationId: 'listCloses',
        summary: 'The months that were closed, with their history',
        responses: answer('The months', {
          type: 'object',
          properties: { closes: { type: 'array', items: CLOSE } },
          required: ['closes'],
        }),
      },
      route: async (event) => {
        refuseLimited(event);
        return answerJson({ closes: await listCloseHistory(store) });
      },
    },
    {
      method: 'GET',
      path: '/v1/closes/{month}',
      describe: {
        operationId: 'getClose',
        summary: 'One month, with its history',
        parameters: [MONTH],
        responses: answer('The month', CLOSE),
      },
      route: async (event, { month = '' }) =>
        answerJson(describeCloses(month, await readMonth(event, month))),
    },
    {
      method: 'GET',
      path: '/v1/closes/{month}/pack.json',
      describe: {
        operationId: 'getClosePack',
        summary: 'The variance pack of the close that holds: the results of the month as they were',
        parameters: [MONTH],
        responses: answer('The pack', { type: 'object' }),
      },
      route: async (event, { month = '' }) => {
        const close = findClose(await readMonth(event, month));
        if (!close) throw new RequestError(404, `${month} is open again`);
        const body = new TextDecoder().decode(await store.read(close.pack_key));
        return {
          statusCode: 200,
          headers: { 'content-type': 'application/json', etag: `"${close.pack_sha256}"` },
          body,
        };
      },
    },
  ];
}

/** A close is of the whole month. */
function refuseLimited(event: ApiEvent): void {
  if (readCostCenters(event).costCenters) {
    throw new RequestError(403, 'you see certain cost centres only, and a close is of the whole month');
  }
}
