import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openChannel } from '../../analytics/alerts/channels/open-channel.ts';
import type { SendResult } from '../../analytics/alerts/deliver.ts';
import { describeMessage } from '../../analytics/alerts/message.ts';
import { alertsSchema } from '../../analytics/configuration/alerts-schema.ts';
import { AwsFault } from '../aws/wire-protocol.ts';
import { startWireServer, type Trouble, type WireServer, type World } from '../aws/wire-server.ts';
import { makeNotification } from './alert-fixtures.ts';

const CHANNELS = {
  sns: { type: 'sns', topic_arn: 'arn:aws:sns:eu-west-1:123456789012:finops' },
  eventbridge: { type: 'eventbridge', event_bus: 'arn:aws:events:eu-west-1:123456789012:event-bus/finops' },
  ses: { type: 'ses', from: 'a@example.com', to: ['b@example.com'], region: 'eu-west-1' },
};
const OPERATIONS = {
  sns: ['sns', 'Publish'],
  eventbridge: ['events', 'PutEvents'],
  ses: ['ses', 'SendEmail'],
} as const;
type ChannelType = keyof typeof CHANNELS;

let server: WireServer | undefined;

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'TESTKEY');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_REGION', 'us-east-1');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server?.close();
});

/** Sends one message to a server that answers as it is told. */
async function send(type: ChannelType, answer: () => object, trouble?: Trouble): Promise<SendResult> {
  const [service, operation] = OPERATIONS[type];
  server = await startWireServer({ [service]: { [operation]: answer } } as World);
  server.trouble = () => trouble;
  server.credentials.set('TESTKEY', '123456789012');
  vi.stubEnv('AWS_ENDPOINT_URL', server.endpoint);
  const { channels } = alertsSchema.parse({ channels: { out: CHANNELS[type] } });
  const outbox = {
    id: 'x',
    key: 'a1#1@out',
    channel: 'out',
    notification: makeNotification('a1', ['out']),
  };
  const channel = openChannel(channels.out as never, { readSecret: async () => '' });
  return channel(describeMessage(outbox, { feedback: undefined }), AbortSignal.timeout(10_000));
}

describe('an event bus that accepts the request but not the event', () => {
  const refuse = (ErrorCode: string) => () => ({
    FailedEntryCount: 1,
    Entries: [{ ErrorCode, ErrorMessage: 'try again' }],
  });

  it.each(['ThrottlingException', 'InternalFailure'])('is asked again after %s', async (code) => {
    expect(await send('eventbridge', refuse(code))).toEqual({ outcome: 'retry', reason: code });
  });

  it('is not asked again where the event itself is wrong', async () => {
    expect(await send('eventbridge', refuse('MalformedDetail'))).toEqual({
      outcome: 'rejected',
      reason: 'MalformedDetail',
    });
  });

  it('that says nothing of the event has not taken it', async () => {
    expect(await send('eventbridge', () => ({ FailedEntryCount: 1, Entries: [] }))).toMatchObject({
      outcome: 'retry',
    });
  });
});

describe.each(['sns', 'eventbridge', 'ses'] as const)('%s', (type) => {
  it('is asked once a try, in its own region, and again later when it is busy', async () => {
    const busy = () => {
      throw new AwsFault('ThrottlingException', 'Rate exceeded', 400);
    };
    expect(await send(type, busy)).toEqual({ outcome: 'retry', reason: 'ThrottlingException' });
    expect(server?.calls.map(({ region }) => region)).toEqual(['eu-west-1']);
  });

  const accept = () =>
    type === 'eventbridge' ? { FailedEntryCount: 0, Entries: [{ EventId: 'm1' }] } : { MessageId: 'm1' };

  it('says under which id it took the message', async () => {
    expect(await send(type, accept)).toEqual({ outcome: 'delivered', receipt: 'm1' });
  });

  it.each(['cut', 'half', 'html'] as const)('whose answer is %s may not have taken it', async (trouble) => {
    expect(await send(type, accept, trouble)).toMatchObject({ outcome: 'retry' });
  });
});
