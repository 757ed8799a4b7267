import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import { setTimeout } from 'node:timers/promises';

/** What a proxy does to one exchange; byte counts are of the answer's body. */
export type Fault =
  /** Answers itself, without asking the server; an answer of success is empty. */
  | { kind: 'answer'; status: number; code: string }
  /** Lets the server act and ends the connection instead of passing the answer on. */
  | { kind: 'lose-answer' }
  /** Passes the answer on up to a byte and ends the connection. */
  | { kind: 'cut'; afterBytes: number }
  /** Passes the answer on up to a byte and says no more, without ending the connection. */
  | { kind: 'stall'; afterBytes: number }
  /** Makes a shorter answer that looks whole. */
  | { kind: 'truncate'; toBytes: number }
  /** Changes one byte. */
  | { kind: 'corrupt'; atByte: number }
  /** Changes one byte of what is sent. */
  | { kind: 'corrupt-request'; atByte: number }
  | { kind: 'delay'; ms: number };

/** A request as a rule sees it; `count` is how many like it (method and URL) came before. */
export type Exchange = { method: string; url: string; headers: IncomingHttpHeaders; count: number };
export type FaultRule = (exchange: Exchange) => Fault | undefined;

export type FaultProxy = {
  endpoint: string;
  /** What is done to the requests from now on. */
  setRule(rule: FaultRule): void;
  /** Requests since the rule was set. */
  exchanges: Exchange[];
  /** Faults since the rule was set. */
  faults: Fault[];
  stop(): Promise<void>;
};

/** Starts an HTTP proxy on loopback that passes requests on as they are, except what a rule says. */
export async function startFaultProxy(upstream: string): Promise<FaultProxy> {
  let rule: FaultRule = () => undefined;
  const exchanges: Exchange[] = [];
  const faults: Fault[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming;
    const count = exchanges.filter((each) => each.method === method && each.url === url).length;
    const exchange = { method, url, headers, count };
    exchanges.push(exchange);
    const fault = rule(exchange);
    if (fault) faults.push(fault);
    // An exchange that is cut is what the client is tested with; nothing is left to do for the proxy.
    pass(incoming, outgoing, upstream, fault).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    endpoint: `http://127.0.0.1:${port}`,
    setRule(next) {
      rule = next;
      exchanges.length = 0;
      faults.length = 0;
    },
    exchanges,
    faults,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function pass(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  upstream: string,
  fault: Fault | undefined,
): Promise<void> {
  const sent = await collect(incoming);
  if (fault?.kind === 'corrupt-request') sent[fault.atByte] = (sent[fault.atByte] ?? 0) ^ 1;
  if (fault?.kind === 'delay') await setTimeout(fault.ms);
  if (fault?.kind === 'answer') {
    const error = `<?xml version="1.0"?><Error><Code>${fault.code}</Code><Message>injected</Message></Error>`;
    const body = fault.status < 300 || incoming.method === 'HEAD' ? '' : error;
    outgoing.writeHead(fault.status, { 'content-type': 'application/xml' }).end(body);
    return;
  }
  const answer = await ask(upstream, incoming, sent);
  const body = await collect(answer);
  const { statusCode = 502 } = answer;
  if (fault?.kind === 'lose-answer') {
    outgoing.destroy();
  } else if (fault?.kind === 'cut' || fault?.kind === 'stall') {
    outgoing.writeHead(statusCode, answer.headers);
    outgoing.flushHeaders();
    outgoing.write(body.subarray(0, fault.afterBytes), () => fault.kind === 'cut' && outgoing.destroy());
  } else if (fault?.kind === 'truncate') {
    const shorter = body.subarray(0, fault.toBytes);
    outgoing
      .writeHead(statusCode, { ...answer.headers, 'content-length': String(shorter.length) })
      .end(shorter);
  } else {
    if (fault?.kind === 'corrupt') body[fault.atByte] = (body[fault.atByte] ?? 0) ^ 1;
    outgoing.writeHead(statusCode, answer.headers).end(body);
  }
}

function ask(upstream: string, incoming: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
  const { method, url, headers } = incoming;
  const { hostname, port } = new URL(upstream);
  return new Promise((resolve, reject) => {
    // The path stays as it was signed.
    const asked = request({ hostname, port, path: url, method, headers, agent: false }, resolve);
    asked.once('error', reject);
    asked.end(body);
  });
}

async function collect(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}
