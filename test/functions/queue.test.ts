import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SQSClient } from '@aws-sdk/client-sqs';
import { expect, onTestFinished, test } from 'vitest';
import { SourceError } from '../../analytics/errors.ts';
import { createSender } from '../../functions/queue.ts';

type Entry = {
  Id: string;
  MessageBody: string;
  MessageAttributes: object;
  MessageGroupId?: string;
  MessageDeduplicationId?: string;
};

/** SQS as far as sending goes: takes every message but those with the body "refused". */
async function startQueue() {
  const requests: Entry[][] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { Entries } = JSON.parse(body) as { Entries: Entry[] };
    requests.push(Entries);
    const isTaken = ({ MessageBody }: Entry) => MessageBody !== '"refused"';
    const Successful = Entries.filter(isTaken).map(({ Id, MessageBody }) => ({
      Id,
      MessageId: Id,
      MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
    }));
    const Failed = Entries.filter((each) => !isTaken(each)).map(({ Id }) => ({
      Id,
      Code: 'No',
      Message: 'never',
    }));
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.end(JSON.stringify({ Successful, Failed }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new SQSClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  onTestFinished(() => {
    client.destroy();
    server.close();
  });
  return { client, requests, url: `${endpoint}/123456789012/queue` };
}

test('ten messages a request', async () => {
  const { client, requests, url } = await startQueue();
  await createSender(url, client)(Array.from({ length: 23 }, (_, body) => ({ body })));
  expect(requests.map((entries) => entries.length)).toEqual([10, 10, 3]);
  expect(requests.flat().map(({ MessageBody }) => Number(MessageBody))).toEqual(
    Array.from({ length: 23 }, (_, body) => body),
  );
  expect(requests[0]?.[0]).not.toHaveProperty('MessageGroupId');
  await createSender(url, client)([]);
  expect(requests).toHaveLength(3);
});

test('in a FIFO queue the same work is one message, and handed over another', async () => {
  const { client, requests, url } = await startQueue();
  const send = createSender(`${url}.fifo`, client);
  await send([{ body: { a: 1 } }, { body: { a: 1 } }, { body: { a: 1 }, continuation: 1 }]);
  const [entries = []] = requests;
  expect(new Set(entries.map(({ MessageGroupId }) => MessageGroupId)).size).toBe(1);
  const [first, same, next] = entries.map(({ MessageDeduplicationId }) => MessageDeduplicationId);
  expect(same).toBe(first);
  expect(next).not.toBe(first);
});

test('a message that is refused is an error', async () => {
  const { client, url } = await startQueue();
  await expect(createSender(url, client)([{ body: 'refused' }])).rejects.toThrow(SourceError);
});
