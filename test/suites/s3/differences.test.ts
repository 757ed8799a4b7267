import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { TEST_CREDENTIALS, TEST_REGION } from '../../support/s3-servers.ts';
import { describeServers } from './setup.ts';

/**
 * Where the servers are not as S3 is, shown with the SDK alone: why a test beside this one does not run on them. A
 * failure here means that a server got better and its exception can go.
 */
describeServers('what differs from S3', (bucket, { name }) => {
  const put = (key: string, options: object = {}) =>
    bucket.client.send(new PutObjectCommand({ Bucket: bucket.bucket, Key: key, Body: 'x', ...options }));
  const list = (credentials: typeof TEST_CREDENTIALS) => {
    const { endpoint } = bucket;
    const client = new S3Client({ endpoint, region: TEST_REGION, forcePathStyle: true, credentials });
    return client.send(new ListObjectsV2Command({ Bucket: bucket.bucket }));
  };

  test.runIf(name === 'versitygw')('versitygw ignores encryption with a KMS key', async () => {
    await put('encrypted', { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'alias/headroom' });
    const head = await bucket.client.send(new HeadObjectCommand({ Bucket: bucket.bucket, Key: 'encrypted' }));
    expect(head.ServerSideEncryption).toBeUndefined();
  });

  test.runIf(name === 'versitygw')(
    'versitygw has its own name for an access key that is unknown',
    async () => {
      await expect(list({ ...TEST_CREDENTIALS, accessKeyId: 'unknown' })).rejects.toMatchObject({
        name: 'XAdminUserNotFound',
      });
    },
  );

  test.runIf(name === 'versitygw')('versitygw stores no object under the key of another', async () => {
    await put('parent');
    await expect(put('parent/child')).rejects.toMatchObject({ name: 'ObjectParentIsFile' });
  });

  test.runIf(name === 'moto')('moto accepts any credentials', async () => {
    await expect(list({ accessKeyId: 'unknown', secretAccessKey: 'wrong' })).resolves.toBeDefined();
  });

  test.runIf(name === 'moto')('moto compares no checksum', async () => {
    await expect(put('wrong', { ChecksumCRC32: 'AAAAAA==' })).resolves.toBeDefined();
  });

  test('both check the conditions of writes and reads', async () => {
    const { ETag } = await put('checked', { IfNoneMatch: '*' });
    await expect(put('checked', { IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    const read = (IfMatch: string) =>
      bucket.client.send(new GetObjectCommand({ Bucket: bucket.bucket, Key: 'checked', IfMatch }));
    expect(await (await read(ETag ?? '')).Body?.transformToString()).toBe('x');
    await expect(read('"00000000000000000000000000000000"')).rejects.toMatchObject({
      $metadata: { httpStatusCode: 412 },
    });
  });
});
