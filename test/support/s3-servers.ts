import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

const START_LIMIT_MS = 30_000;
const BUSY_PORT = /address already in use|EADDRINUSE|bind/i;

export const TEST_CREDENTIALS = { accessKeyId: 'headroom', secretAccessKey: 'headroom-secret' };
export const TEST_REGION = 'us-east-1';

/** A server on loopback, in a folder of its own. */
export type S3Server = { endpoint: string; stop(): Promise<void> };

/** How a server is started, or why it cannot be. */
export type S3ServerKind = { name: string; missing: string | undefined; start(): Promise<S3Server> };

const { HEADROOM_VERSITYGW = '', HEADROOM_PYTHON = 'python3' } = process.env;

export const VERSITYGW: S3ServerKind = {
  name: 'versitygw',
  missing: existsSync(HEADROOM_VERSITYGW) ? undefined : 'HEADROOM_VERSITYGW names no versitygw binary',
  start: () =>
    startServer(async (port, folder) => {
      await mkdir(path.join(folder, 'data'), { recursive: true });
      return {
        command: HEADROOM_VERSITYGW,
        args: ['--port', `127.0.0.1:${port}`, '--keep-alive', '--quiet', 'posix', path.join(folder, 'data')],
        env: {
          ROOT_ACCESS_KEY: TEST_CREDENTIALS.accessKeyId,
          ROOT_SECRET_KEY: TEST_CREDENTIALS.secretAccessKey,
        },
      };
    }),
};

export const MOTO: S3ServerKind = {
  name: 'moto',
  missing: hasMoto() ? undefined : `${HEADROOM_PYTHON} (HEADROOM_PYTHON) cannot import moto.server`,
  start: () =>
    startServer(async (port) => ({
      command: HEADROOM_PYTHON,
      args: ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
      env: {},
    })),
};

function hasMoto(): boolean {
  return spawnSync(HEADROOM_PYTHON, ['-c', 'import moto.server']).status === 0;
}

type Launch = { command: string; args: string[]; env: Record<string, string> };

/** Starts a server on a free port and waits until it answers. */
async function startServer(plan: (port: number, folder: string) => Promise<Launch>): Promise<S3Server> {
  const folder = await mkdtemp(path.join(tmpdir(), 'headroom-s3-'));
  for (;;) {
    const port = await findFreePort();
    const { command, args, env } = await plan(port, folder);
    const logFile = path.join(folder, 'log');
    const child = spawn(command, args, {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log = createWriteStream(logFile);
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    const stop = async () => {
      await kill(child);
      await rm(folder, { recursive: true, force: true });
    };
    const endpoint = `http://127.0.0.1:${port}`;
    if (await answers(endpoint, child)) return { endpoint, stop };
    const said = await readFile(logFile, 'utf8');
    await kill(child);
    if (!BUSY_PORT.test(said)) {
      await stop();
      throw new Error(`${command} did not start: ${said}`);
    }
  }
}

async function answers(endpoint: string, child: ChildProcess): Promise<boolean> {
  const deadline = Date.now() + START_LIMIT_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    const answer = await fetch(endpoint).catch(() => undefined);
    if (answer) return true;
    await setTimeout(50);
  }
  return false;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
