import { SourceError } from '../errors.ts';
import type { Attempt, Outbox, OutboxMessage } from './outbox.ts';

/** How a try ended, as the channel understands the answer. */
export type SendResult =
  | { outcome: 'delivered'; receipt?: string }
  /** May work later, at the earliest after `retryAfterSeconds`. */
  | { outcome: 'retry'; reason: string; retryAfterSeconds?: number }
  /** Will never work. */
  | { outcome: 'rejected'; reason: string };

/** Sends one message; must stop when the signal says so, and must not put a secret into a reason or an error. */
export type Send = (message: OutboxMessage, signal: AbortSignal) => Promise<SendResult>;

export type DeliveryOptions = {
  outbox: Outbox;
  send: Send;
  tries: number;
  firstDelaySeconds: number;
  longestDelaySeconds: number;
  timeoutSeconds: number;
  /** Retries that are due later are left to the next run. */
  deadline: Date;
  /** Messages that are on their way at once. */
  concurrency?: number;
  now?: () => number;
  sleep?: (milliseconds: number) => Promise<void>;
  /** 0 to 1. */
  random?: () => number;
};

export type DeliveryReport = {
  delivered: OutboxMessage[];
  dead: { message: OutboxMessage; reason: string }[];
  /** Left for a later run, with the reason of the last try. */
  pending: { message: OutboxMessage; reason: string }[];
};

/** A lease outlives the time limit of a try by this factor, so that no two tries overlap. */
const LEASE_FACTOR = 3;
/** How often a message is looked at that another process is delivering. */
const WATCH_MS = 1000;
const TAKEN = 'another process is delivering it';
const DEFAULT_CONCURRENCY = 4;
const LONGEST_RETRY_AFTER_SECONDS = 24 * 3600;
const REASON_CHARACTERS = 300;

/**
 * Delivers what is pending, each message at least once: a try begins with a lease that one process alone can get, and a
 * message whose process died is tried again when the lease is over. Failures are retried with growing, random delays,
 * no sooner than the receiver asks; after the last try a message is a dead letter, with the reason. A channel is told
 * nothing of an alert before what came earlier of it is settled: its end does not overtake its beginning.
 */
export async function deliverPending(options: DeliveryOptions): Promise<DeliveryReport> {
  const { outbox, deadline, now = Date.now, sleep = wait, concurrency = DEFAULT_CONCURRENCY } = options;
  const report: DeliveryReport = { delivered: [], dead: [], pending: [] };
  // By the time when they are due, so that no message waits behind the retries of another.
  const queue = lineUp(await outbox.listPending());
  const work = async () => {
    for (let due = takeEarliest(queue); due; due = takeEarliest(queue)) {
      const { message, at, reason, later } = due;
      if (at >= deadline.getTime()) {
        const why = `waits for ${message.key}`;
        report.pending.push({ message, reason }, ...later.map((each) => ({ message: each, reason: why })));
        continue;
      }
      if (at > now()) await sleep(at - now());
      const step = await tryOnce(message, options, now);
      if (step.state === 'delivered') report.delivered.push(message);
      if (step.state === 'dead') report.dead.push({ message, reason: step.reason });
      if (step.state === 'wait') queue.push({ message, at: step.until, reason: step.reason, later });
      else queue.push(...startLine(later));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return report;
}

type Due = {
  message: OutboxMessage;
  at: number;
  reason: string;
  /** What the channel is to be told of the same alert after it. */
  later: OutboxMessage[];
};

/** The first message of each alert and channel, with those after it. */
function lineUp(messages: readonly OutboxMessage[]): Due[] {
  const lines = new Map<string, OutboxMessage[]>();
  for (const message of messages.toSorted((a, b) => a.notification.revision - b.notification.revision)) {
    const key = JSON.stringify([message.notification.id, message.channel]);
    lines.set(key, [...(lines.get(key) ?? []), message]);
  }
  return [...lines.values()].flatMap(startLine);
}

function startLine([message, ...later]: readonly OutboxMessage[]): Due[] {
  return message ? [{ message, at: 0, reason: '', later }] : [];
}

function takeEarliest(queue: Due[]): Due | undefined {
  const earliest = queue.reduce<Due | undefined>(
    (first, due) => (first && first.at <= due.at ? first : due),
    undefined,
  );
  if (earliest) queue.splice(queue.indexOf(earliest), 1);
  return earliest;
}

type Step =
  | { state: 'delivered' }
  | { state: 'dead'; reason: string }
  /** Another process has dealt with it. */
  | { state: 'settled' }
  | { state: 'wait'; until: number; reason: string };

async function tryOnce(message: OutboxMessage, options: DeliveryOptions, now: () => number): Promise<Step> {
  const { outbox, tries, timeoutSeconds } = options;
  const attempts = await outbox.listAttempts(message.id);
  const last = attempts.at(-1);
  const blocked = last && findBlock(last, now());
  if (blocked) return blocked;
  if (await outbox.isSettled(message.id)) {
    await outbox.tidy(message.id);
    return { state: 'settled' };
  }
  const number = (last?.number ?? 0) + 1;
  const until = now() + timeoutSeconds * 1000 * LEASE_FACTOR;
  if (!(await outbox.lease(message.id, number, new Date(until).toISOString()))) {
    return { state: 'wait', until: now() + WATCH_MS, reason: TAKEN };
  }
  // The attempts of a message that was settled meanwhile are gone, so that the lease alone does not tell.
  if (await outbox.isSettled(message.id)) {
    await outbox.tidy(message.id);
    return { state: 'settled' };
  }
  const result = await sendInTime(message, options);
  const at = new Date(now()).toISOString();
  if (result.outcome === 'delivered') {
    const receipt = result.receipt === undefined ? {} : { receipt: result.receipt };
    await outbox.settle(message, { state: 'delivered', at, ...receipt }, number);
    return { state: 'delivered' };
  }
  const reason = result.reason.slice(0, REASON_CHARACTERS);
  if (result.outcome === 'rejected' || number >= tries) {
    await outbox.settle(message, { state: 'dead', at, reason }, number);
    return { state: 'dead', reason };
  }
  const notBefore = now() + chooseDelay(number, result.retryAfterSeconds, options) * 1000;
  await outbox.postpone(message.id, number, {
    state: 'retry',
    reason,
    notBefore: new Date(notBefore).toISOString(),
  });
  return { state: 'wait', until: notBefore, reason };
}

function findBlock({ lease, outcome }: Attempt, now: number): Step | undefined {
  const until = Date.parse(outcome ? outcome.notBefore : lease.until);
  if (!(until > now)) return undefined;
  if (outcome) return { state: 'wait', until, reason: outcome.reason };
  return { state: 'wait', until: Math.min(until, now + WATCH_MS), reason: TAKEN };
}

async function sendInTime(
  message: OutboxMessage,
  { send, timeoutSeconds }: DeliveryOptions,
): Promise<SendResult> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<SendResult>((resolve) => {
    timer = setTimeout(() => {
      controller.abort();
      resolve({ outcome: 'retry', reason: `no answer within ${timeoutSeconds} s` });
    }, timeoutSeconds * 1000);
  });
  try {
    return await Promise.race([send(message, controller.signal), expired]);
  } catch (error) {
    if (error instanceof SourceError && !error.isRetryable)
      return { outcome: 'rejected', reason: error.message };
    return { outcome: 'retry', reason: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** Half of the exponential delay is fixed, half random; never less than the receiver asked for. */
function chooseDelay(
  attempt: number,
  retryAfterSeconds: number | undefined,
  { firstDelaySeconds, longestDelaySeconds, random = Math.random }: DeliveryOptions,
): number {
  const ceiling = Math.min(longestDelaySeconds, firstDelaySeconds * 2 ** (attempt - 1));
  const asked = Math.min(retryAfterSeconds ?? 0, LONGEST_RETRY_AFTER_SECONDS);
  return Math.max(asked, ceiling / 2 + (random() * ceiling) / 2);
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
