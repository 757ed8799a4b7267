import ExcelJs from 'exceljs';
import { expect, onTestFinished, test } from 'vitest';
import { closeMonth } from '../../analytics/jobs/close.ts';
import { openResults } from '../../analytics/results/snapshot.ts';
import { startServer } from '../../cli/serve.ts';
import { createApi } from '../../functions/api/routes.ts';
import { makeEvent, makeStore, publishSample } from './published.ts';

const MONTH = '2026-10';

async function open(base64: string) {
  const workbook = new ExcelJs.Workbook();
  await workbook.xlsx.load(
    Buffer.from(base64, 'base64') as unknown as Parameters<typeof workbook.xlsx.load>[0],
  );
  return workbook;
}

const totalOf = (workbook: ExcelJs.Workbook) => {
  const sheet = workbook.getWorksheet('Costs by service') as ExcelJs.Worksheet;
  return sheet.getRow(sheet.rowCount).getCell(3).result;
};

test('the workbook of a closed month stays as it was closed; the other one is as known now', async () => {
  const store = await makeStore();
  const api = createApi({ results: openResults({ store }), store });
  await publishSample(store);
  const closed = `/v1/closes/${MONTH}/pack.xlsx`;
  expect((await api(makeEvent(closed))).statusCode).toBe(404);
  await closeMonth({ store, month: MONTH, by: 'finance' });
  const before = await api(makeEvent(closed));
  expect(before).toMatchObject({ statusCode: 200, isBase64Encoded: true });
  await publishSample(store, 2);
  const after = await api(makeEvent(closed));
  expect(after.body).toBe(before.body);
  expect(totalOf(await open(after.body ?? ''))).toBe(9);
  const packed = await api(makeEvent(`/v1/closes/${MONTH}/pack.json`));
  expect(JSON.parse(packed.body ?? '')).toMatchObject({
    'variance/drivers': { rows: [expect.anything()] },
    'reconciliation/invoices': { rows: [expect.anything()] },
  });
  const known = await api(makeEvent(`/v1/variance/bridge/${MONTH}/pack.xlsx?by=team,cost_center`));
  expect(totalOf(await open(known.body ?? ''))).toBe(18);
  const etag = String(before.headers?.etag);
  expect((await api(makeEvent(closed, { headers: { 'if-none-match': etag } }))).statusCode).toBe(304);
});

test('a page says how it was asked for; what is wrong is named', async () => {
  const store = await makeStore();
  const api = createApi({ results: openResults({ store }), store });
  await publishSample(store);
  const page = await api(makeEvent(`/v1/variance/bridge/${MONTH}/pack.html`));
  expect(page.headers?.['content-type']).toBe('text/html; charset=utf-8');
  expect(page.body).toContain('As known now');
  const refusals = [
    ['/v1/variance/bridge/2026-13/pack.html', 400],
    ['/v1/variance/bridge/2031-01/pack.xlsx', 400],
    [`/v1/variance/bridge/${MONTH}/pack.html?by=colour`, 400],
    [`/v1/variance/bridge/${MONTH}/pack.html?colour=red`, 400],
  ] as const;
  for (const [path, status] of refusals) expect((await api(makeEvent(path))).statusCode, path).toBe(status);
  const limited = makeEvent(`/v1/variance/bridge/${MONTH}/pack.xlsx`, {
    claims: { 'headroom:cost_centers': 'CC-1' },
  });
  expect((await api(limited)).statusCode).toBe(403);
});

test('the local server sends the workbook as bytes', async () => {
  const store = await makeStore();
  await publishSample(store);
  const server = await startServer({ store, port: 0 });
  onTestFinished(() => server.close());
  const response = await fetch(`${server.url}/v1/variance/bridge/${MONTH}/pack.xlsx`);
  expect(response.headers.get('content-type')).toContain('spreadsheetml');
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(bytes.subarray(0, 2).toString()).toBe('PK');
  expect(totalOf(await open(bytes.toString('base64')))).toBe(9);
});
