import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { CONTINUATION, type Message, type Sender } from './queue.ts';
import { OutOfTimeError, type Run } from './worker.ts';

/** Work that was handed over so often makes no headway: it fails, and becomes a dead letter in the end. */
const MAX_CONTINUATIONS = 10;

/**
 * Does the work of each message of a batch. A message that fails is named, so that SQS delivers it alone again; in a
 * FIFO queue the ones after it wait behind it. What the time does not suffice for is sent again as new messages.
 */
export async function processBatch(
  event: SQSEvent,
  run: Run,
  send: Sender,
  work: (body: unknown, record: SQSRecord) => Promise<void>,
): Promise<SQSBatchResponse> {
  const failed: SQSRecord[] = [];
  for (const [index, record] of event.Records.entries()) {
    try {
      run.checkTime();
      await work(JSON.parse(record.body), record);
    } catch (error) {
      const rest = event.Records.slice(index);
      if (error instanceof OutOfTimeError && rest.every(mayContinue)) {
        await send(rest.map(toContinuation));
        run.logger.info('handed over for lack of time', { messages: rest.length });
        break;
      }
      run.logger.error('a message failed', { messageId: record.messageId, error: error as Error });
      failed.push(...(isFifo(record) ? rest : [record]));
      if (isFifo(record)) break;
    }
  }
  return reportFailed(failed);
}

/** Does one piece of work that answers all messages of a batch: together they succeed, go on later, or fail. */
export async function processTogether(
  event: SQSEvent,
  run: Run,
  send: Sender,
  work: () => Promise<void>,
): Promise<SQSBatchResponse> {
  const [first] = event.Records;
  const { batchItemFailures } = await processBatch({ Records: first ? [first] : [] }, run, send, work);
  return reportFailed(batchItemFailures.length > 0 ? event.Records : []);
}

/** False for work that was handed over so often that it makes no headway. */
export function mayContinue(record: SQSRecord): boolean {
  return countContinuations(record) < MAX_CONTINUATIONS;
}

/** The same work as a new message, which has all its tries before it. */
export function toContinuation(record: SQSRecord): Message {
  return { body: JSON.parse(record.body) as unknown, continuation: countContinuations(record) + 1 };
}

/** What SQS is told: these messages come again, the others of the batch are done. */
export function reportFailed(records: readonly SQSRecord[]): SQSBatchResponse {
  return { batchItemFailures: records.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

function countContinuations({ messageAttributes }: SQSRecord): number {
  return Number(messageAttributes[CONTINUATION]?.stringValue ?? 0);
}

function isFifo({ eventSourceARN }: SQSRecord): boolean {
  return eventSourceARN.endsWith('.fifo');
}
