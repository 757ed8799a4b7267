import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { onTestFinished } from 'vitest';
import { missingRuntime, type RunningLambda, startLambda } from '../../support/lambda-runtime.ts';
import { MOTO, TEST_CREDENTIALS, TEST_REGION, VERSITYGW } from '../../support/s3-servers.ts';
import { makeClient } from '../s3/setup.ts';

export const GOLDEN = fileURLToPath(new URL('../../golden/worked-month/', import.meta.url));
const QUEUE_ARN = 'arn:aws:sqs:us-east-1:123456789012:';

/** Why the suite cannot run here, or undefined. */
export const missing = missingRuntime ?? VERSITYGW.missing ?? MOTO.missing;

/** An account in AWS's stead: versitygw for S3, moto for everything else. */
export type Account = {
  s3: S3Client;
  /** What a function's environment holds besides its own settings. */
  environment: Record<string, string>;
  makeBucket(): Promise<string>;
  makeQueue(options?: { isFifo?: boolean }): Promise<string>;
  /** Takes all messages from a queue, as the event of a function that is subscribed to it. */
  receive(queueUrl: string): Promise<SQSEvent>;
  stop(): Promise<void>;
};

export async function startAccount(cacheFolder: string): Promise<Account> {
  const [storage, rest] = await Promise.all([VERSITYGW.start(), MOTO.start()]);
  const s3 = makeClient(storage.endpoint);
  const sqs = new SQSClient({ endpoint: rest.endpoint, region: TEST_REGION, credentials: TEST_CREDENTIALS });
  return {
    s3,
    environment: {
      AWS_ENDPOINT_URL: rest.endpoint,
      AWS_ENDPOINT_URL_S3: storage.endpoint,
      AWS_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
      HEADROOM_CACHE_DIR: cacheFolder,
      POWERTOOLS_SERVICE_NAME: 'headroom-test',
      POWERTOOLS_METRICS_NAMESPACE: 'Headroom',
    },
    async makeBucket() {
      const bucket = `headroom-${randomUUID()}`;
      await s3.send(new CreateBucketCommand({ Bucket: bucket }));
      return bucket;
    },
    async makeQueue({ isFifo = false } = {}) {
      const { QueueUrl = '' } = await sqs.send(
        new CreateQueueCommand({
          QueueName: `${randomUUID()}${isFifo ? '.fifo' : ''}`,
          ...(isFifo ? { Attributes: { FifoQueue: 'true' } } : {}),
        }),
      );
      return QueueUrl;
    },
    async receive(queueUrl) {
      const bodies: { body: string; continuation: string }[] = [];
      for (;;) {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({
            QueueUrl: queueUrl,
            MaxNumberOfMessages: 10,
            MessageAttributeNames: ['All'],
          }),
        );
        if (Messages.length === 0) return makeSqsEvent(bodies, queueUrl.endsWith('.fifo'));
        for (const { Body = '', ReceiptHandle = '', MessageAttributes } of Messages) {
          bodies.push({ body: Body, continuation: MessageAttributes?.continuation?.StringValue ?? '' });
          await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
        }
      }
    },
    async stop() {
      s3.destroy();
      sqs.destroy();
      await Promise.all([storage.stop(), rest.stop()]);
    },
  };
}

/** The event by which SQS delivers messages; ids are message-0, message-1, ... */
export function makeSqsEvent(messages: { body: string; continuation?: string }[], isFifo = false): SQSEvent {
  return {
    Records: messages.map(({ body, continuation = '0' }, index) => ({
      messageId: `message-${index}`,
      receiptHandle: `receipt-${index}`,
      body,
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: '0',
        SenderId: 'sender',
        ApproximateFirstReceiveTimestamp: '0',
      },
      messageAttributes: { continuation: { stringValue: continuation, dataType: 'Number' } },
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: `${QUEUE_ARN}test${isFifo ? '.fifo' : ''}`,
      awsRegion: TEST_REGION,
    })),
  };
}

/** Starts a function for one test. */
export async function runLambda(
  taskRoot: string,
  environment: Record<string, string>,
): Promise<RunningLambda> {
  const lambda = await startLambda(taskRoot, environment);
  onTestFinished(() => lambda.stop());
  return lambda;
}

/** Puts the worked month into a bucket as AWS Data Exports deliver it. Returns the manifest's key. */
export async function deliverExport(s3: S3Client, bucket: string): Promise<string> {
  const period = 'BILLING_PERIOD=2026-10';
  const dataKey = `exports/worked/data/${period}/2026-11-02T03:04:05.000Z-1b9d6bcd/worked-00001.csv`;
  const manifestKey = `exports/worked/metadata/${period}/worked-Manifest.json`;
  const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  await put(dataKey, readFileSync(path.join(GOLDEN, 'charges.csv'), 'utf8'));
  await put(manifestKey, JSON.stringify({ reportName: 'worked', dataFiles: [`s3://${bucket}/${dataKey}`] }));
  return manifestKey;
}

/** Puts the worked month's configuration where functions read it. */
export async function deliverConfiguration(s3: S3Client, bucket: string): Promise<void> {
  const folder = path.join(GOLDEN, 'config');
  for (const name of readdirSync(folder)) {
    const Body = readFileSync(path.join(folder, name), 'utf8');
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `config/${name}`, Body }));
  }
}

/** S3's notification of a new object. */
export function makeArrival(bucket: string, key: string): string {
  const object = { key: encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+') };
  return JSON.stringify({
    Records: [{ eventName: 'ObjectCreated:Put', s3: { bucket: { name: bucket }, object } }],
  });
}
