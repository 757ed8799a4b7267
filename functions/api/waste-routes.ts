import { describeRecord } from '../../analytics/results/records/openapi.ts';
import { WASTE } from '../../analytics/results/records/waste.ts';
import { RequestError } from '../../analytics/results/request-error.ts';
import { openWasteStatements, statementSchema } from '../../analytics/results/waste-statements.ts';
import type { ApiResponse } from '../handler.ts';
import { answerJson } from './answers.ts';
import { readJsonBody } from './body.ts';
import { readCaller, readCostCenters } from './claims.ts';
import type { ApiPorts, RouteDefinition } from './route.ts';

const UNNAMED = 'unnamed caller';

/** One finding with its audit trail, and its state as people set it. */
export function createWasteRoutes(ports: ApiPorts): RouteDefinition[] {
  const statements = openWasteStatements(ports);
  const path = '/v1/waste/{id}';
  const described = describeWithTrail('One finding with all its columns and its audit trail');
  return [
    {
      method: 'GET',
      path,
      describe: described,
      route: async (event, { id = '' }) => answer(await statements.read(id, readCostCenters(event))),
    },
    {
      method: 'PATCH',
      path,
      describe: {
        ...described,
        summary: 'States how a finding stands',
        operationId: 'stateWaste',
        responses: {
          ...(described.responses as object),
          409: { description: 'Others stated something in between, or the finding is resolved or unknown' },
        },
        requestBody: { required: true, content: { 'application/json': { schema: BODY } } },
      },
      route: async (event, { id = '' }) => {
        const statement = readJsonBody(event, statementSchema);
        return answer(
          await statements.state({
            id,
            statement,
            by: readCaller(event) ?? statement.by ?? UNNAMED,
            at: new Date(),
            expected: readExpected(event.headers['if-match']),
            ...readCostCenters(event),
          }),
        );
      },
    },
  ];
}

/** The entity tag is the number of statements: `If-Match` refuses to state something on top of what one has not seen. */
function answer(found: { trail: readonly unknown[] }): ApiResponse {
  return answerJson(found, `"${found.trail.length}"`);
}

function readExpected(header: string | undefined): number | undefined {
  if (header === undefined || header === '*') return undefined;
  const [, sequence] = /^"?(\d{1,9})"?$/.exec(header) ?? [];
  if (sequence !== undefined) return Number(sequence);
  throw new RequestError(400, 'If-Match is not the tag of a finding', {
    parameter: 'If-Match',
    remedy: 'Send the etag of GET /v1/waste/{id}.',
  });
}

const TEXT = { type: 'string' };
const DATE = { type: 'string', format: 'date' };
const BODY = {
  type: 'object',
  required: ['status'],
  additionalProperties: false,
  properties: {
    status: { enum: ['open', 'acknowledged', 'planned', 'dismissed'] },
    reason: { ...TEXT, description: 'Needed to dismiss' },
    until: { ...DATE, description: 'When a dismissal ends' },
    planned_date: { ...DATE, description: 'Needed to plan' },
    note: TEXT,
    by: { ...TEXT, description: 'Who says so, where the token does not' },
  },
};

const STATEMENT = {
  type: 'object',
  required: ['at', 'by', 'sequence', 'status'],
  properties: {
    ...BODY.properties,
    at: { type: 'string', format: 'date-time' },
    sequence: { type: 'integer' },
  },
};

type RowSchema = { required: string[]; properties: Record<string, object> };

function describeWithTrail(summary: string): Record<string, unknown> {
  const operation = describeRecord(WASTE) as {
    responses: Record<string, unknown> & { 200: { content: Record<string, { schema: RowSchema }> } };
  };
  const { schema } = operation.responses[200].content['application/json'] as { schema: RowSchema };
  const { required, properties } = schema;
  const withTrail = {
    ...schema,
    required: [...required, 'trail'],
    properties: { ...properties, trail: { type: 'array', items: STATEMENT } },
  };
  return {
    ...operation,
    summary,
    responses: {
      ...operation.responses,
      200: {
        description: 'The finding',
        headers: { etag: { description: 'Number of statements, for If-Match', schema: TEXT } },
        content: { 'application/json': { schema: withTrail } },
      },
    },
  };
}
