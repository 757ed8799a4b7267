import { createHash } from 'node:crypto';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { ChannelSettings } from '../../configuration/alerts-schema.ts';
import type { SendResult } from '../deliver.ts';
import { describeForPrograms, formatText, type Message } from '../message.ts';
import { composeMail } from './email.ts';

type Settings<Type extends ChannelSettings['type']> = Extract<ChannelSettings, { type: Type }>;

const SUBJECT_CHARACTERS = 99;
/** The service's limit on a message or an event, with room for what goes around the text. */
const TEXT_BYTES = 200 * 1024;
/** Other days' numbers are on the page. */
const EVENT_MEMBERS = 50;

/** Publishes to an SNS topic: the text, and attributes that subscriptions can filter on. FIFO topics deduplicate. */
export async function sendSns(
  message: Message,
  { topic_arn }: Settings<'sns'>,
  signal: AbortSignal,
): Promise<SendResult> {
  const { notification } = message.outbox;
  const { alert, severity, type } = notification;
  const attributes = {
    idempotency_key: message.key,
    type,
    severity,
    kind: alert.kind,
    team: alert.team,
    owner: alert.owner,
  };
  const isFifo = topic_arn.endsWith('.fifo');
  const command = new PublishCommand({
    TopicArn: topic_arn,
    Subject: cutSubject(message.title),
    Message: cutBytes(formatText(message), TEXT_BYTES),
    MessageAttributes: Object.fromEntries(
      Object.entries(attributes)
        .filter(([, value]) => value !== '')
        .map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
    ),
    ...(isFifo ? { MessageGroupId: hash(notification.id), MessageDeduplicationId: hash(message.key) } : {}),
  });
  const client = new SNSClient(regionOf(topic_arn.split(':')[3]));
  return callAws(async () => (await client.send(command, { abortSignal: signal })).MessageId);
}

/** Puts an event on a bus: detail type `Headroom Alert`, the detail as webhooks get it. */
export async function sendEventbridge(
  message: Message,
  { event_bus, source, region }: Settings<'eventbridge'>,
  signal: AbortSignal,
): Promise<SendResult> {
  const detail = describeForPrograms(message);
  const members = (detail.members as unknown[]).slice(0, EVENT_MEMBERS);
  const command = new PutEventsCommand({
    Entries: [
      {
        EventBusName: event_bus,
        Source: source,
        DetailType: 'Headroom Alert',
        Time: new Date(message.outbox.notification.decidedAt),
        Detail: JSON.stringify({ ...detail, members }),
      },
    ],
  });
  const busRegion = event_bus.startsWith('arn:') ? event_bus.split(':')[3] : region;
  const client = new EventBridgeClient(regionOf(busRegion));
  return callAws(async () => {
    const { Entries: [entry] = [] } = await client.send(command, { abortSignal: signal });
    if (entry?.ErrorCode) throw Object.assign(new Error(entry.ErrorCode), { name: entry.ErrorCode });
    return entry?.EventId;
  });
}

/** Sends a mail by Amazon SES. */
export async function sendSes(
  message: Message,
  settings: Settings<'ses'>,
  signal: AbortSignal,
): Promise<SendResult> {
  const mail = await composeMail(message, settings);
  if (mail.to.length === 0) return { outcome: 'rejected', reason: 'nobody to send it to' };
  const command = new SendEmailCommand({
    FromEmailAddress: mail.from,
    Destination: { ToAddresses: mail.to },
    Content: { Raw: { Data: mail.raw } },
    ...(settings.configuration_set ? { ConfigurationSetName: settings.configuration_set } : {}),
  });
  const client = new SESv2Client(regionOf(settings.region));
  return callAws(async () => (await client.send(command, { abortSignal: signal })).MessageId);
}

/** Errors that no later try can heal. */
const FINAL =
  /^(InvalidParameter|ValidationException|BadRequest|MessageRejected|MalformedDetail|InvalidArgument)/;

/** The outbox repeats what failed, so that the SDK's own retries are not needed, and a lease is never outlived. */
async function callAws(call: () => Promise<string | undefined>): Promise<SendResult> {
  try {
    const receipt = await call();
    // Whatever answered did not take it: the service gives each message an id.
    if (receipt === undefined) return { outcome: 'retry', reason: 'NoReceipt' };
    return { outcome: 'delivered', receipt };
  } catch (error) {
    const { name } = error as Error;
    return { outcome: FINAL.test(name) ? 'rejected' : 'retry', reason: name };
  }
}

function regionOf(region: string | undefined) {
  return { maxAttempts: 1, ...(region ? { region } : {}) };
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Subjects of SNS are ASCII in one line: accents go, and what is no letter then is a space. */
function cutSubject(title: string): string {
  const ascii = title
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\x21-\x7e]+/g, ' ')
    .trim();
  return ascii.slice(0, SUBJECT_CHARACTERS) || 'Headroom alert';
}

function cutBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text);
  return bytes.length <= limit
    ? text
    : bytes
        .subarray(0, limit)
        .toString('utf8')
        .replace(/\ufffd+$/, '');
}
