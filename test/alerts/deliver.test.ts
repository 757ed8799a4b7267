import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { deliverPending, type Send, type SendResult } from '../../analytics/alerts/deliver.ts';
import { openOutbox } from '../../analytics/alerts/outbox.ts';
import { SourceError } from '../../analytics/errors.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import { makeNotification } from './alert-fixtures.ts';

/** An outbox with messages, and a clock that only sleeping moves. */
async function prepare(ids: string[]) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'deliver-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const outbox = openOutbox(await openFolderStore(folder));
  for (const id of ids) await outbox.enqueue(makeNotification(id, ['c']));
  let clock = Date.parse('2026-11-25T08:00:00Z');
  const start = clock;
  const deliver = (send: Send, changes: { tries?: number; random?: number; seconds?: number } = {}) =>
    deliverPending({
      outbox,
      send,
      tries: changes.tries ?? 8,
      firstDelaySeconds: 30,
      longestDelaySeconds: 300,
      timeoutSeconds: 10,
      concurrency: 1,
      deadline: new Date(start + (changes.seconds ?? 86_400) * 1000),
      now: () => clock,
      sleep: async (milliseconds) => {
        clock += milliseconds;
      },
      random: () => changes.random ?? 1,
    });
  return { outbox, deliver, seconds: () => (clock - start) / 1000 };
}

const retry: SendResult = { outcome: 'retry', reason: 'busy' };

it.each([
  [1, [0, 30, 90, 210, 450, 750]],
  [0, [0, 15, 45, 105, 225, 375]],
])(
  'tries again after delays that double up to the longest, half of them random (%d)',
  async (random, expected) => {
    const { deliver, seconds } = await prepare(['a']);
    const times: number[] = [];
    const send: Send = async () => {
      times.push(seconds());
      return times.length < 6 ? retry : { outcome: 'delivered' };
    };
    expect((await deliver(send, { random })).delivered).toHaveLength(1);
    expect(times).toEqual(expected);
  },
);

it('waits as long as it is asked to, and leaves to the next run what is due after the deadline', async () => {
  const { deliver, outbox, seconds } = await prepare(['a']);
  let count = 0;
  const send: Send = async () => {
    count += 1;
    return count === 1 ? { ...retry, retryAfterSeconds: 200 } : { outcome: 'delivered' };
  };
  expect((await deliver(send, { seconds: 100 })).pending).toMatchObject([{ reason: 'busy' }]);
  expect((await deliver(send, { seconds: 100 })).pending).toHaveLength(1);
  expect(count).toBe(1);
  expect((await deliver(send)).delivered).toHaveLength(1);
  expect(seconds()).toBe(200);
  expect(await outbox.listPending()).toEqual([]);
});

it('lets no message wait behind the retries of another', async () => {
  const { deliver, seconds } = await prepare(['a', 'b', 'c']);
  const times = new Map<string, number>();
  let failures = 0;
  await deliver(async ({ notification }) => {
    if (notification.id === 'a' && failures < 4) {
      failures += 1;
      return retry;
    }
    times.set(notification.id, seconds());
    return { outcome: 'delivered' };
  });
  expect(Object.fromEntries(times)).toEqual({ a: 450, b: 0, c: 0 });
});

it('goes on after a lease that ended, and not before', async () => {
  const { deliver, outbox, seconds } = await prepare(['a']);
  const [message] = await outbox.listPending();
  await outbox.lease(message?.id ?? '', 1, '2026-11-25T08:00:30Z');
  const report = await deliver(async () => ({ outcome: 'delivered' }));
  expect(report.delivered).toHaveLength(1);
  expect(seconds()).toBe(30);
});

it('takes an error as a failure: for good where no later try can help', async () => {
  const { deliver, outbox } = await prepare(['a', 'b']);
  const report = await deliver(
    async ({ notification }) => {
      if (notification.id === 'a') throw new SourceError('refused');
      throw new TypeError('odd');
    },
    { tries: 3 },
  );
  expect(report.dead.map(({ message, reason }) => `${message.notification.id} ${reason}`).sort()).toEqual([
    'a refused',
    'b odd',
  ]);
  const dead = await outbox.listDead();
  expect(dead.map(({ attempts }) => attempts).sort()).toEqual([1, 3]);
  for (const { message } of dead) await outbox.enqueue(message.notification);
  expect(await outbox.listPending()).toEqual([]);
});

it('tries a dead letter again when it is asked to, with all tries, and delivers it once', async () => {
  const { deliver, outbox } = await prepare(['a', 'b']);
  const isBroken = ({ notification }: Parameters<Send>[0]) => notification.id === 'a';
  const broken: Send = async (message) => (isBroken(message) ? retry : { outcome: 'delivered' });
  expect((await deliver(broken, { tries: 2 })).dead).toHaveLength(1);
  expect((await deliver(broken)).delivered).toEqual([]);
  const revive = async () => {
    for (const letter of await outbox.listDead()) await outbox.revive(letter);
  };
  await revive();
  expect(await outbox.listDead()).toEqual([]);
  expect((await deliver(broken, { tries: 3 })).dead).toHaveLength(1);
  expect(await outbox.listDead()).toMatchObject([{ attempts: 3 }]);
  await revive();
  const mended = await deliver(async () => ({ outcome: 'delivered' }));
  expect(mended.delivered.map(({ key }) => key)).toEqual(['a#1@c']);
  await revive();
  expect(await deliver(broken)).toEqual({ delivered: [], dead: [], pending: [] });
});

it('tells the end of an alert after its beginning, however often that fails, and lets others pass', async () => {
  const { deliver, outbox } = await prepare(['other']);
  for (const revision of [3, 1, 2]) {
    const type = revision === 3 ? 'all_clear' : revision === 2 ? 'grown' : 'open';
    await outbox.enqueue(makeNotification('a', ['c', 'd'], { revision, type }));
  }
  const keys: string[] = [];
  let failures = 0;
  const send: Send = async ({ key, channel, notification: { id, revision } }) => {
    if (id === 'a' && revision === 1 && channel === 'c' && failures++ < 3) return retry;
    keys.push(key);
    return { outcome: 'delivered' };
  };
  const early = await deliver(send, { seconds: 1 });
  expect(early.pending.map(({ message, reason }) => `${message.key} ${reason}`).sort()).toEqual([
    'a#1@c busy',
    'a#2@c waits for a#1@c',
    'a#3@c waits for a#1@c',
  ]);
  await deliver(send);
  expect(keys.filter((key) => key.endsWith('@c'))).toEqual(['other#1@c', 'a#1@c', 'a#2@c', 'a#3@c']);
  expect(keys.filter((key) => key.endsWith('@d'))).toEqual(['a#1@d', 'a#2@d', 'a#3@d']);
});
