import { DEFAULT_PAGE_SIZE, MAXIMUM_PAGE_SIZE, VIEWS } from '../request.ts';
import {
  listEqualityFilters,
  listRangeFilters,
  listShownColumns,
  type RecordColumn,
  type RecordDefinition,
} from './definition.ts';
import { ANY } from './request.ts';

type Schema = Record<string, unknown>;

const PROBLEM = { 'application/problem+json': { schema: { $ref: '#/components/schemas/problem' } } };
const DECIMAL = { type: 'string', pattern: '^-?\\d+(\\.\\d*[1-9])?$' };
const TYPES: Readonly<Record<RecordColumn['type'], Schema>> = {
  text: { type: 'string' },
  date: { type: 'string', format: 'date' },
  instant: { type: 'string', format: 'date-time' },
  decimal: DECIMAL,
  number: { type: 'number' },
  count: { type: 'integer' },
  flag: { type: 'boolean' },
  json: {},
};

/** The OpenAPI operation of a record result's list. */
export function describeRecordList(definition: RecordDefinition): Schema {
  const row = describeRow(listShownColumns(definition));
  const integer = { type: 'integer' };
  const schema = object({
    result: { const: definition.name },
    version: { type: 'string' },
    as_of: { type: 'string', format: 'date' },
    rows: { type: 'array', items: row },
    control: object({
      is_reconciled: { type: 'boolean' },
      totals: { type: 'array', items: { type: 'object', additionalProperties: DECIMAL_OR_TEXT } },
    }),
    page: object({ number: integer, size: integer, rows: integer, pages: integer }),
  });
  return {
    operationId: operationId('list', definition.name),
    summary: definition.summary,
    parameters: listParameters(definition),
    responses: {
      200: {
        description: 'The rows of one page, with totals over all rows',
        headers: { etag: { description: 'Version and query', schema: TYPES.text } },
        content: {
          'application/json': { schema },
          'text/csv': { schema: { type: 'string', description: 'The same rows, with a header' } },
        },
      },
      304: { description: 'If-None-Match names what is published' },
      ...PROBLEMS,
    },
  };
}

/** The OpenAPI operation of one row. */
export function describeRecord(definition: RecordDefinition): Schema {
  const [key = ''] = definition.key;
  const text = { type: 'string' };
  const schema = object({
    result: { const: definition.name },
    version: text,
    as_of: { type: 'string', format: 'date' },
    row: describeRow(definition.columns),
  });
  return {
    operationId: operationId('get', definition.name),
    summary: `One row of ${definition.name}, with all its columns`,
    parameters: [{ name: key, in: 'path', required: true, schema: text }],
    responses: { 200: { description: 'The row', content: { 'application/json': { schema } } }, ...PROBLEMS },
  };
}

const DECIMAL_OR_TEXT = { type: 'string' };
const PROBLEMS = {
  400: { description: 'A parameter is unknown or wrong', content: PROBLEM },
  403: { description: 'The caller may not see it', content: PROBLEM },
  404: { description: 'There is none', content: PROBLEM },
  500: { description: 'A fault of the service', content: PROBLEM },
  503: { description: 'A service that this one needs does not answer', content: PROBLEM },
};

function enumOf(values: readonly string[] | undefined): Schema {
  return values ? { enum: [...values, ANY] } : {};
}

function listParameters(definition: RecordDefinition): Schema[] {
  const query = (name: string, description: string, schema: Schema): Schema => ({
    name,
    in: 'query',
    description,
    schema,
  });
  const describe = new Map(definition.columns.map(({ name, description }) => [name, description]));
  const valuesOf = new Map(definition.columns.map(({ name, values }) => [name, values]));
  const defaultOf = (name: string) => {
    const values = definition.defaultFilters?.[name];
    return values ? ` Default: ${values.join(', ')}; ${ANY} lifts it.` : '';
  };
  const hasMonths = describe.has('billing_period');
  return [
    ...(hasMonths
      ? [
          query('month', 'YYYY-MM, YYYY-MM..YYYY-MM or all', { type: 'string' }),
          query('as', 'As known now, or as it was when the one month asked for was closed', {
            enum: VIEWS,
            default: VIEWS[0],
          }),
        ]
      : []),
    ...listEqualityFilters(definition).map((name) => ({
      ...query(
        name,
        `Only rows with this value; repeat for any of several. ${describe.get(name)}${defaultOf(name)}`,
        {
          type: 'array',
          items: { type: 'string', ...enumOf(valuesOf.get(name)) },
        },
      ),
      style: 'form',
      explode: true,
    })),
    ...listRangeFilters(definition).flatMap((column) => [
      query(`min_${column.name}`, `${column.name} of at least this`, TYPES[column.type]),
      query(`max_${column.name}`, `${column.name} of at most this`, TYPES[column.type]),
    ]),
    query('sort', 'A column, with - before it for descending order', { type: 'string' }),
    query('page', 'Page, from 1', { type: 'integer', minimum: 1, default: 1 }),
    query('page_size', `Rows of a page; CSV defaults to ${MAXIMUM_PAGE_SIZE}`, {
      type: 'integer',
      minimum: 1,
      maximum: MAXIMUM_PAGE_SIZE,
      default: DEFAULT_PAGE_SIZE,
    }),
  ];
}

function describeRow(columns: readonly RecordColumn[]): Schema {
  return object(
    Object.fromEntries(
      columns.map(({ name, type, isNullable, description }) => {
        const schema = TYPES[type];
        const isTyped = isNullable && 'type' in schema;
        return [name, { ...schema, description, ...(isTyped ? { type: [schema.type, 'null'] } : {}) }];
      }),
    ),
  );
}

function object(properties: Schema): Schema {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}

function operationId(verb: string, name: string): string {
  return (
    verb +
    name
      .split(/[-/]/)
      .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
      .join('')
  );
}
