import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

/** Lambda's Runtime API, version 2018-06-01: where the runtime asks for invocations and leaves their answers. */
const API = '/2018-06-01/runtime/';
const DEFAULT_LIMIT_MS = 60_000;
const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:123456789012:function:headroom-test';

const { HEADROOM_LAMBDA_RUNTIME = '' } = process.env;
const NODE = path.join(HEADROOM_LAMBDA_RUNTIME, 'node_modules/node/bin/node');
const CLIENT = path.join(HEADROOM_LAMBDA_RUNTIME, 'node_modules/aws-lambda-ric/index.mjs');

/** Why the real runtime cannot be had here, or undefined. */
export const missingRuntime =
  existsSync(NODE) && existsSync(CLIENT)
    ? undefined
    : 'HEADROOM_LAMBDA_RUNTIME names no folder made by test/suites/lambda/install-runtime.sh';

/** What a handler threw, as the runtime reports it. */
export class InvocationError extends Error {
  override readonly name = 'InvocationError';
}

export type RunningLambda = {
  /** One invocation after another; `limitMs` is the time that the handler believes it has. */
  invoke(event: unknown, options?: { limitMs?: number }): Promise<unknown>;
  /** From the process's start until it asked for its first invocation. */
  initMs(): number;
  peakMemoryBytes(): number;
  /** All that was written so far. */
  log(): string;
  stop(): Promise<void>;
};

type Invocation = { id: string; event: string; limitMs: number };
type Waiting = { resolve(answer: unknown): void; reject(error: Error): void };

/** Starts the runtime client under Node 24 on an unpacked bundle, with no environment but Lambda's and the one given. */
export async function startLambda(
  taskRoot: string,
  environment: Record<string, string>,
): Promise<RunningLambda> {
  const queue: Invocation[] = [];
  const asking: ServerResponse[] = [];
  const waiting = new Map<string, Waiting>();
  let startedAt = 0;
  let initMs: number | undefined;
  let log = '';
  const deliver = () => {
    while (queue.length > 0 && asking.length > 0) {
      give(asking.shift() as ServerResponse, queue.shift() as Invocation);
    }
  };
  const failAll = (error: Error) => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const server = createServer(async (request, response) => {
    const route = request.url?.slice(API.length) ?? '';
    if (route === 'invocation/next') {
      initMs ??= performance.now() - startedAt;
      asking.push(response);
      return deliver();
    }
    const body = await readBody(request);
    const [, id = '', kind] = /^invocation\/([^/]+)\/(response|error)$/.exec(route) ?? [];
    if (route === 'init/error') failAll(toError(body));
    else if (kind === 'error') waiting.get(id)?.reject(toError(body));
    else waiting.get(id)?.resolve(body === '' ? undefined : JSON.parse(body));
    waiting.delete(id);
    response.writeHead(202).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  startedAt = performance.now();
  const child = spawn(NODE, [CLIENT, 'bundle.handler'], {
    cwd: taskRoot,
    env: {
      PATH: '/usr/bin:/bin',
      TZ: ':UTC',
      LANG: 'en_US.UTF-8',
      LAMBDA_TASK_ROOT: taskRoot,
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
      AWS_LAMBDA_FUNCTION_NAME: 'headroom-test',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1769',
      AWS_LAMBDA_LOG_FORMAT: 'JSON',
      AWS_LAMBDA_LOG_GROUP_NAME: '/headroom/test',
      AWS_LAMBDA_LOG_STREAM_NAME: 'test',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_REGION: 'us-east-1',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      _HANDLER: 'bundle.handler',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      log += chunk;
    });
  }
  child.once('exit', (code, signal) =>
    failAll(new Error(`the runtime ended with ${code ?? signal}: ${log.slice(-2000)}`)),
  );

  return {
    invoke(event, { limitMs = DEFAULT_LIMIT_MS } = {}) {
      const id = randomUUID();
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        queue.push({ id, event: JSON.stringify(event), limitMs });
        deliver();
      });
    },
    initMs: () => initMs ?? Number.NaN,
    peakMemoryBytes: () => readPeakMemory(child),
    log: () => log,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await ended;
      }
      server.close();
      server.closeAllConnections();
    },
  };
}

function give(response: ServerResponse, { id, event, limitMs }: Invocation): void {
  response.writeHead(200, {
    'content-type': 'application/json',
    'lambda-runtime-aws-request-id': id,
    'lambda-runtime-deadline-ms': String(Date.now() + limitMs),
    'lambda-runtime-invoked-function-arn': FUNCTION_ARN,
    'lambda-runtime-trace-id': 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0',
  });
  response.end(event);
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body;
}

function toError(body: string): InvocationError {
  const { errorType, errorMessage } = JSON.parse(body) as { errorType?: string; errorMessage?: string };
  return new InvocationError(`${errorType}: ${errorMessage}`);
}

function readPeakMemory({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) * 1024;
}
