import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeSts, type Role } from './sts.ts';
import {
  type Answer,
  type Api,
  AwsFault,
  findApi,
  findOperation,
  type Input,
  type Operation,
  readInput,
  writeFault,
  writeOutput,
} from './wire-protocol.ts';

const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** One request as the server understood it. */
export type Call = {
  service: string;
  operation: string;
  region: string;
  /** Whose credentials signed it; see `WireServer.credentials`. */
  accountId: string;
  input: Input;
  /** How often this operation was called, this call included. */
  count: number;
};

export type Handler = (input: never, call: Call) => Input | Promise<Input>;
/** By service and operation. */
export type World = Record<string, Record<string, Handler>>;

/**
 * What goes wrong with a call: an error of AWS, a connection cut in the middle of the answer, an answer that lacks its
 * second half, or a page of HTML from something in between.
 */
export type Trouble = AwsFault | 'cut' | 'half' | 'html';

export type WireServer = {
  endpoint: string;
  calls: Call[];
  /** Account by session token or access key; what is not here is refused. */
  credentials: Map<string, string>;
  /** Roles that any caller may assume, by ARN. */
  roles: Map<string, Role>;
  /** Asked for each call before it is answered. */
  trouble: (call: Call) => Trouble | undefined;
  /** How far the server's clock is ahead. */
  clockOffsetMs: number;
  close(): Promise<void>;
};

/** A server on loopback that speaks AWS's protocols and answers from a world. */
export async function startWireServer(world: World): Promise<WireServer> {
  const server = createServer((request, response) => {
    serve(request, response).catch((error) => {
      response.destroy(error);
    });
  });
  const wire: WireServer = {
    endpoint: '',
    calls: [],
    credentials: new Map(),
    roles: new Map(),
    trouble: () => undefined,
    clockOffsetMs: 0,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const { answer, trouble } = await decide(request, body);
    const bytes = Buffer.from(answer.body);
    const half = bytes.subarray(0, Math.floor(bytes.length / 2));
    const headers = {
      'content-type': answer.type,
      date: new Date(Date.now() + wire.clockOffsetMs).toUTCString(),
      'x-amzn-requestid': `request-${wire.calls.length}`,
    };
    if (trouble === 'cut') {
      response.writeHead(answer.status, { ...headers, 'content-length': bytes.length });
      response.write(half, () => response.socket?.destroy());
    } else {
      const sent =
        trouble === 'half' ? half : trouble === 'html' ? Buffer.from('<html>gateway</html>') : bytes;
      response.writeHead(answer.status, { ...headers, 'content-length': sent.length });
      response.end(sent);
    }
  }

  const services: World = { sts: makeSts(wire.credentials, wire.roles), ...world };

  async function decide(
    request: IncomingMessage,
    body: string,
  ): Promise<{ answer: Answer; trouble?: Trouble | undefined }> {
    const form = new URLSearchParams(body.startsWith('{') ? '' : body);
    const { authorization = '' } = request.headers;
    const [, accessKey = '', region = '', service = ''] =
      /Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/.exec(authorization) ?? [];
    const api = findApi(service, form.get('Version'));
    try {
      if (!api) throw new AwsFault('UnknownOperationException', `there is no service ${service}`);
      const { operation, call } = await readCall(api, { request, body, form, accessKey, region });
      wire.calls.push(call);
      if (call.accountId === '') throw new AwsFault('ExpiredTokenException', 'The token is expired', 403);
      const trouble = wire.trouble(call);
      if (trouble instanceof AwsFault) throw trouble;
      const handler = services[api.name]?.[operation.name];
      if (!handler) {
        throw new AwsFault('AccessDeniedException', `${api.name}:${operation.name} is not allowed`, 403);
      }
      return { answer: writeOutput(api, operation, await handler(call.input as never, call)), trouble };
    } catch (error) {
      if (error instanceof AwsFault) return { answer: writeFault(api, error) };
      throw error;
    }
  }

  async function readCall(
    api: Api,
    sent: {
      request: IncomingMessage;
      body: string;
      form: URLSearchParams;
      accessKey: string;
      region: string;
    },
  ): Promise<{ operation: Operation; call: Call }> {
    const { method = '', url = '/', headers } = sent.request;
    const { pathname: path, searchParams: query } = new URL(url, 'http://localhost');
    const target = String(headers['x-amz-target'] ?? '');
    const operation = findOperation(api, { method, path, query, target, form: sent.form });
    if (!operation)
      throw new AwsFault('UnknownOperationException', `${api.name} ${path} ${target} ${sent.body}`);
    checkClock(String(headers['x-amz-date'] ?? ''));
    const token = String(headers['x-amz-security-token'] ?? sent.accessKey);
    const isSame = (each: Call) => each.service === api.name && each.operation === operation.name;
    const call: Call = {
      service: api.name,
      operation: operation.name,
      region: sent.region,
      accountId: wire.credentials.get(token) ?? '',
      input: await readInput(api, operation, { ...sent, method, path, query }),
      count: wire.calls.filter(isSame).length + 1,
    };
    return { operation, call };
  }

  /** As AWS does for a signature that is not of this hour. */
  function checkClock(date: string): void {
    const signedAt = Date.parse(
      date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'),
    );
    if (Math.abs(Date.now() + wire.clockOffsetMs - signedAt) > CLOCK_TOLERANCE_MS) {
      throw new AwsFault('RequestTimeTooSkewed', 'The difference between the times is too large', 403);
    }
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  wire.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return wire;
}
