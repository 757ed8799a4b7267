import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { ContractError, SourceError } from '../../analytics/errors.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import { createOpenapi } from '../../analytics/results/openapi.ts';
import { RECORDS } from '../../analytics/results/records/index.ts';
import { openResults } from '../../analytics/results/snapshot.ts';
import { createApi, listRoutes } from '../../functions/api/routes.ts';
import type { ApiResponse } from '../../functions/handler.ts';
import { makeEvent, makeStore, publishSample } from './published.ts';

type Options = Parameters<typeof makeEvent>[1];

async function openApi() {
  const store = await makeStore();
  const faults: unknown[] = [];
  const api = createApi({ results: openResults({ store }), store }, (error) => faults.push(error));
  const get = (target: string, options?: Options) => api(makeEvent(target, options));
  return { store, faults, get };
}

async function openPublished() {
  const opened = await openApi();
  return { ...opened, version: await publishSample(opened.store) };
}

const read = ({ body }: ApiResponse) => JSON.parse(body ?? '') as Record<string, unknown>;

const document = createOpenapi(
  listRoutes({ results: { current: () => Promise.reject() }, store: {} as ObjectStore }),
);
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(document, 'openapi');

function expectSchema(reference: string, body: unknown): void {
  const isValid = ajv.validate({ $ref: `openapi#${reference}` }, body);
  expect(ajv.errors ?? []).toEqual([]);
  expect(isValid).toBe(true);
}

describe('answers are as the OpenAPI document says', () => {
  test.each([
    ['variance', ''],
    ['variance', '?by=team,service&sort=-variance_ratio&basis=list'],
    ['variance', '?by=billing_period,tier&month=all'],
    ['variance/bridge', '?by=team,service_name&comparison=any'],
    ['unit-costs', ''],
    ['unit-costs', '?by=team,billing_period'],
    ['tagging', ''],
    ['tagging', '?by=team,owner'],
    ['tagging', '?by=resource_id'],
    ['reconciliation', ''],
    ['reconciliation', '?by=charge_category&month=2026-10'],
    ['costs', ''],
    ['costs', '?by=&team=a&team=b'],
    ['costs', '?team=nobody'],
  ])('/v1/%s%s', async (name, query) => {
    const { get, version } = await openPublished();
    const response = await get(`/v1/${name}${query}`);
    expect(response).toMatchObject({ statusCode: 200, headers: { 'content-type': 'application/json' } });
    const body = read(response);
    expect(body).toMatchObject({ result: name, version });
    expectSchema(`/components/schemas/${name.replace('/', '-')}`, body);
  });

  test('every path of the document answers, and /health and problems match theirs', async () => {
    const { get } = await openPublished();
    const plain = Object.keys(document.paths as object).filter((path) => !path.includes('{'));
    const single = RECORDS.filter(({ key }) => key.length === 1).map(({ name }) => `/v1/${name}/x`);
    for (const path of [...plain, ...single])
      expect([path, (await get(path)).statusCode]).toEqual([path, 200]);
    const health = '/paths/~1health/get/responses/200/content/application~1json/schema';
    expectSchema(health, read(await get('/health')));
    expectSchema('/components/schemas/problem', read(await get('/v1/variance?by=colour')));
    expect(read(await get('/openapi.json'))).toEqual(document);
  });

  test('lists of records answer as the document says', async () => {
    const { get, version } = await openPublished();
    for (const { name, key } of RECORDS) {
      const at = (path: string) =>
        `/paths/${path.replaceAll('/', '~1')}/get/responses/200/content/application~1json/schema`;
      const list = read(await get(`/v1/${name}`));
      expect(list).toMatchObject({ result: name, version, page: { rows: 1 } });
      expectSchema(at(`/v1/${name}`), list);
      if (key.length === 1) expectSchema(at(`/v1/${name}/{${key[0]}}`), read(await get(`/v1/${name}/x`)));
    }
  });

  test('a row that the document does not allow would be noticed', () => {
    expect(ajv.validate({ $ref: 'openapi#/components/schemas/costs' }, { result: 'costs', rows: [{}] })).toBe(
      false,
    );
  });
});

describe('entity tags', () => {
  test('an answer that the caller has is not sent again until something is published', async () => {
    const { get, store } = await openPublished();
    const first = await get('/v1/variance');
    const etag = String(first.headers?.etag);
    const again = await get('/v1/variance', { headers: { 'if-none-match': `"other", W/${etag}` } });
    expect(again).toMatchObject({ statusCode: 304, headers: { etag } });
    expect(again.body).toBeUndefined();
    await publishSample(store, 2);
    const changed = await get('/v1/variance', { headers: { 'if-none-match': etag } });
    expect(changed.statusCode).toBe(200);
    expect(changed.headers?.etag).not.toBe(etag);
  });

  test('differ between queries, formats and what callers may see', async () => {
    const { get } = await openPublished();
    const responses = await Promise.all([
      get('/v1/variance'),
      get('/v1/variance?by=team'),
      get('/v1/variance', { headers: { accept: 'text/csv' } }),
      get('/v1/variance', { claims: { 'headroom:cost_centers': 'CC-1' } }),
      get('/v1/variance', { claims: { 'headroom:cost_centers': 'CC-2' } }),
    ]);
    expect(new Set(responses.map(({ headers }) => headers?.etag)).size).toBe(responses.length);
  });
});

describe('CSV', () => {
  test('has the rows of the JSON answer, with formulas disarmed', async () => {
    const { get } = await openPublished();
    const response = await get('/v1/costs?by=team&cost_center=CC-1', { headers: { accept: 'text/csv' } });
    expect(response.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'x-rows': 3,
      'x-pages': 1,
    });
    expect(response.body?.split('\r\n')).toEqual([
      'team,billing_currency,billed_cost,effective_cost,list_cost,contracted_cost,line_count',
      "'=c,USD,1.5,1.5,1.5,1.5,1",
      'a,USD,1.5,1.5,1.5,1.5,1',
      'b,USD,1.5,1.5,1.5,1.5,1',
      '',
    ]);
  });

  test.each([
    ['text/csv', 'text/csv'],
    ['text/csv;q=0.5, application/json', 'application/json'],
    ['application/json;q=0.5, text/csv', 'text/csv'],
    ['*/*', 'application/json'],
    ['text/html, */*;q=0.1', 'application/json'],
  ])('Accept: %s gives %s', async (accept, expected) => {
    const { get } = await openPublished();
    expect(String((await get('/v1/costs', { headers: { accept } })).headers?.['content-type'])).toContain(
      expected,
    );
  });
});

describe('what is refused', () => {
  test.each([
    ['/v1/variance?by=colour', 'by', 'cost_center'],
    ['/v1/variance?month=October', 'month', 'YYYY-MM'],
    ['/v1/variance?month=2031-01', 'month', '2026-10'],
    ['/v1/variance?page=2', 'page', '1 to 1'],
    ['/v1/variance?colour=red', 'colour', 'team'],
  ])('%s is 400 and names the parameter and what it allows', async (target, parameter, allowed) => {
    const { get, faults } = await openPublished();
    const response = await get(target);
    expect(response).toMatchObject({
      statusCode: 400,
      headers: { 'content-type': 'application/problem+json' },
    });
    expect(read(response)).toMatchObject({
      type: 'about:blank',
      title: 'Bad request',
      status: 400,
      parameter,
    });
    expect(read(response).allowed).toContain(allowed);
    expect(faults).toEqual([]);
  });

  test('a result while nothing is published is 404 and says what to run; health answers', async () => {
    const { get } = await openApi();
    const response = await get('/v1/variance');
    expect(response.statusCode).toBe(404);
    expect(read(response).remedy).toContain('headroom run');
    expect(read(await get('/health'))).toEqual({ status: 'ok', version: null, as_of: null });
  });

  test('an unknown path is 404 and names those there are', async () => {
    const { get } = await openPublished();
    const response = await get('/v1/nothing');
    expect(response.statusCode).toBe(404);
    expect(read(response).allowed).toContain('/v1/variance');
  });

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])(
    '%s is 405 and names the methods there are',
    async (method) => {
      const { get } = await openPublished();
      const response = await get('/v1/variance', { method });
      expect(response).toMatchObject({ statusCode: 405, headers: { allow: 'GET, HEAD' } });
    },
  );

  test.each([
    ['a fault', new TypeError('secret /srv/lake'), 500],
    ['broken data', new ContractError('secret column', [{ secret: 1 }]), 500],
    ['a store that does not answer', new SourceError('secret bucket'), 503],
  ])('%s is told to the log and not to the caller', async (_, error, status) => {
    const faults: unknown[] = [];
    const results = { current: () => Promise.reject(error) };
    const api = createApi({ results, store: await makeStore() }, (fault) => faults.push(fault));
    const response = await api(makeEvent('/v1/variance'));
    expect(response.statusCode).toBe(status);
    expect(JSON.stringify(response)).not.toContain('secret');
    expectSchema('/components/schemas/problem', read(response));
    expect(faults).toEqual([error]);
  });
});

describe('a claim that limits cost centres', () => {
  const CLAIM = 'headroom:cost_centers';

  test.each([
    ['one', 'CC-1', ['CC-1']],
    ['by commas and spaces', 'CC-1, CC-2', ['CC-1', 'CC-2']],
    ['an array as API Gateway passes it', '[CC-1 CC-9]', ['CC-1']],
    ['an array', ['CC-2'], ['CC-2']],
    ['none', '', []],
    ['something that is no list', 7, []],
  ])('%s', async (_, claim, expected) => {
    const { get } = await openPublished();
    const response = await get('/v1/variance', { claims: { [CLAIM]: claim } });
    const { rows } = read(response) as { rows: { cost_center: string }[] };
    expect(rows.map(({ cost_center }) => cost_center)).toEqual(expected);
    expect(response.body).not.toContain('published');
  });

  test('cannot be widened by a filter', async () => {
    const { get } = await openPublished();
    const response = await get('/v1/costs?by=cost_center&cost_center=CC-2&cost_center=CC-1', {
      claims: { [CLAIM]: 'CC-1' },
    });
    expect((read(response).rows as { cost_center: string }[]).map(({ cost_center }) => cost_center)).toEqual([
      'CC-1',
    ]);
  });

  test.each(['tagging', 'tagging?by=resource_id', 'reconciliation'])('forbids %s', async (target) => {
    const { get } = await openPublished();
    expect((await get(`/v1/${target}`, { claims: { [CLAIM]: 'CC-1' } })).statusCode).toBe(403);
  });

  test('other claims limit nothing', async () => {
    const { get } = await openPublished();
    expect(read(await get('/v1/variance', { claims: { sub: 'x' } })).rows).toHaveLength(2);
  });
});

test('a stage before the path and a slash after it are no part of it', async () => {
  const { get } = await openPublished();
  expect((await get('/prod/v1/variance', { stage: 'prod' })).statusCode).toBe(200);
  expect((await get('/v1/variance/')).statusCode).toBe(200);
});

test('the entrance is a page for people and JSON for programs', async () => {
  const { get } = await openPublished();
  const page = await get('/', { headers: { accept: 'text/html' } });
  expect(page.body).toContain('<a href="/v1/variance">');
  expect(read(await get('/')).paths).toContain('/v1/variance');
});

test('answers are not stored for others and not sniffed', async () => {
  const { get } = await openPublished();
  for (const target of ['/v1/variance', '/nowhere']) {
    expect((await get(target)).headers).toMatchObject({
      'cache-control': 'private, no-cache',
      'x-content-type-options': 'nosniff',
      vary: 'accept, authorization',
    });
  }
});
