import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe } from 'vitest';
import type { ObjectStore } from '../../../analytics/lake/object-store.ts';
import { openS3Store, type S3StoreOptions } from '../../../analytics/lake/s3-store.ts';
import { makeTestFolder } from '../../support/lake-folder.ts';
import {
  MOTO,
  type S3ServerKind,
  TEST_CREDENTIALS,
  TEST_REGION,
  VERSITYGW,
} from '../../support/s3-servers.ts';

/** A server with one bucket; each store lies under a prefix of its own. */
export type TestBucket = {
  /** Set while tests run. */
  readonly endpoint: string;
  readonly client: S3Client;
  readonly bucket: string;
  /** An empty store with an empty cache, unless the options name others. */
  openStore(options?: Partial<S3StoreOptions>): Promise<ObjectStore>;
};

/** Starts the server before the tests of a file and stops it after. */
function useServer(kind: S3ServerKind): TestBucket {
  const bucket = `headroom-${randomUUID()}`;
  let endpoint = '';
  let client: S3Client;
  let stop: () => Promise<void> = async () => {};
  beforeAll(async () => {
    ({ endpoint, stop } = await kind.start());
    client = makeClient(endpoint);
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
  });
  afterAll(async () => {
    client?.destroy();
    await stop();
  });
  return {
    get endpoint() {
      return endpoint;
    },
    get client() {
      return client;
    },
    bucket,
    async openStore(options = {}) {
      return openS3Store({
        bucket,
        prefix: `stores/${randomUUID()}`,
        region: TEST_REGION,
        endpoint,
        credentials: TEST_CREDENTIALS,
        cacheFolder: options.cacheFolder ?? (await makeTestFolder()),
        ...options,
      });
    },
  };
}

/** A client of the SDK alone, as its defaults are; a request is tried once. */
export function makeClient(endpoint: string): S3Client {
  return new S3Client({
    endpoint,
    region: TEST_REGION,
    forcePathStyle: true,
    credentials: TEST_CREDENTIALS,
    maxAttempts: 1,
  });
}

/** Runs tests against each kind of server, or says why not. */
export function describeServers(
  subject: string,
  define: (bucket: TestBucket, kind: S3ServerKind) => void,
): void {
  for (const kind of [VERSITYGW, MOTO]) {
    if (kind.missing !== undefined) console.warn(`${subject} on ${kind.name}: skipped, ${kind.missing}.`);
    describe.skipIf(kind.missing !== undefined)(`${subject} on ${kind.name}`, () =>
      define(useServer(kind), kind),
    );
  }
}
