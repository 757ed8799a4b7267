import { expect, test } from 'vitest';
import * as z from 'zod';
import { readJsonBody } from '../../functions/api/body.ts';
import { matchRoute, type RouteDefinition } from '../../functions/api/route.ts';
import type { ApiEvent } from '../../functions/handler.ts';

const definition = (method: RouteDefinition['method'], path: string): RouteDefinition => ({
  method,
  path,
  describe: {},
  route: () => ({}),
});
const ROUTES = [
  definition('GET', '/v1/waste/{id}'),
  definition('PATCH', '/v1/waste/{id}'),
  definition('GET', '/v1/waste/summary'),
  definition('GET', '/v1/closes/{month}/pack.xlsx'),
  definition('GET', '/v1/files/{name}.csv'),
];

test.each([
  ['GET', '/v1/waste/a%2Fb', '/v1/waste/{id}', { id: 'a/b' }],
  ['HEAD', '/v1/waste/a', '/v1/waste/{id}', { id: 'a' }],
  ['GET', '/v1/waste/summary', '/v1/waste/summary', {}],
  ['GET', '/v1/closes/2026-10/pack.xlsx', '/v1/closes/{month}/pack.xlsx', { month: '2026-10' }],
  ['GET', '/v1/files/x.csv', '/v1/files/{name}.csv', { name: 'x' }],
])('%s %s leads to %s', (method, path, expected, parameters) => {
  expect(matchRoute(ROUTES, method, path).found).toMatchObject({
    definition: { path: expected },
    parameters,
  });
});

test('a path without the method says which methods it has', () => {
  const { found, methods } = matchRoute(ROUTES, 'DELETE', '/v1/waste/a');
  expect(found).toBeUndefined();
  expect(methods).toEqual(['GET', 'HEAD', 'PATCH']);
  expect(matchRoute(ROUTES, 'GET', '/v1/files/.csv').methods).toEqual([]);
  expect(matchRoute(ROUTES, 'GET', '/v1/waste/%E0%A4%A').methods).toEqual([]);
});

const schema = z.strictObject({ status: z.enum(['open', 'planned']) });
const send = (body: string, type = 'application/json', isBase64Encoded = false) =>
  readJsonBody({ headers: { 'content-type': type }, body, isBase64Encoded } as unknown as ApiEvent, schema);

test('a body is read as its schema says, or refused with the reason', () => {
  expect(send('{"status":"open"}')).toEqual({ status: 'open' });
  expect(
    send(Buffer.from('{"status":"open"}').toString('base64'), 'application/json; charset=utf-8', true),
  ).toEqual({
    status: 'open',
  });
  const refused: [() => unknown, object][] = [
    [() => send('status=open', 'application/x-www-form-urlencoded'), { status: 415 }],
    [() => send('{'), { status: 400, parameter: 'body' }],
    [() => send('{"status":"gone"}'), { status: 400, parameter: 'status' }],
    [() => send(JSON.stringify({ status: 'x'.repeat(70_000) })), { status: 413 }],
  ];
  for (const [act, error] of refused) {
    let thrown: unknown;
    try {
      act();
    } catch (caught) {
      thrown = caught;
    }
    expect(thrown).toMatchObject(error);
  }
});
