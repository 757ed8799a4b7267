import { createHash } from 'node:crypto';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { SourceError } from '../analytics/errors.ts';

/** SQS takes no more in one request. */
const BATCH_MESSAGES = 10;
/** A FIFO queue keeps the order within a group: all of it is one. */
const GROUP = 'headroom';

/** How often a piece of work was handed over for lack of time; counted in a message attribute. */
export const CONTINUATION = 'continuation';

export type Message = { body: unknown; continuation?: number };
export type Sender = (messages: readonly Message[]) => Promise<void>;

/** Sends to the queue at a URL. Throws SourceError when a message was not taken; those before it were. */
export function createSender(queueUrl: string, client = new SQSClient({})): Sender {
  const isFifo = queueUrl.endsWith('.fifo');
  return async (messages) => {
    for (let start = 0; start < messages.length; start += BATCH_MESSAGES) {
      const { Failed = [] } = await client.send(
        new SendMessageBatchCommand({
          QueueUrl: queueUrl,
          Entries: messages.slice(start, start + BATCH_MESSAGES).map((message, index) => ({
            Id: String(index),
            MessageBody: JSON.stringify(message.body),
            MessageAttributes: {
              [CONTINUATION]: { DataType: 'Number', StringValue: String(message.continuation ?? 0) },
            },
            ...(isFifo ? { MessageGroupId: GROUP, MessageDeduplicationId: identify(message) } : {}),
          })),
        }),
      );
      const [failed] = Failed;
      if (failed)
        throw new SourceError(`${queueUrl}: ${failed.Code}: ${failed.Message}`, { isRetryable: true });
    }
  };
}

/** The same work within five minutes is one message; handed over, it is another. */
function identify({ body, continuation = 0 }: Message): string {
  return createHash('sha256')
    .update(JSON.stringify([body, continuation]))
    .digest('hex');
}
