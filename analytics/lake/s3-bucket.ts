import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { explainS3Error } from './s3-errors.ts';
import { checkS3Location } from './s3-location.ts';

const CONNECTION_TIMEOUT_MS = 5000;
const IDLE_TIMEOUT_MS = 30_000;
/** The SDK's standard mode: exponential backoff with full jitter, and a budget that ends retry storms. */
const MAX_ATTEMPTS = 6;

export type S3BucketOptions = {
  bucket: string;
  /** Keys of the store lie under it. */
  prefix?: string;
  /** Default: the AWS configuration's (AWS_REGION, profile); a bucket elsewhere is followed there. */
  region?: string;
  /** Of an S3-compatible server. Default: AWS. */
  endpoint?: string;
  /** Default: true with an endpoint of one's own. */
  forcePathStyle?: boolean;
  /** Default: the AWS credential chain. */
  credentials?: NonNullable<S3ClientConfig['credentials']>;
  /** A KMS key (id, ARN or alias) that objects are encrypted with. Default: the bucket's own setting. */
  kmsKeyId?: string;
  /** Tries of one request, the first one included. */
  maxAttempts?: number;
  /** How long a connection may be silent. */
  idleTimeoutMs?: number;
};

/** A bucket with all that requests to it have in common. */
export type S3Bucket = {
  client: S3Client;
  /** `s3://bucket/prefix` */
  name: string;
  /** Where the bucket is, so that the same name on two servers is two buckets. */
  id: string;
  bucket: string;
  /** What the store's keys begin with in the bucket: empty, or a prefix and a slash. */
  root: string;
  /** True for a server that is not AWS. */
  isForeign: boolean;
  /** Parameters of every request that makes an object. */
  encryption: { ServerSideEncryption?: 'aws:kms'; SSEKMSKeyId?: string; BucketKeyEnabled?: boolean };
  /** `Bucket` and `Key` of the store's key. */
  locate(key: string): { Bucket: string; Key: string };
  /** Does requests about a key and explains their failure. */
  explaining<T>(key: string, action: () => Promise<T>): Promise<T>;
};

/** Makes the client; no request is sent. Throws InputError for a name that cannot be. */
export function openS3Bucket(options: S3BucketOptions): S3Bucket {
  const { bucket, prefix } = checkS3Location({ bucket: options.bucket, prefix: options.prefix ?? '' });
  const { region, endpoint, credentials, kmsKeyId } = options;
  const client = new S3Client({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    forcePathStyle: options.forcePathStyle ?? endpoint !== undefined,
    followRegionRedirects: true,
    retryMode: 'standard',
    maxAttempts: options.maxAttempts ?? MAX_ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      socketTimeout: options.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
    },
  });
  const name = `s3://${bucket}${prefix && `/${prefix}`}`;
  const root = prefix && `${prefix}/`;
  return {
    client,
    name,
    id: `${endpoint ?? ''} ${bucket}`,
    bucket,
    root,
    isForeign: endpoint !== undefined && !/\.amazonaws\.com(\.cn)?(:\d+)?\/?$/i.test(endpoint),
    encryption:
      kmsKeyId === undefined
        ? {}
        : { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKeyId, BucketKeyEnabled: true },
    locate: (key) => ({ Bucket: bucket, Key: root + key }),
    async explaining(key, action) {
      try {
        return await action();
      } catch (error) {
        throw explainS3Error(error, key === '' ? name : `${name}/${key}`);
      }
    },
  };
}
