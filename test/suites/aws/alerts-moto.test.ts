import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openChannel } from '../../../analytics/alerts/channels/open-channel.ts';
import { describeMessage } from '../../../analytics/alerts/message.ts';
import { openOutbox } from '../../../analytics/alerts/outbox.ts';
import { runAlerts } from '../../../analytics/alerts/run-alerts.ts';
import { createSecretReader } from '../../../analytics/alerts/secrets.ts';
import { alertsSchema } from '../../../analytics/configuration/alerts-schema.ts';
import { loadConfiguration } from '../../../analytics/configuration/load-configuration.ts';
import { importPath } from '../../../analytics/jobs/import.ts';
import { runModels } from '../../../analytics/jobs/run.ts';
import { openFolderStore } from '../../../analytics/lake/folder-store.ts';
import { openStore, readS3Settings } from '../../../analytics/lake/open-store.ts';
import { makeNotification } from '../../alerts/alert-fixtures.ts';
import { MOTO, type S3Server, TEST_CREDENTIALS, TEST_REGION } from '../../support/s3-servers.ts';
import { makeBudgetRun } from '../delivery/budget-run.ts';
import { startReceiver } from '../delivery/https-receiver.ts';
import { type Identity, makeIdentity } from '../delivery/self-signed.ts';

/** moto 5.2.5 stands for AWS: topics, queues, buses, mail and parameters that we did not write. */
const GOLDEN = fileURLToPath(new URL('../../golden/worked-month', import.meta.url));
const KEY = 'a1#1@out';
const SECRET_PATH = '/T000/B000/not-to-be-seen-anywhere';
const SIGNING_KEY = 'signing-key-not-to-be-seen';
const FEEDBACK_KEY = 'feedback-key-not-to-be-seen';

if (MOTO.missing) process.stdout.write(`skipped: alerts against moto: ${MOTO.missing}\n`);

describe.skipIf(MOTO.missing)('alerts against moto', () => {
  let server: S3Server;
  let identity: Identity;
  let folder: string;

  beforeAll(async () => {
    server = await MOTO.start();
    identity = makeIdentity(['hooks.example.test']);
  });
  afterAll(() => server?.stop());
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'alerts-moto-'));
    // Channels make their clients as in production: from the environment alone.
    vi.stubEnv('AWS_ENDPOINT_URL', server.endpoint);
    vi.stubEnv('AWS_ACCESS_KEY_ID', TEST_CREDENTIALS.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', TEST_CREDENTIALS.secretAccessKey);
    vi.stubEnv('AWS_REGION', TEST_REGION);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await fetch(`${server.endpoint}/moto-api/reset`, { method: 'POST' });
    await rm(folder, { recursive: true });
  });

  const settingsOf = () => ({
    endpoint: server.endpoint,
    region: TEST_REGION,
    credentials: TEST_CREDENTIALS,
  });

  async function makeQueue(QueueName: string, Attributes?: Record<string, string>) {
    const sqs = new SQSClient(settingsOf());
    const { QueueUrl } = await sqs.send(
      new CreateQueueCommand({ QueueName, ...(Attributes ? { Attributes } : {}) }),
    );
    const { Attributes: { QueueArn: arn = '' } = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    );
    const receive = async () => {
      const bodies: string[] = [];
      for (;;) {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
        );
        if (Messages.length === 0) return bodies;
        for (const { Body = '', ReceiptHandle } of Messages) {
          bodies.push(Body);
          await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
        }
      }
    };
    return { arn, receive };
  }

  /** A topic with a queue behind it; only some messages where there is a filter. */
  async function makeTopic(name: string, filter?: object) {
    const isFifo = name.endsWith('.fifo');
    const sns = new SNSClient(settingsOf());
    const fifo = isFifo ? { FifoTopic: 'true' } : {};
    const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: name, Attributes: fifo }));
    const queue = await makeQueue(`q-${name}`, isFifo ? { FifoQueue: 'true' } : undefined);
    await sns.send(
      new SubscribeCommand({
        TopicArn,
        Protocol: 'sqs',
        Endpoint: queue.arn,
        ...(filter ? { Attributes: { FilterPolicy: JSON.stringify(filter) } } : {}),
      }),
    );
    return { arn: TopicArn, receive: async () => (await queue.receive()).map((body) => JSON.parse(body)) };
  }

  /** An event bus; events that the pattern fits go to a queue. */
  async function makeBus(Name: string, pattern: object) {
    const events = new EventBridgeClient(settingsOf());
    await events.send(new CreateEventBusCommand({ Name }));
    const rule = { Name: 'alerts', EventBusName: Name, EventPattern: JSON.stringify(pattern) };
    await events.send(new PutRuleCommand(rule));
    const queue = await makeQueue(`q-${Name}`);
    await events.send(
      new PutTargetsCommand({ Rule: 'alerts', EventBusName: Name, Targets: [{ Id: '1', Arn: queue.arn }] }),
    );
    return { receive: async () => (await queue.receive()).map((body) => JSON.parse(body)) };
  }

  const verify = (EmailIdentity: string) =>
    new SESv2Client(settingsOf()).send(new CreateEmailIdentityCommand({ EmailIdentity }));

  async function readMails(): Promise<{ destinations: string[]; raw_data: string }[]> {
    const answer = await fetch(`${server.endpoint}/moto-api/data.json`);
    const data = (await answer.json()) as { ses: { RawMessage: never[] } };
    return data.ses.RawMessage;
  }

  const putSecret = (Name: string, Value: string) =>
    new SSMClient(settingsOf()).send(new PutParameterCommand({ Name, Value, Type: 'SecureString' }));

  /** Sends one message by a channel of the configuration. */
  function send(channel: object, changes: Parameters<typeof makeNotification>[2] = {}) {
    const { channels } = alertsSchema.parse({ channels: { out: channel } });
    const outbox = {
      id: 'x',
      key: KEY,
      channel: 'out',
      notification: makeNotification('a1', ['out'], changes),
    };
    const message = describeMessage(outbox, {
      page_url: 'https://headroom.example.com/',
      feedback: undefined,
    });
    return openChannel(channels.out as never, { readSecret: createSecretReader({}) })(
      message,
      AbortSignal.timeout(20_000),
    );
  }

  describe('a topic', () => {
    it('passes the text on, with attributes that subscriptions filter by', async () => {
      const all = await makeTopic('finops');
      const critical = await makeTopic('page-me', { severity: ['critical'] });
      for (const { arn } of [all, critical]) {
        expect(await send({ type: 'sns', topic_arn: arn })).toMatchObject({
          outcome: 'delivered',
          receipt: expect.stringMatching(/.+/),
        });
      }
      expect(await critical.receive()).toEqual([]);
      const [received, ...more] = await all.receive();
      expect(more).toEqual([]);
      expect(received.Subject).toBe('ledger costs 120.50 USD a day more');
      expect(received.MessageAttributes).toEqual(
        Object.fromEntries(
          Object.entries({
            idempotency_key: KEY,
            type: 'open',
            severity: 'high',
            kind: 'anomaly',
            team: 'payments',
            owner: 'ada@example.com',
          }).map(([name, Value]) => [name, { Type: 'String', Value }]),
        ),
      );
      for (const part of [
        '12 new m7g.4xlarge',
        'Next step: Ask ada',
        'Last days: ',
        'https://headroom.example.com/',
      ]) {
        expect(received.Message).toContain(part);
      }
      await send({ type: 'sns', topic_arn: critical.arn }, { severity: 'critical' });
      expect(await critical.receive()).toHaveLength(1);
    });

    it('of the kind FIFO shows a message once that was sent twice', async () => {
      const { arn, receive } = await makeTopic('finops.fifo');
      for (const _ of [1, 2]) {
        expect(await send({ type: 'sns', topic_arn: arn })).toMatchObject({ outcome: 'delivered' });
      }
      expect(await receive()).toHaveLength(1);
    });

    it('takes a title of any length and script as its subject', async () => {
      const { arn, receive } = await makeTopic('finops');
      const { alert } = makeNotification('a1', []);
      const title = `Kosten für „Suche“ ${'x'.repeat(400)}\nsecond line`;
      expect(await send({ type: 'sns', topic_arn: arn }, { alert: { ...alert, title } })).toMatchObject({
        outcome: 'delivered',
      });
      const [{ Subject }] = await receive();
      expect(Subject).toMatch(/^[\x21-\x7e][\x20-\x7e]{1,98}$/);
    });

    it('that is not there may be there later', async () => {
      const { arn } = await makeTopic('finops');
      expect(await send({ type: 'sns', topic_arn: arn.replace('finops', 'gone') })).toEqual({
        outcome: 'retry',
        reason: 'NotFoundException',
      });
    });
  });

  describe('an event bus', () => {
    const pattern = {
      source: ['headroom'],
      'detail-type': ['Headroom Alert'],
      detail: { severity: ['high'], team: ['payments'] },
    };

    it('gives rules what they match on, and targets the whole alert', async () => {
      const { receive } = await makeBus('finops', pattern);
      const sent = await send({ type: 'eventbridge', event_bus: 'finops' });
      expect(sent).toMatchObject({ outcome: 'delivered', receipt: expect.stringMatching(/.+/) });
      await send({ type: 'eventbridge', event_bus: 'finops' }, { severity: 'low' });
      const received = await receive();
      expect(received).toHaveLength(1);
      expect(received[0]).toMatchObject({
        source: 'headroom',
        'detail-type': 'Headroom Alert',
        detail: {
          version: 1,
          idempotency_key: KEY,
          severity: 'high',
          id: 'a1',
          amount_per_day: '120.5',
          causes: [{ text: '12 new m7g.4xlarge', amount: '110' }],
          next_step: 'Ask ada whether the load test still runs.',
          links: { page: 'https://headroom.example.com/' },
        },
      });
      expect(received[0].detail.series).toHaveLength(30);
    });
  });

  describe('Amazon SES', () => {
    const channel = {
      type: 'ses',
      from: 'Headroom <headroom@example.com>',
      to: ['finops@example.com'],
      to_owner: true,
    };

    it('gets a mail of HTML with the chart and of text, for the address and the owner', async () => {
      await verify('headroom@example.com');
      expect(await send(channel)).toMatchObject({
        outcome: 'delivered',
        receipt: expect.stringMatching(/.+/),
      });
      const [mail, ...more] = await readMails();
      expect(more).toEqual([]);
      expect(new Set(mail?.destinations)).toEqual(new Set(['finops@example.com', 'ada@example.com']));
      for (const part of [
        `X-Headroom-Idempotency-Key: ${KEY}`,
        'Subject: ledger costs 120.50 USD a day more',
        'multipart/alternative',
        'Content-Type: text/plain',
        'Content-Type: text/html',
        'Content-Type: image/png',
        'cid:chart@headroom',
      ]) {
        expect(mail?.raw_data).toContain(part);
      }
    });

    it('that may not send for the address refuses for good', async () => {
      expect(await send(channel)).toEqual({ outcome: 'rejected', reason: 'MessageRejected' });
    });
  });

  describe('a whole run', () => {
    const ssm = (name: string) => `ssm:/headroom/alerts/${name}`;

    it('takes its secrets from parameters, reaches every channel once, and keeps no secret', async () => {
      const receiver = await startReceiver(identity, () => ['ok']);
      const topic = await makeTopic('finops.fifo');
      const bus = await makeBus('finops', { source: ['headroom'] });
      await verify('headroom@example.com');
      await putSecret('/headroom/alerts/slack', new URL(SECRET_PATH, receiver.url).href);
      await putSecret('/headroom/alerts/hook', SIGNING_KEY);
      await putSecret('/headroom/alerts/feedback', FEEDBACK_KEY);
      const written = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')];
      const store = await openFolderStore(folder);
      const run = () =>
        runAlerts({
          ...makeBudgetRun(
            { payments: 100 },
            {
              store,
              channels: {
                topic: { type: 'sns', topic_arn: topic.arn },
                bus: { type: 'eventbridge', event_bus: 'finops' },
                mail: { type: 'ses', from: 'headroom@example.com', to_owner: true },
                chat: { type: 'slack', secret: ssm('slack'), allow_private: true },
                hook: { type: 'webhook', url: receiver.url, secret: ssm('hook'), allow_private: true },
              },
              settings: { feedback: { url: 'https://api.example.com', secret: ssm('feedback') } },
            },
          ),
          ports: {
            readSecret: createSecretReader({}),
            network: { ca: identity.cert, resolve: async () => [{ address: '127.0.0.1', family: 4 }] },
          },
        });
      const { delivery } = await run();
      expect(delivery).toMatchObject({ dead: [], pending: [] });
      expect(delivery.delivered).toHaveLength(5);
      expect((await run()).delivery.delivered).toEqual([]);

      const key = (channel: string) => `budget|2026-10|USD|payments#1@${channel}`;
      const [published, ...morePublished] = await topic.receive();
      const [event, ...moreEvents] = await bus.receive();
      const [mail, ...moreMails] = await readMails();
      expect([morePublished, moreEvents, moreMails]).toEqual([[], [], []]);
      expect(published.MessageAttributes.idempotency_key.Value).toBe(key('topic'));
      expect(event.detail.idempotency_key).toBe(key('bus'));
      expect(mail?.raw_data).toContain(key('mail'));
      expect(
        receiver.accepted.map(({ key, path }) => ({ key, path })).sort((a, b) => (a.key < b.key ? -1 : 1)),
      ).toEqual([
        { key: key('chat'), path: SECRET_PATH },
        { key: key('hook'), path: '/in' },
      ]);
      const link = 'https://api.example.com/v1/feedback/';
      const shown = [published.Message, JSON.stringify(event), ...receiver.accepted.map(({ body }) => body)];
      for (const text of shown) expect(text).toContain(link);
      // Lines of a mail are broken up.
      expect(mail?.raw_data.replaceAll('=\n', '').replaceAll('=\r\n', '')).toContain(link);

      const output = readWritten(written);
      const kept = await readEverything(folder);
      expect(kept).toContain(key('chat'));
      for (const secret of [SECRET_PATH, 'not-to-be-seen', SIGNING_KEY, FEEDBACK_KEY]) {
        expect(kept).not.toContain(secret);
        expect(output).not.toContain(secret);
        expect(JSON.stringify(delivery)).not.toContain(secret);
      }
      for (const spy of written) spy.mockRestore();
      await receiver.stop();
    });

    it('whose secret is not there yet delivers once it is', async () => {
      const receiver = await startReceiver(identity, () => ['ok']);
      const store = await openFolderStore(folder);
      const attempt = (deadline: number) => {
        const chat = { type: 'slack', secret: ssm('slack'), allow_private: true };
        const policy = { delivery: { first_delay_seconds: 0.01, longest_delay_seconds: 0.01 } };
        return runAlerts({
          ...makeBudgetRun({ payments: 100 }, { store, channels: { chat }, policy }),
          now: Date.now,
          deadline: new Date(Date.now() + deadline),
          ports: {
            readSecret: createSecretReader({}),
            network: { ca: identity.cert, resolve: async () => [{ address: '127.0.0.1', family: 4 }] },
          },
        });
      };
      const { delivery } = await attempt(1);
      expect(delivery.pending).toMatchObject([
        { reason: expect.stringContaining('the secret ssm:/headroom/alerts/slack cannot be') },
      ]);
      await putSecret('/headroom/alerts/slack', receiver.url);
      expect((await attempt(10_000)).delivery.delivered).toHaveLength(1);
      expect(receiver.accepted).toHaveLength(1);
      expect(await openOutbox(store).listPending()).toEqual([]);
      await receiver.stop();
    });
  });

  describe('the function of the stack', () => {
    /** A lake in S3 that was computed elsewhere, with the configuration beside it. */
    async function publishLake(alerts: string): Promise<void> {
      await new S3Client({ ...settingsOf(), forcePathStyle: true }).send(
        new CreateBucketCommand({ Bucket: 'lake' }),
      );
      const local = await openFolderStore(folder);
      await importPath({ store: local, path: path.join(GOLDEN, 'charges.csv'), sourceName: 'worked' });
      const configuration = await loadConfiguration(path.join(GOLDEN, 'config'));
      await runModels({ store: local, configuration, asOf: '2026-11-10' });
      const remote = await openStore('s3://lake', readS3Settings(process.env));
      for await (const { key } of local.list('results/')) await remote.write(key, await local.read(key));
      for (const name of await readdir(path.join(GOLDEN, 'config'))) {
        const bytes = await readFile(path.join(GOLDEN, 'config', name));
        const more = name === 'headroom.yml' ? alerts : '';
        await remote.write(`config/${name}`, Buffer.concat([bytes, Buffer.from(more)]));
      }
    }

    it('reads its lake, configuration and secrets, tells once, and tries dead letters again', async () => {
      const topic = await makeTopic('finops.fifo');
      await publishLake(`
alerts:
  policy: { minimum_amount_per_day: 0, budgets: { underspent_ratio: 0 } }
  channels:
    topic: { type: sns, topic_arn: '${topic.arn}' }
    mail: { type: ses, from: headroom@example.com, to: [finops@example.com] }
  routes: [{ channels: [topic, mail] }]
  feedback: { url: 'https://api.example.com', secret: 'ssm:/headroom/alerts/feedback' }
`);
      await putSecret('/headroom/alerts/feedback', FEEDBACK_KEY);
      vi.stubEnv('HEADROOM_LAKE', 's3://lake');
      vi.stubEnv('HEADROOM_CONFIG', 's3://lake/config');
      const written = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')];
      const { handler } = await import('../../../functions/schedule/alert.ts');
      const invoke = (event: { retry_dead?: boolean }) =>
        handler(event, { getRemainingTimeInMillis: () => 90_000, functionName: 'Alert' } as never) as Promise<
          Record<string, number>
        >;
      const first = await invoke({});
      const { decided = 0 } = first;
      expect(decided).toBeGreaterThan(0);
      // Nobody has verified the address yet.
      expect(first).toMatchObject({ delivered: decided, pending: 0, dead: decided, thresholds: [] });
      expect(await topic.receive()).toHaveLength(decided);
      expect(await invoke({})).toMatchObject({ decided: 0, delivered: 0, dead: 0 });
      await verify('headroom@example.com');
      expect(await invoke({ retry_dead: true })).toMatchObject({ decided: 0, delivered: decided, dead: 0 });
      expect(await readMails()).toHaveLength(decided);
      expect(await invoke({ retry_dead: true })).toMatchObject({ delivered: 0, dead: 0 });
      const output = readWritten(written);
      expect(output).toContain('alerts');
      expect(output).not.toContain(FEEDBACK_KEY);
      for (const spy of written) spy.mockRestore();
    });
  });
});

/** What a process said while it was spied on. */
function readWritten(spies: readonly { mock: { calls: unknown[][] } }[]): string {
  return spies.flatMap(({ mock }) => mock.calls.map(([chunk]) => String(chunk))).join('');
}

async function readEverything(root: string): Promise<string> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const texts = entries
    .filter((entry) => entry.isFile())
    .map((entry) => readFile(path.join(entry.parentPath, entry.name), 'utf8'));
  return (await Promise.all(texts)).join('\n');
}
