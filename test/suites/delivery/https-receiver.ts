import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Identity } from './self-signed.ts';

/** What the receiver does with a request: `ok` accepts it; after `taken-then-die` it was accepted, but nobody was told. */
export type Behaviour =
  | 'ok'
  | 'error'
  | 'hang'
  | 'busy'
  | 'die'
  | 'taken-then-die'
  | 'redirect'
  | 'echo'
  | 'refuse';

export type Receipt = { key: string; path: string; headers: IncomingMessage['headers']; body: string };

/** Seconds that a busy receiver asks to wait. */
export const BUSY_SECONDS = 1;

/** An echo repeats what it got after up to so many times ten characters, the number of the alert. */
export const ECHO_STEPS = 32;

/** An https server on loopback that behaves as it is told: each request of a key takes the next of its behaviours. */
export async function startReceiver(identity: Identity, plan: (key: string) => readonly Behaviour[]) {
  const accepted: Receipt[] = [];
  const requests: { key: string; behaviour: Behaviour; at: number }[] = [];
  const sockets = new Set<Duplex>();
  const counts = new Map<string, number>();
  const server = createServer(identity, (request, response) => {
    const key = String(request.headers['idempotency-key']);
    const count = counts.get(key) ?? 0;
    counts.set(key, count + 1);
    const behaviour = plan(key)[count] ?? 'ok';
    requests.push({ key, behaviour, at: Date.now() });
    void handle(behaviour, request, response, (body) => {
      accepted.push({ key, path: request.url ?? '', headers: request.headers, body });
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    accepted,
    requests,
    url: `https://hooks.example.test:${(server.address() as AddressInfo).port}/in`,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

async function handle(
  behaviour: Behaviour,
  request: IncomingMessage,
  response: ServerResponse,
  accept: (body: string) => void,
): Promise<void> {
  if (behaviour === 'die') {
    request.once('data', () => request.socket.destroy());
    return;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString('utf8');
  switch (behaviour) {
    case 'hang':
      return;
    case 'taken-then-die':
      accept(body);
      request.socket.destroy();
      return;
    case 'error':
      response.writeHead(503).end('try later');
      return;
    case 'echo':
      response.writeHead(503).end(echo(request, body));
      return;
    case 'busy':
      response.writeHead(429, { 'retry-after': String(BUSY_SECONDS) }).end();
      return;
    case 'redirect':
      response.writeHead(307, { location: 'https://hooks.example.test/elsewhere' }).end();
      return;
    case 'refuse':
      response.writeHead(400).end('invalid_payload');
      return;
    case 'ok':
      accept(body);
      response.writeHead(202, { 'content-type': 'application/json' }).end('{}');
  }
}

function echo({ url, headers }: IncomingMessage, body: string): string {
  const number = Number(/^a(\d+)/.exec(String(headers['idempotency-key']))?.[1]);
  const path = url ?? '';
  const routingKey = /"routing_key":"([^"]*)"/.exec(body)?.[1] ?? '';
  return `${'.'.repeat(number * 10)}${headers.authorization ?? ''} ${routingKey} ${path} ${encodeURIComponent(path)}`;
}
