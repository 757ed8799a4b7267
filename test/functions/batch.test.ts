import type { SQSEvent } from 'aws-lambda';
import { expect, test, vi } from 'vitest';
import { processBatch, processTogether } from '../../functions/batch.ts';
import type { Message } from '../../functions/queue.ts';
import { OutOfTimeError, type Run } from '../../functions/worker.ts';

function makeEvent(bodies: string[], { isFifo = false, continuation = '0' } = {}): SQSEvent {
  return {
    Records: bodies.map((body) => ({
      messageId: body,
      body,
      eventSourceARN: `arn:aws:sqs:us-east-1:123456789012:queue${isFifo ? '.fifo' : ''}`,
      messageAttributes: { continuation: { stringValue: continuation, dataType: 'Number' } },
    })),
  } as unknown as SQSEvent;
}

function makeRun(steps = Number.POSITIVE_INFINITY): Run {
  let left = steps;
  return {
    logger: { info: vi.fn(), error: vi.fn() },
    checkTime() {
      left -= 1;
      if (left < 0) throw new OutOfTimeError('the time limit is near');
    },
  } as unknown as Run;
}

const failing = (bad: unknown) => async (body: unknown) => {
  if (body === bad) throw new Error('bad');
};
const ids = (...names: string[]) => ({
  batchItemFailures: names.map((itemIdentifier) => ({ itemIdentifier })),
});

test('a message that fails is named alone; in a FIFO queue those behind it wait', async () => {
  const send = vi.fn();
  expect(await processBatch(makeEvent(['1', '2', '3']), makeRun(), send, failing(2))).toEqual(ids('2'));
  const event = makeEvent(['1', '2', '3'], { isFifo: true });
  expect(await processBatch(event, makeRun(), send, failing(2))).toEqual(ids('2', '3'));
  expect(await processBatch(makeEvent(['{']), makeRun(), send, failing(2))).toEqual(ids('{'));
  expect(send).not.toHaveBeenCalled();
});

test('what the time does not suffice for is sent again, and counted', async () => {
  const sent: Message[] = [];
  const done: unknown[] = [];
  const answer = await processBatch(
    makeEvent(['1', '2', '3'], { continuation: '4' }),
    makeRun(1),
    async (messages) => void sent.push(...messages),
    async (body) => void done.push(body),
  );
  expect(answer).toEqual(ids());
  expect(done).toEqual([1]);
  expect(sent).toEqual([
    { body: 2, continuation: 5 },
    { body: 3, continuation: 5 },
  ]);
});

test('work without headway fails in the end', async () => {
  const send = vi.fn();
  const event = makeEvent(['1', '2'], { continuation: '10' });
  expect(await processBatch(event, makeRun(0), send, async () => {})).toEqual(ids('1', '2'));
  expect(send).not.toHaveBeenCalled();
});

test('a message that cannot be handed over comes again by itself', async () => {
  const refuse = async () => {
    throw new Error('the queue is gone');
  };
  await expect(processBatch(makeEvent(['1']), makeRun(0), refuse, async () => {})).rejects.toThrow('gone');
});

test('one piece of work answers for all messages', async () => {
  const send = vi.fn();
  const work = vi.fn(async () => {});
  const event = makeEvent(['1', '2']);
  expect(await processTogether(event, makeRun(), send, work)).toEqual(ids());
  expect(work).toHaveBeenCalledTimes(1);
  const fails = async () => {
    throw new Error('bad');
  };
  expect(await processTogether(event, makeRun(), send, fails)).toEqual(ids('1', '2'));
});
