import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { defaultConfiguration } from '../../analytics/configuration/load-configuration.ts';
import { importPath } from '../../analytics/jobs/import.ts';
import { runModels } from '../../analytics/jobs/run.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import { openResults } from '../../analytics/results/snapshot.ts';
import { main } from '../../cli/main.ts';
import { createApi } from '../../functions/api/routes.ts';
import type { ApiEvent } from '../../functions/handler.ts';
import { eachDay, writeFocusCsv } from '../support/focus-csv.ts';
import { makeGivenFindings } from '../support/given-findings.ts';

let root: string;
let store: ObjectStore;
let call: (method: string, url: string, more?: Partial<ApiEvent> & { claims?: object }) => Promise<Answer>;
type Answer = { status: number; headers: Record<string, unknown>; body: Record<string, never> & Body };
type Body = {
  row: Record<string, unknown>;
  rows: Record<string, unknown>[];
  trail: Record<string, unknown>[];
  control: { totals: Record<string, unknown>[] };
  detail: string;
};

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'headroom-waste-api-'));
  store = await openFolderStore(path.join(root, 'lake'));
  const file = path.join(root, 'bill.csv');
  const days = eachDay('2026-09-01', '2026-10-01', { resource: 'i-1', cost: '10' });
  await writeFocusCsv(file, '2026-09', days);
  await importPath({ store, path: file, sourceName: 'bill' });
  const { modelsFolder, give } = await makeGivenFindings(root);
  await give([
    { resource_id: 'i-1' },
    { resource_id: 'i-2', saving_cost: '20' },
    { resource_id: 'i-3', judgement: 'unknown', saving_cost: '0' },
  ]);
  await runModels({ store, configuration: defaultConfiguration(), asOf: '2026-10-03', modelsFolder });
  const api = createApi({ results: openResults({ store }), store });
  call = async (method, url, { claims, headers, ...more } = {}) => {
    const [rawPath = '', rawQueryString = ''] = url.split('?');
    const response = await api({
      rawPath,
      rawQueryString,
      headers: { 'content-type': 'application/json', ...headers },
      requestContext: { http: { method }, ...(claims ? { authorizer: { jwt: { claims } } } : {}) },
      ...more,
    } as unknown as ApiEvent);
    const body = JSON.parse(String(response.body)) as Answer['body'];
    return { status: Number(response.statusCode), headers: response.headers ?? {}, body };
  };
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function findId(resource: string): Promise<string> {
  const { body } = await call('GET', `/v1/waste?status=all&resource_id=${resource}`);
  return String(body.rows[0]?.id);
}

it('states, shows and keeps who said what when, over what was published', async () => {
  const id = await findId('i-1');
  const first = await call('GET', `/v1/waste/${id}`);
  expect(first).toMatchObject({
    status: 200,
    headers: { etag: '"0"' },
    body: { row: { status: 'open' }, trail: [] },
  });

  const planned = await call('PATCH', `/v1/waste/${id}`, {
    body: JSON.stringify({ status: 'planned', planned_date: '2026-10-20', by: 'somebody else' }),
    claims: { email: 'ada@example.com' },
  });
  expect(planned).toMatchObject({
    status: 200,
    headers: { etag: '"1"' },
    body: {
      row: {
        status: 'planned',
        planned_date: '2026-10-20',
        state_by: 'ada@example.com',
        counted_saving_cost: '300',
      },
      trail: [{ sequence: 1, by: 'ada@example.com', status: 'planned' }],
    },
  });

  const dismissed = await call('PATCH', `/v1/waste/${id}`, {
    body: JSON.stringify({ status: 'dismissed', reason: 'standby', by: 'bob' }),
    headers: { 'if-match': '"1"' },
  });
  expect(dismissed.body).toMatchObject({
    row: { status: 'dismissed', state_reason: 'standby', is_counted: false, counted_saving_cost: '0' },
    trail: [{ by: 'ada@example.com' }, { by: 'bob', reason: 'standby' }],
  });
  const open = await call('GET', '/v1/waste');
  expect(open.body.rows.map(({ resource_id }) => resource_id)).toEqual(['i-2']);
  expect(open.body.control.totals).toMatchObject([{ counted_saving_cost: '20' }]);
  const { body } = await call('GET', '/v1/waste?status=dismissed&min_saving_cost=100');
  expect(body.rows.map((row) => row.id)).toEqual([id]);
});

it('refuses what was decided on old news, what says too little, and what is not for people to say', async () => {
  const id = await findId('i-2');
  const patch = (body: object, headers = {}) =>
    call('PATCH', `/v1/waste/${id}`, { body: JSON.stringify(body), headers });
  expect((await patch({ status: 'acknowledged' })).status).toBe(200);
  expect(await patch({ status: 'open' }, { 'if-match': '"0"' })).toMatchObject({ status: 409 });
  expect(await patch({ status: 'dismissed' })).toMatchObject({ status: 400, body: { parameter: 'reason' } });
  expect(await patch({ status: 'planned' })).toMatchObject({
    status: 400,
    body: { parameter: 'planned_date' },
  });
  expect(await patch({ status: 'resolved' })).toMatchObject({ status: 400, body: { parameter: 'status' } });
  expect(await patch({ status: 'open' }, { 'if-match': 'x' })).toMatchObject({ status: 400 });
  const unknown = await call('PATCH', `/v1/waste/${await findId('i-3')}`, { body: '{"status":"open"}' });
  expect(unknown.status).toBe(409);
  expect((await call('PATCH', '/v1/waste/nothing', { body: '{"status":"open"}' })).status).toBe(404);
  const { body } = await call('GET', `/v1/waste/${id}`);
  expect(body.trail.map(({ status }) => status)).toEqual(['acknowledged']);
});

it('a caller of other cost centres neither sees nor states', async () => {
  const id = await findId('i-2');
  const claims = { 'headroom:cost_centers': 'CC-9', sub: 'eve' };
  expect((await call('GET', `/v1/waste/${id}`, { claims })).status).toBe(404);
  expect((await call('PATCH', `/v1/waste/${id}`, { claims, body: '{"status":"open"}' })).status).toBe(404);
});

it('the command line states the same', async () => {
  const id = await findId('i-2');
  const lake = path.join(root, 'lake');
  const set = ['waste', 'set', id, '--lake', lake, '--by', 'carol', '--json'];
  expect(await main([process.execPath, 'headroom', ...set, '--status', 'dismissed'])).toBe(2);
  expect(
    await main([process.execPath, 'headroom', ...set, '--status', 'planned', '--date', '2026-11-01']),
  ).toBe(0);
  const { body } = await call('GET', `/v1/waste/${id}`);
  expect(body.row).toMatchObject({ status: 'planned', planned_date: '2026-11-01', state_by: 'carol' });
});
