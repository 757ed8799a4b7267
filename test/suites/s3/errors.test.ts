import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openStore, readS3Settings } from '../../../analytics/lake/open-store.ts';
import { makeTestFolder } from '../../support/lake-folder.ts';
import { listKeys } from '../../support/lake-samples.ts';
import { startFaultProxy } from '../../support/s3-fault-proxy.ts';
import { TEST_CREDENTIALS, TEST_REGION } from '../../support/s3-servers.ts';
import { describeServers } from './setup.ts';

describeServers('what a person can mend', (bucket, { name }) => {
  const refusal = (remedy: RegExp) => ({
    name: 'InputError',
    where: expect.stringContaining('s3://'),
    remedy: expect.stringMatching(remedy),
  });

  test('a bucket that is not there', async () => {
    await expect(bucket.openStore({ bucket: 'headroom-none' })).rejects.toMatchObject(
      refusal(/make the bucket/),
    );
  });

  test.skipIf(name === 'moto')('a secret key that is wrong', async () => {
    const credentials = { ...TEST_CREDENTIALS, secretAccessKey: 'wrong' };
    await expect(bucket.openStore({ credentials })).rejects.toMatchObject(refusal(/secret key/));
  });

  test.each([
    [400, 'ExpiredToken', /Sign in again/],
    [400, 'TokenRefreshRequired', /Sign in again/],
    [403, 'InvalidAccessKeyId', /unknown to S3/],
    [403, 'AccessDenied', /docs\/storage.md/],
    [403, 'SomethingNew', /docs\/storage.md/],
    [403, 'RequestTimeTooSkewed', /clock/],
    [400, 'KMS.DisabledException', /KMS key/],
    [400, 'AuthorizationHeaderMalformed', /AWS_REGION/],
  ])('an answer %d %s, whatever was asked', async (status, code, remedy) => {
    const proxy = await startFaultProxy(bucket.endpoint);
    onTestFinished(() => proxy.stop());
    const store = await bucket.openStore({ endpoint: proxy.endpoint, maxAttempts: 2 });
    const made = path.join(await store.scratchFolder(), 'made');
    await writeFile(made, 'x');
    proxy.setRule(() => ({ kind: 'answer', status, code }));
    const attempts: (() => Promise<unknown>)[] = [
      () => store.read('a'),
      () => store.localPaths(['a']),
      () => store.write('a', Buffer.from('x')),
      () => store.writeFile('a', made),
      () => store.remove('a'),
      () => listKeys(store),
      () => bucket.openStore({ endpoint: proxy.endpoint, maxAttempts: 2 }),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject(refusal(remedy));
  });

  test('a server that cannot be reached is worth another try', async () => {
    await expect(bucket.openStore({ endpoint: 'http://127.0.0.1:1', maxAttempts: 2 })).rejects.toMatchObject({
      name: 'SourceError',
      isRetryable: true,
      message: expect.stringMatching(/ECONNREFUSED/),
    });
  });

  test('the environment says where the server is and who asks', async () => {
    vi.stubEnv('AWS_REGION', TEST_REGION);
    vi.stubEnv('AWS_ACCESS_KEY_ID', TEST_CREDENTIALS.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', TEST_CREDENTIALS.secretAccessKey);
    onTestFinished(() => void vi.unstubAllEnvs());
    const settings = readS3Settings({
      AWS_ENDPOINT_URL: bucket.endpoint,
      HEADROOM_CACHE_DIR: await makeTestFolder(),
    });
    const store = await openStore(`s3://${bucket.bucket}/environment/lake/`, settings);
    expect(store.name).toBe(`s3://${bucket.bucket}/environment/lake`);
    await store.write('a', Buffer.from('x'));
    expect(Buffer.from(await store.read('a')).toString()).toBe('x');
  });
});
