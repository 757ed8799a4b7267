import http from 'node:http';
import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startServer } from '../../cli/serve.ts';
import { makeStore, publishSample } from './published.ts';

async function serve(options: Partial<Parameters<typeof startServer>[0]> = {}) {
  const store = await makeStore();
  const version = await publishSample(store);
  const server = await startServer({ store, port: 0, checkEveryMs: 0, ...options });
  onTestFinished(() => server.close());
  return { server, store, version };
}

test('serves the API and says where', async () => {
  const urls: string[] = [];
  const { server, version } = await serve({ onListen: (url) => urls.push(url) });
  expect(urls).toEqual([server.url]);
  expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
  const response = await fetch(`${server.url}/v1/variance?by=team&team=a&team=%3Dc`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(await response.json()).toMatchObject({ version, rows: [{ team: '=c' }, { team: 'a' }] });
});

test('answers 304, 400, 404, 405 and 413 over HTTP', async () => {
  const { server } = await serve();
  const etag = (await fetch(`${server.url}/v1/costs`)).headers.get('etag') ?? '';
  const statusOf = async (path: string, init?: RequestInit) => (await fetch(server.url + path, init)).status;
  expect(await statusOf('/v1/costs', { headers: { 'if-none-match': etag } })).toBe(304);
  expect(await statusOf('/v1/costs?by=colour')).toBe(400);
  expect(await statusOf('/nowhere')).toBe(404);
  expect(await statusOf('/v1/costs', { method: 'POST', body: 'x' })).toBe(405);
  expect(await statusOf('/v1/costs', { method: 'POST', body: 'x'.repeat(100_000) })).toBe(413);
});

test('HEAD has the headers of GET and no body', async () => {
  const { server } = await serve();
  const get = await fetch(`${server.url}/v1/costs`);
  const head = await fetch(`${server.url}/v1/costs`, { method: 'HEAD' });
  expect(head.status).toBe(200);
  expect(head.headers.get('content-length')).toBe(String(Buffer.byteLength(await get.text())));
  expect(head.headers.get('etag')).toBe(get.headers.get('etag'));
  expect(await head.text()).toBe('');
});

test('an address that is too long is 414', async () => {
  const { server } = await serve();
  const response = await fetch(`${server.url}/v1/costs?team=${'x'.repeat(9000)}`);
  expect(response.status).toBe(414);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
});

test('a name that was made to resolve to this machine is refused', async () => {
  const { server } = await serve();
  const status = await new Promise((resolve, reject) => {
    http
      .get(`${server.url}/v1/costs`, { headers: { host: `evil.example:${server.port}` } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
      .on('error', reject);
  });
  expect(status).toBe(403);
});

test('a newly published version is served without a restart', async () => {
  const { server, store } = await serve();
  const version = await publishSample(store, 2);
  expect(await (await fetch(`${server.url}/health`)).json()).toMatchObject({ version });
});

test('a port in use is the caller mistake, with a remedy', async () => {
  const { server, store } = await serve();
  const second = startServer({ store, port: server.port });
  await expect(second).rejects.toMatchObject({
    name: 'InputError',
    message: `port ${server.port} is in use`,
    remedy: expect.stringContaining('--port'),
  });
});

test('requests are reported when they are done', async () => {
  const lines: string[] = [];
  const { server } = await serve({
    onRequest: ({ method, url, status }) => lines.push(`${method} ${url} ${status}`),
  });
  await (await fetch(`${server.url}/health?x=1`)).text();
  expect(lines).toEqual(['GET /health?x=1 200']);
});

test('closing lets a running request end', async () => {
  const store = await makeStore();
  await publishSample(store);
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let isAsked = () => {};
  const asked = new Promise<void>((resolve) => {
    isAsked = resolve;
  });
  const slow = {
    ...store,
    read: async (key: string) => {
      isAsked();
      await released;
      return store.read(key);
    },
  };
  const server = await startServer({ store: slow, port: 0 });
  const response = fetch(`${server.url}/v1/costs`);
  await asked;
  const closed = server.close();
  release();
  expect((await response).status).toBe(200);
  await closed;
});

test('closing frees the port, also with idle connections open', async () => {
  const { server } = await serve();
  const idle = net.connect(server.port, '127.0.0.1');
  await new Promise((resolve) => idle.once('connect', resolve));
  await fetch(`${server.url}/health`);
  await server.close();
  await expect(fetch(`${server.url}/health`)).rejects.toThrow();
  idle.destroy();
});
