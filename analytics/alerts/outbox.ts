import { createHash } from 'node:crypto';
import type { ObjectStore } from '../lake/object-store.ts';
import { idempotencyKey, type Notification } from './alert.ts';

const PREFIX = 'alerts/outbox/';
const DIGITS = 6;

/** A message on its way: one notification for one channel. It holds no secret. */
export type OutboxMessage = {
  /** Hash of the key, which names its objects. */
  id: string;
  /** The idempotency key. */
  key: string;
  channel: string;
  notification: Notification;
};

/** A try: the lease comes first; without an outcome it is being made, or its process died. */
export type Attempt = {
  number: number;
  lease: { until: string };
  outcome?: { state: 'retry'; reason: string; notBefore: string };
};

export type DeadLetter = { message: OutboxMessage; reason: string; attempts: number; at: string };

/**
 * The outbox in the lake. A message is pending until it is marked as delivered or dead; the same notification is never
 * pending again, unless somebody revives a dead one.
 */
export type Outbox = {
  /** Makes a message pending for each channel of a notification, unless it is or was. */
  enqueue(notification: Notification): Promise<void>;
  listPending(): Promise<OutboxMessage[]>;
  listDead(): Promise<DeadLetter[]>;
  listAttempts(id: string): Promise<Attempt[]>;
  /** Whether it was delivered or is dead. */
  isSettled(id: string): Promise<boolean>;
  /** Begins a try; false where another process did. */
  lease(id: string, number: number, until: string): Promise<boolean>;
  postpone(id: string, number: number, outcome: NonNullable<Attempt['outcome']>): Promise<void>;
  settle(
    message: OutboxMessage,
    result:
      | { state: 'delivered'; at: string; receipt?: string }
      | { state: 'dead'; at: string; reason: string },
    attempts: number,
  ): Promise<void>;
  /** Makes a dead message pending again, with all its tries before it. */
  revive(letter: DeadLetter): Promise<void>;
  /** Forgets that a settled message was pending. */
  tidy(id: string): Promise<void>;
};

/** Opens the outbox of a lake. */
export function openOutbox(store: ObjectStore): Outbox {
  const pendingKey = (id: string) => `${PREFIX}pending/${id}.json`;
  const settledKey = (state: 'delivered' | 'dead', id: string) => `${PREFIX}${state}/${id}.json`;
  const attemptPrefix = (id: string) => `${PREFIX}attempts/${id}/`;
  const attemptKey = (id: string, number: number, part: 'lease' | 'outcome') =>
    `${attemptPrefix(id)}${String(number).padStart(DIGITS, '0')}.${part}.json`;
  const put = (key: string, value: unknown) =>
    store.write(key, new TextEncoder().encode(`${JSON.stringify(value)}\n`), { onlyIfAbsent: true });
  const list = async (prefix: string) => {
    const keys: string[] = [];
    for await (const { key } of store.list(prefix)) keys.push(key);
    return keys;
  };
  const readAll = async <T>(prefix: string): Promise<T[]> => {
    const values: T[] = [];
    for (const key of await list(prefix)) {
      const value = await readJson<T>(store, key);
      if (value !== undefined) values.push(value);
    }
    return values;
  };
  const isSettled = async (id: string) => {
    for (const state of ['delivered', 'dead'] as const) {
      if ((await list(settledKey(state, id))).length > 0) return true;
    }
    return false;
  };
  const tidy = async (id: string) => {
    await store.remove(pendingKey(id));
    for (const key of await list(attemptPrefix(id))) await store.remove(key);
  };
  return {
    isSettled,
    tidy,
    async enqueue(notification) {
      for (const channel of notification.channels) {
        const key = idempotencyKey(notification, channel);
        const id = createHash('sha256').update(key).digest('hex').slice(0, 32);
        const message: OutboxMessage = { id, key, channel, notification };
        if (!(await isSettled(id))) await put(pendingKey(id), message);
      }
    },
    listPending: () => readAll(`${PREFIX}pending/`),
    listDead: () => readAll(`${PREFIX}dead/`),
    async listAttempts(id) {
      const attempts = new Map<number, Attempt>();
      for (const key of await list(attemptPrefix(id))) {
        const [, digits = '', part] = /\/(\d+)\.(lease|outcome)\.json$/.exec(key) ?? [];
        const value = await readJson<Record<string, unknown>>(store, key);
        const number = Number(digits);
        const known = attempts.get(number) ?? { number, lease: { until: '' } };
        if (value && part) attempts.set(number, { ...known, [part]: value } as Attempt);
      }
      return [...attempts.values()].sort((a, b) => a.number - b.number);
    },
    lease: (id, number, until) => put(attemptKey(id, number, 'lease'), { until }),
    async postpone(id, number, outcome) {
      await put(attemptKey(id, number, 'outcome'), outcome);
    },
    async revive({ message }) {
      await put(pendingKey(message.id), message);
      await store.remove(settledKey('dead', message.id));
    },
    async settle(message, { state, ...result }, attempts) {
      await put(settledKey(state, message.id), { message, ...result, attempts });
      await tidy(message.id);
    },
  };
}

/** The object's value; undefined where another process has removed it. */
async function readJson<T>(store: ObjectStore, key: string): Promise<T | undefined> {
  try {
    return JSON.parse(new TextDecoder().decode(await store.read(key))) as T;
  } catch (error) {
    if ((error as Error).name === 'ObjectNotFoundError') return undefined;
    throw error;
  }
}
