import { COST_BASES } from '../vocabulary.ts';
import {
  findResult,
  listColumns,
  listGroupings,
  listTotals,
  type OutputColumn,
  RESULT_NAMES,
  RESULTS,
  type ResultDefinition,
  type ResultName,
  TAGGING_RESOURCES,
} from './catalog.ts';
import { ALL_MONTHS, DEFAULT_PAGE_SIZE, listFilters, MAXIMUM_PAGE_SIZE, VIEWS } from './request.ts';
import { DIMENSION_DESCRIPTIONS } from './tables.ts';

type Schema = Record<string, unknown>;

const DECIMAL: Schema = { type: 'string', pattern: '^-?\\d+(\\.\\d*[1-9])?$' };
const MONTH = '\\d{4}-(0[1-9]|1[0-2])';
const TYPES: Readonly<Record<OutputColumn['type'], Schema>> = {
  decimal: DECIMAL,
  ratio: { type: 'number' },
  count: { type: 'integer' },
  flag: { type: 'boolean' },
  text: { type: 'string' },
};
const PROBLEM = { $ref: '#/components/schemas/problem' };
const CONTROL_TOTAL_COSTS = COST_BASES.map((basis) => `${basis}_cost`);

/** The OpenAPI 3.1 document of the API, made from the catalog and the operations of other routes. */
export function createOpenapi(
  operations: readonly { method: string; path: string; describe: Readonly<Schema> }[] = [],
): Record<string, unknown> {
  const resultPaths = RESULT_NAMES.map((name) => [`/v1/${name}`, { get: describeResult(name) }]);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Headroom',
      version: '1',
      description:
        'Published FinOps results. Amounts are exact decimals as text; every answer carries control totals and the version that it comes from.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths: {
      ...Object.fromEntries(resultPaths),
      ...listOperations(operations),
      '/health': { get: describeHealth() },
      '/openapi.json': {
        get: {
          operationId: 'getOpenapi',
          summary: 'This document',
          responses: { 200: json('The document', { type: 'object' }) },
        },
      },
    },
    components: {
      schemas: {
        problem: describeProblem(),
        control_total: object({
          billing_currency: TYPES.text,
          row_count: TYPES.count,
          ...Object.fromEntries(CONTROL_TOTAL_COSTS.map((name) => [name, DECIMAL])),
        }),
        ...Object.fromEntries(RESULT_NAMES.map((name) => [schemaName(name), describeAnswer(name)])),
      },
      securitySchemes: {
        jwt: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'Where deployed; the claim headroom:cost_centers limits which cost centres the caller sees',
        },
      },
    },
    security: [{}, { jwt: [] }],
  };
}

/** A result's name as part of a reference. */
function schemaName(name: ResultName): string {
  return name.replace('/', '-');
}

/** Operations by path and method. */
function listOperations(
  operations: readonly { method: string; path: string; describe: Readonly<Schema> }[],
): Schema {
  const paths: Record<string, Schema> = {};
  for (const { method, path, describe } of operations) {
    paths[path] = { ...paths[path], [method.toLowerCase()]: describe };
  }
  return paths;
}

function describeResult(name: ResultName): Schema {
  const { summary } = RESULTS[name];
  return {
    operationId: `get${name.split(/[-/]/).map(capitalise).join('')}`,
    summary,
    parameters: listParameters(name),
    responses: {
      200: {
        description: 'The rows of one page, with control totals over all rows',
        headers: { etag: { description: 'Version and query', schema: TYPES.text } },
        content: {
          'application/json': { schema: { $ref: `#/components/schemas/${schemaName(name)}` } },
          'text/csv': { schema: { type: 'string', description: 'The same rows, with a header' } },
        },
      },
      304: { description: 'If-None-Match names what is published' },
      400: problem('A parameter is unknown or wrong'),
      403: problem('The caller sees certain cost centres only and the result is not split by them'),
      404: problem('Nothing is published yet'),
      500: problem('A fault of the service'),
      503: problem('A service that this one needs does not answer'),
    },
  };
}

function listParameters(name: ResultName): Schema[] {
  const definition = RESULTS[name];
  const variants = name === 'tagging' ? [definition, TAGGING_RESOURCES] : [definition];
  const filters = [...new Set(variants.flatMap(listFilters))];
  const sortable = [...new Set(variants.flatMap((variant) => variant.columns.map((column) => column.name)))];
  const months = definition.defaultMonth === 'all' ? 'all months' : 'the newest complete month';
  const optional = (parameter: string, description: string, schema: Schema, rest: Schema = {}) => ({
    name: parameter,
    in: 'query',
    description,
    schema,
    ...rest,
  });
  const list = { type: 'array', items: { type: 'string', enum: listGroupings(name) } };
  return [
    optional('month', `A month, a range of months or all; default: ${months}`, {
      type: 'string',
      pattern: `^(${ALL_MONTHS}|${MONTH}(\\.\\.${MONTH})?)$`,
    }),
    optional('as', 'As known now, or as it was when the one month asked for was closed', {
      type: 'string',
      enum: [...VIEWS],
      default: VIEWS[0],
    }),
    optional('by', `Dimensions to group by; default: ${definition.defaultBy.join(',')}`, list, {
      style: 'form',
      explode: false,
      allowEmptyValue: true,
    }),
    ...(definition.takesBasis
      ? [optional('basis', 'Cost basis; default: as configured', { type: 'string', enum: [...COST_BASES] })]
      : []),
    ...filters.map((filter) =>
      optional(
        filter,
        `Only rows with this value; repeat for any of several. ${DIMENSION_DESCRIPTIONS[filter]}`,
        { type: 'array', items: TYPES.text },
        { style: 'form', explode: true },
      ),
    ),
    optional(
      'sort',
      `A column of the answer, with - before it for descending order, such as -${sortable[0]}`,
      {
        type: 'string',
      },
    ),
    optional('page', 'Page, from 1', { type: 'integer', minimum: 1, default: 1 }),
    optional('page_size', `Rows of a page; CSV defaults to ${MAXIMUM_PAGE_SIZE}`, {
      type: 'integer',
      minimum: 1,
      maximum: MAXIMUM_PAGE_SIZE,
      default: DEFAULT_PAGE_SIZE,
    }),
    {
      name: 'If-None-Match',
      in: 'header',
      description: 'ETag of an earlier answer: 304 while it holds',
      schema: TYPES.text,
    },
  ];
}

function describeAnswer(name: ResultName): Schema {
  const variants = [findResult(name), ...(name === 'tagging' ? [TAGGING_RESOURCES] : [])];
  const { required, ...answer } = object({
    result: { const: name },
    version: { type: 'string', pattern: '^[0-9a-f]{16}$' },
    as_of: { type: 'string', format: 'date' },
    month: TYPES.text,
    by: { type: 'array', items: TYPES.text },
    cost_basis: { type: 'string', enum: [...COST_BASES] },
    currency: TYPES.text,
    rows: { type: 'array', items: anyOf(variants.map(describeRow)) },
    control: object({
      is_reconciled: TYPES.flag,
      totals: { type: 'array', items: anyOf(variants.map(describeTotal)) },
    }),
    page: object({ number: TYPES.count, size: TYPES.count, rows: TYPES.count, pages: TYPES.count }),
  }) as { required: string[] };
  return { ...answer, required: required.filter((property) => property !== 'currency') };
}

function describeRow(definition: ResultDefinition): Schema {
  const dimensions = definition.table.dimensions.map((name) => [
    name,
    { type: 'string', description: DIMENSION_DESCRIPTIONS[name] },
  ]);
  const always = listColumns(definition, []).map(({ name }) => name);
  return {
    ...object({ ...Object.fromEntries(dimensions), ...describeColumns(definition.columns) }),
    required: always,
  };
}

function describeTotal(definition: ResultDefinition): Schema {
  const { dimensions, columns } = listTotals(definition, []);
  const always = columns.filter(({ adds }) => adds === 'always').map(({ name }) => name);
  return {
    ...object({
      ...Object.fromEntries(dimensions.map((name) => [name, TYPES.text])),
      ...describeColumns(columns),
      published: { $ref: '#/components/schemas/control_total' },
    }),
    required: [...dimensions, ...always],
  };
}

function describeColumns(columns: readonly OutputColumn[]): Schema {
  return Object.fromEntries(
    columns.map(({ name, type, isNullable, description }) => {
      const schema = TYPES[type];
      return [name, { ...schema, description, ...(isNullable ? { type: [schema.type, 'null'] } : {}) }];
    }),
  );
}

function describeHealth(): Schema {
  return {
    operationId: 'getHealth',
    summary: 'Whether the service answers, and what is published',
    responses: {
      200: json(
        'It answers',
        object({
          status: { const: 'ok' },
          version: { type: ['string', 'null'] },
          as_of: { type: ['string', 'null'] },
        }),
      ),
      503: problem('The store does not answer'),
    },
  };
}

function describeProblem(): Schema {
  return {
    type: 'object',
    description: 'RFC 9457',
    properties: {
      type: TYPES.text,
      title: TYPES.text,
      status: TYPES.count,
      detail: TYPES.text,
      parameter: { type: 'string', description: 'The parameter that is wrong' },
      allowed: { type: 'array', items: TYPES.text, description: 'What it may be' },
      remedy: { type: 'string', description: 'What to do' },
    },
    required: ['type', 'title', 'status', 'detail'],
    additionalProperties: false,
  };
}

function object(properties: Schema): Schema {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}

function anyOf(schemas: Schema[]): Schema {
  return schemas.length === 1 ? (schemas[0] as Schema) : { anyOf: schemas };
}

function json(description: string, schema: Schema): Schema {
  return { description, content: { 'application/json': { schema } } };
}

function problem(description: string): Schema {
  return { description, content: { 'application/problem+json': { schema: PROBLEM } } };
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
