import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InputError } from '../analytics/errors.ts';
import type { ObjectStore } from '../analytics/lake/object-store.ts';
import { openResults } from '../analytics/results/snapshot.ts';
import { createApi } from '../functions/api/routes.ts';
import { type ApiEvent, type ApiResponse, answerProblem, type FaultLog } from '../functions/handler.ts';

const LOOPBACK = '127.0.0.1';
const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]'];
const MAXIMUM_URL_BYTES = 8192;
const MAXIMUM_HEADER_BYTES = 65_536;
const MAXIMUM_BODY_BYTES = 65_536;
const TOO_LONG = `the body is longer than ${MAXIMUM_BODY_BYTES} bytes`;
const CHECK_EVERY_MS = 1000;
const CLOSE_WITHIN_MS = 5000;

export type RunningServer = {
  url: string;
  port: number;
  /** Lets running requests end, for 5 seconds at most. */
  close(): Promise<void>;
};

/**
 * Serves the API from this machine: every request becomes an API Gateway v2 event for the handler that Lambda runs.
 * Port 0 takes a free one. Throws InputError when the port cannot be had.
 */
export async function startServer(options: {
  store: ObjectStore;
  port: number;
  host?: string;
  checkEveryMs?: number;
  onListen?: (url: string) => void;
  /** What the links of alerts are signed with; without it they are refused. */
  feedbackSecret?: () => Promise<string>;
  /** Called after each request. */
  onRequest?: (request: { method: string; url: string; status: number; durationMs: number }) => void;
  onFault?: FaultLog;
}): Promise<RunningServer> {
  const {
    store,
    port,
    host = LOOPBACK,
    checkEveryMs = CHECK_EVERY_MS,
    onListen,
    onRequest,
    onFault,
    feedbackSecret,
  } = options;
  const answer = createApi(
    { results: openResults({ store, checkEveryMs }), store, ...(feedbackSecret ? { feedbackSecret } : {}) },
    onFault,
  );
  let runningCount = 0;
  const server = createServer({ maxHeaderSize: MAXIMUM_HEADER_BYTES }, async (request, response) => {
    const startedAt = performance.now();
    runningCount += 1;
    response.once('close', () => {
      runningCount -= 1;
      if (runningCount === 0 && !server.listening) server.closeAllConnections();
    });
    const body = await readRequestBody(request);
    const refusal =
      body === undefined ? answerProblem(413, TOO_LONG) : refuse(request, LOOPBACK_NAMES.includes(host));
    const result = refusal ?? (await answer(toEvent(request, body ?? '')));
    send(response, result);
    const { method = '', url = '' } = request;
    onRequest?.({ method, url, status: response.statusCode, durationMs: performance.now() - startedAt });
  });
  await listen(server, port, host);
  const taken = (server.address() as AddressInfo).port;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${taken}`;
  onListen?.(url);
  return { url, port: taken, close: () => closeServer(server, runningCount > 0 ? CLOSE_WITHIN_MS : 0) };
}

/** What the handler never sees: addresses that are too long, and names that a hostile page had resolved to this machine. */
function refuse(request: IncomingMessage, isLoopback: boolean): ApiResponse | undefined {
  if ((request.url ?? '').length > MAXIMUM_URL_BYTES) {
    return answerProblem(414, `the address is longer than ${MAXIMUM_URL_BYTES} bytes`);
  }
  const name = (request.headers.host ?? '').replace(/:\d+$/, '');
  if (isLoopback && !LOOPBACK_NAMES.includes(name)) {
    return answerProblem(403, `this server answers to ${LOOPBACK_NAMES.join(', ')} only`);
  }
  return undefined;
}

/** The whole body, or undefined where it is too long; what is left of it is read and dropped. */
async function readRequestBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request) {
      size += (chunk as Buffer).length;
      if (size <= MAXIMUM_BODY_BYTES) chunks.push(chunk as Buffer);
    }
  } catch {
    // The caller went away; there is nobody to answer.
  }
  return size <= MAXIMUM_BODY_BYTES ? Buffer.concat(chunks).toString('utf8') : undefined;
}

function toEvent(request: IncomingMessage, body: string): ApiEvent {
  const { method = 'GET', url = '/', socket } = request;
  const [rawPath = '/', ...query] = url.split('?');
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  );
  const now = new Date();
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString: query.join('?'),
    headers,
    isBase64Encoded: false,
    ...(body === '' ? {} : { body }),
    requestContext: {
      accountId: 'local',
      apiId: 'local',
      domainName: headers.host ?? '',
      domainPrefix: 'local',
      http: {
        method,
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: socket.remoteAddress ?? '',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: now.toISOString(),
      timeEpoch: now.getTime(),
    },
  };
}

function send(response: ServerResponse, answer: ApiResponse): void {
  const { statusCode = 200, headers = {}, isBase64Encoded } = answer;
  const body = isBase64Encoded ? Buffer.from(answer.body ?? '', 'base64') : answer.body;
  response.statusCode = statusCode;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, String(value));
  if (body !== undefined) response.setHeader('content-length', Buffer.byteLength(body));
  response.end(body);
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reasons: Record<string, string> = {
        EADDRINUSE: `port ${port} is in use`,
        EACCES: `port ${port} is not allowed`,
        EADDRNOTAVAIL: `this machine has no address ${host}`,
      };
      const reason = reasons[error.code ?? ''];
      const remedy = 'Choose another with --port, or 0 for a free one.';
      reject(reason ? new InputError(reason, { where: `${host}:${port}`, remedy, cause: error }) : error);
    });
    server.listen(port, host, resolve);
  });
}

/** Connections without a request may stay open for ever, so they are cut when the last answer is out or time is up. */
function closeServer(server: Server, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), withinMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
