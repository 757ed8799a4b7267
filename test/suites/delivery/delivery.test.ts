import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Notification } from '../../../analytics/alerts/alert.ts';
import { type DeliveryReport, deliverPending } from '../../../analytics/alerts/deliver.ts';
import { openOutbox } from '../../../analytics/alerts/outbox.ts';
import type { Resolve } from '../../../analytics/alerts/private-addresses.ts';
import { createSend } from '../../../analytics/alerts/run-alerts.ts';
import type { SecretReader } from '../../../analytics/alerts/secrets.ts';
import { alertsSchema } from '../../../analytics/configuration/alerts-schema.ts';
import { openFolderStore } from '../../../analytics/lake/folder-store.ts';
import type { ObjectStore } from '../../../analytics/lake/object-store.ts';
import { makeNotification } from '../../alerts/alert-fixtures.ts';
import { type Behaviour, BUSY_SECONDS, ECHO_STEPS, startReceiver } from './https-receiver.ts';
import { type Identity, makeIdentity } from './self-signed.ts';
import { MAIL_USER, startMailServer } from './smtp-receiver.ts';

const SCRIPT = fileURLToPath(new URL('./deliver-process.ts', import.meta.url));
const SECRET = 'not-to-be-seen-anywhere';
const TIMEOUT_SECONDS = 0.6;
/** How long the process that is to be killed hangs. */
const HANG_SECONDS = 3;
const POLLING = { timeout: 20_000, interval: 10 };
const LOOPBACK = async () => [{ address: '127.0.0.1', family: 4 }];

let identity: Identity;
let folder: string;
let store: ObjectStore;
const stops: (() => Promise<unknown>)[] = [];

beforeAll(() => {
  identity = makeIdentity(['hooks.example.test', 'mail.example.test']);
});
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'delivery-'));
  store = await openFolderStore(folder);
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await rm(folder, { recursive: true });
});

async function receive(plan: (key: string) => readonly Behaviour[]) {
  const receiver = await startReceiver(identity, plan);
  stops.push(receiver.stop);
  return receiver;
}

function deliver(
  channels: object,
  changes: { tries?: number; untilSeconds?: number; readSecret?: SecretReader; resolve?: Resolve } = {},
): Promise<DeliveryReport> {
  return deliverPending({
    outbox: openOutbox(store),
    send: createSend(alertsSchema.parse({ channels }), {
      readSecret: changes.readSecret ?? (async () => SECRET),
      network: { ca: identity.cert, resolve: changes.resolve ?? LOOPBACK },
    }),
    tries: changes.tries ?? 8,
    firstDelaySeconds: 0.05,
    longestDelaySeconds: 0.2,
    timeoutSeconds: TIMEOUT_SECONDS,
    deadline: new Date(Date.now() + (changes.untilSeconds ?? 30) * 1000),
  });
}

async function enqueue(count: number, channels: string[]): Promise<Notification[]> {
  const outbox = openOutbox(store);
  const notifications = Array.from({ length: count }, (_, index) => makeNotification(`a${index}`, channels));
  for (const notification of notifications) await outbox.enqueue(notification);
  return notifications;
}

const hook = (url: string) => ({ type: 'webhook', url, secret: 'env:HOOK', allow_private: true });
const keysOf = (accepted: { key: string }[]) => accepted.map(({ key }) => key).sort();
const expectedKeys = (notifications: Notification[], channel: string) =>
  notifications.map(({ id, revision }) => `${id}#${revision}@${channel}`).sort();

describe('an https receiver', () => {
  const FAULTS: readonly (readonly Behaviour[])[] = [
    ['ok'],
    ['error', 'error', 'ok'],
    ['hang', 'ok'],
    ['busy', 'ok'],
    ['die', 'die', 'ok'],
    ['error', 'hang', 'busy', 'die', 'ok'],
  ];
  const plan = (key: string) =>
    FAULTS[Number(/^a(\d+)/.exec(key)?.[1]) % FAULTS.length] as readonly Behaviour[];

  it('that fails, hangs, is busy and dies gets every alert, none twice', async () => {
    const receiver = await receive(plan);
    const notifications = await enqueue(12, ['hook']);
    const report = await deliver({ hook: hook(receiver.url) });
    expect(report.dead).toEqual([]);
    expect(report.pending).toEqual([]);
    expect(report.delivered).toHaveLength(12);
    expect(keysOf(receiver.accepted)).toEqual(expectedKeys(notifications, 'hook'));
    expect(await openOutbox(store).listPending()).toEqual([]);
    await enqueue(12, ['hook']);
    expect(await deliver({ hook: hook(receiver.url) })).toEqual({ delivered: [], dead: [], pending: [] });
    expect(receiver.accepted).toHaveLength(12);
  });

  it('is not asked before the time that it names', async () => {
    const receiver = await receive(() => ['busy', 'ok']);
    await enqueue(1, ['hook']);
    await deliver({ hook: hook(receiver.url) });
    const [busy, again] = receiver.requests;
    expect((again?.at ?? 0) - (busy?.at ?? 0)).toBeGreaterThanOrEqual(BUSY_SECONDS * 1000 - 5);
  });

  it('that took a message and died before it said so gets it again under the same key', async () => {
    const receiver = await receive(() => ['taken-then-die', 'ok']);
    const notifications = await enqueue(3, ['hook']);
    await deliver({ hook: hook(receiver.url) });
    expect(receiver.accepted).toHaveLength(6);
    expect([...new Set(keysOf(receiver.accepted))]).toEqual(expectedKeys(notifications, 'hook'));
    expect(new Set(receiver.accepted.map(({ body }) => body)).size).toBe(3);
  });

  it('can check who sent a message, and when', async () => {
    const receiver = await receive(() => ['ok']);
    await enqueue(1, ['hook']);
    await deliver({ hook: hook(receiver.url) });
    const [{ headers, body }] = receiver.accepted as [(typeof receiver.accepted)[number]];
    const timestamp = String(headers['x-headroom-timestamp']);
    expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(30);
    const signature = createHmac('sha256', SECRET).update(`${timestamp}.${body}`).digest('hex');
    expect(headers['x-headroom-signature']).toBe(`v1=${signature}`);
  });

  it.each([
    ['redirect' as const, 'HTTP 307'],
    ['refuse' as const, 'HTTP 400: invalid_payload'],
  ])(
    'that answers with a %s is not asked again: a dead letter keeps the reason',
    async (behaviour, reason) => {
      const receiver = await receive(() => [behaviour]);
      await enqueue(1, ['hook']);
      const report = await deliver({ hook: hook(receiver.url) });
      expect(report.dead).toMatchObject([{ reason }]);
      expect(receiver.requests).toHaveLength(1);
      expect(await openOutbox(store).listDead()).toMatchObject([{ reason, attempts: 1 }]);
    },
  );

  it('that never comes back makes a dead letter after the last try', async () => {
    const receiver = await receive(() => Array<Behaviour>(9).fill('error'));
    await enqueue(1, ['hook']);
    const report = await deliver({ hook: hook(receiver.url) }, { tries: 3 });
    expect(report.dead).toMatchObject([{ reason: 'HTTP 503: try later' }]);
    expect(receiver.requests).toHaveLength(3);
  });

  it('on a private address is not asked, unless that is allowed', async () => {
    const receiver = await receive(() => ['ok']);
    await enqueue(1, ['hook']);
    const report = await deliver({ hook: { ...hook(receiver.url), allow_private: false } });
    expect(report.dead).toMatchObject([{ reason: expect.stringContaining('not public') }]);
    expect(receiver.requests).toEqual([]);
  });

  it('is asked at the address that was checked, even if its name stands for another by then', async () => {
    const receiver = await receive(() => ['ok']);
    await enqueue(1, ['hook']);
    const answers = ['127.0.0.1', '169.254.169.254'];
    const resolve = async () => [{ address: answers.shift() ?? '::', family: 4 }];
    const report = await deliver({ hook: hook(receiver.url) }, { resolve });
    expect(report.delivered).toHaveLength(1);
    expect(answers).toEqual(['169.254.169.254']);
  });

  it('whose certificate nobody vouches for is not told anything', async () => {
    const receiver = await startReceiver(makeIdentity(['hooks.example.test']), () => ['ok']);
    stops.push(receiver.stop);
    await enqueue(1, ['hook']);
    const report = await deliver({ hook: hook(receiver.url) }, { tries: 1 });
    expect(report.dead).toHaveLength(1);
    expect(receiver.requests).toEqual([]);
  });
});

describe('a process', () => {
  const start = (url: string, timeoutSeconds = TIMEOUT_SECONDS) => {
    const options = { lake: folder, url, ca: identity.cert, timeoutSeconds };
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--no-warnings', SCRIPT, JSON.stringify(options)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    const ended = new Promise<string>((resolve) => child.on('close', () => resolve(output)));
    stops.push(async () => child.kill('SIGKILL'));
    return { child, ended };
  };

  it('that is killed in the middle leaves nothing undone and nothing doubled', async () => {
    const receiver = await receive((key) => (key.startsWith('a3#') ? ['hang', 'ok'] : ['ok']));
    const notifications = await enqueue(8, ['hook']);
    const first = start(receiver.url, HANG_SECONDS);
    const isHanging = () => receiver.requests.some(({ behaviour }) => behaviour === 'hang');
    const countDelivered = async () =>
      (await readdir(path.join(folder, 'alerts/outbox/delivered')).catch(() => [])).length;
    await expect.poll(async () => isHanging() && (await countDelivered()) === 7, POLLING).toBe(true);
    first.child.kill('SIGKILL');
    await first.ended;
    expect(JSON.parse(await start(receiver.url).ended)).toMatchObject({ dead: 0 });
    expect(keysOf(receiver.accepted)).toEqual(expectedKeys(notifications, 'hook'));
    expect(await openOutbox(store).listPending()).toEqual([]);
  });

  it('does not deliver what another delivers at the same time', async () => {
    const receiver = await receive(() => ['ok']);
    const notifications = await enqueue(40, ['hook']);
    const outputs = await Promise.all([1, 2, 3].map(() => start(receiver.url).ended));
    expect(keysOf(receiver.accepted)).toEqual(expectedKeys(notifications, 'hook'));
    const delivered = outputs.map((output) => JSON.parse(output).delivered as number);
    expect(delivered.reduce((sum, count) => sum + count, 0)).toBe(40);
  });
});

describe('a mail server', () => {
  const smtp = (port: number, more: object = {}) => ({
    mail: {
      type: 'smtp',
      host: 'mail.example.test',
      port,
      user: MAIL_USER.user,
      secret: 'env:MAIL',
      from: 'headroom@example.com',
      to: ['finops@example.com'],
      to_owner: true,
      allow_private: true,
      ...more,
    },
  });
  const send = (channels: object, password = MAIL_USER.password, tries = 8) =>
    deliverPending({
      outbox: openOutbox(store),
      send: createSend(alertsSchema.parse({ channels }), {
        readSecret: async () => password,
        network: { ca: identity.cert, resolve: LOOPBACK },
      }),
      tries,
      firstDelaySeconds: 0.05,
      longestDelaySeconds: 0.2,
      timeoutSeconds: 2,
      concurrency: 1,
      deadline: new Date(Date.now() + 30_000),
    });

  it('that is busy, breaks off and hangs gets every mail once, with its parts', async () => {
    const server = await startMailServer(identity, ['later', 'die', 'hang', 'ok', 'die', 'ok']);
    stops.push(server.stop);
    const notifications = await enqueue(3, ['mail']);
    const report = await send(smtp(server.port));
    expect(report).toMatchObject({ dead: [], pending: [] });
    const keys = server.mails.map(({ text }) =>
      /^X-Headroom-Idempotency-Key: (.*)$/m.exec(text)?.[1]?.trim(),
    );
    expect(keys.sort()).toEqual(expectedKeys(notifications, 'mail'));
    const [mail] = server.mails;
    expect(mail?.to).toEqual(['finops@example.com', 'ada@example.com']);
    for (const part of ['text/plain', 'text/html', 'image/png', 'cid:chart@headroom'])
      expect(mail?.text).toContain(part);
  });

  it('that refuses a mail for good makes a dead letter', async () => {
    const server = await startMailServer(identity, ['refuse']);
    stops.push(server.stop);
    await enqueue(1, ['mail']);
    expect((await send(smtp(server.port))).dead).toMatchObject([
      { reason: expect.stringContaining('SMTP 550') },
    ]);
    expect(server.count()).toBe(1);
  });

  it('never gets its password into a record', async () => {
    const server = await startMailServer(identity, []);
    stops.push(server.stop);
    await enqueue(1, ['mail']);
    const { dead } = await send(smtp(server.port), 'wrong-but-secret', 2);
    expect(dead).toMatchObject([{ reason: expect.stringContaining('EAUTH') }]);
    expect(await readEverything(folder)).not.toContain('wrong-but-secret');
  });
});

describe('secrets', () => {
  it('are in no object of the outbox and in no reason, even if the receiver repeats them', async () => {
    const receiver = await receive(() => Array<Behaviour>(9).fill('echo'));
    const { origin } = new URL(receiver.url);
    const secrets: Record<string, string> = {
      'env:SLACK': `${origin}/services/T0000AAAA/B0000BBBB/${SECRET}`,
      'env:TEAMS': `${origin}/workflows/manual/paths/invoke?sp=trigger&sig=${SECRET}`,
    };
    const channels = {
      slack: { type: 'slack', secret: 'env:SLACK', allow_private: true },
      teams: { type: 'teams', secret: 'env:TEAMS', allow_private: true },
      hook: hook(receiver.url),
      pager: { type: 'pagerduty', secret: 'env:PAGER', url: `${origin}/v2/enqueue`, allow_private: true },
      genie: { type: 'opsgenie', secret: 'env:GENIE', url: origin, allow_private: true },
    };
    // Answers are cut for reasons: whatever part of a secret stands before the cut must not be seen either.
    await enqueue(ECHO_STEPS, Object.keys(channels));
    const report = await deliver(channels, {
      tries: 1,
      readSecret: async (reference) => secrets[reference] ?? SECRET,
    });
    expect(report.dead).toHaveLength(5 * ECHO_STEPS);
    expect(receiver.requests).toHaveLength(5 * ECHO_STEPS);
    const seen = [JSON.stringify(report.dead.map(({ reason }) => reason)), await readEverything(folder)];
    for (const text of seen) {
      expect(text).toContain('***');
      for (const part of [SECRET.slice(0, 8), 'T0000AAAA', 'B0000BBBB']) expect(text).not.toContain(part);
    }
  });
});

async function readEverything(root: string): Promise<string> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const texts = entries
    .filter((entry) => entry.isFile())
    .map((entry) => readFile(path.join(entry.parentPath, entry.name), 'utf8'));
  return (await Promise.all(texts)).join('\n');
}
