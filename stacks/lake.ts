import type { Settings } from './settings.ts';

const UNFINISHED_UPLOAD_DAYS = 2;
const LAKE_OLD_VERSION_DAYS = 30;
const EXPORT_OLD_VERSION_DAYS = 7;
const KEY_DELETION_DAYS = 30;

export type Lake = ReturnType<typeof createLake>;

/**
 * Two buckets: one for the lake and the configuration, one that AWS Data Exports deliver into. Versioned, encrypted,
 * TLS only, never public.
 */
export function createLake(settings: Settings) {
  const key =
    settings.encryption === 'kms'
      ? new aws.kms.Key('LakeKey', {
          description: 'Headroom: the lake',
          enableKeyRotation: true,
          deletionWindowInDays: KEY_DELETION_DAYS,
        })
      : undefined;
  const accountId = aws.getCallerIdentityOutput().accountId;

  const lake = new sst.aws.Bucket('Lake', {
    versioning: true,
    cors: false,
    lifecycle: [{ id: 'housekeeping' }],
    transform: { bucket: keepContent, lifecycle: tidyVersions(LAKE_OLD_VERSION_DAYS) },
  });
  encrypt('LakeEncryption', lake, key?.arn);

  const exports = new sst.aws.Bucket('Exports', {
    versioning: true,
    cors: false,
    lifecycle: [{ id: 'housekeeping' }],
    policy: [
      {
        effect: 'allow',
        principals: [
          {
            type: 'service',
            identifiers: ['bcm-data-exports.amazonaws.com', 'billingreports.amazonaws.com'],
          },
        ],
        actions: ['s3:PutObject', 's3:GetBucketPolicy'],
        conditions: [
          { test: 'StringEquals', variable: 'aws:SourceAccount', values: [accountId] },
          {
            test: 'ArnLike',
            variable: 'aws:SourceArn',
            values: [
              $interpolate`arn:aws:bcm-data-exports:us-east-1:${accountId}:export/*`,
              $interpolate`arn:aws:cur:us-east-1:${accountId}:definition/*`,
            ],
          },
        ],
      },
    ],
    transform: { bucket: keepContent, lifecycle: tidyVersions(EXPORT_OLD_VERSION_DAYS) },
  });
  // The services that deliver exports cannot use a key of ours without being named in its policy.
  encrypt('ExportsEncryption', exports, undefined);

  return {
    lake,
    exports,
    location: $interpolate`s3://${lake.name}`,
    exportsLocation: $interpolate`s3://${exports.name}`,
    configurationLocation: $interpolate`s3://${lake.name}/config`,
    /** Statements that let a function read keys under prefixes of the lake. */
    reading: (prefixes: string[]) => [
      { actions: ['s3:ListBucket'], resources: [lake.arn] },
      {
        actions: ['s3:GetObject'],
        resources: prefixes.map((prefix) => $interpolate`${lake.arn}/${prefix}/*`),
      },
      ...(key ? [{ actions: ['kms:Decrypt'], resources: [key.arn] }] : []),
    ],
    /** Statements that let a function also write and remove there. */
    writing: (prefixes: string[]) => [
      {
        actions: ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'],
        resources: prefixes.map((prefix) => $interpolate`${lake.arn}/${prefix}/*`),
      },
      ...(key ? [{ actions: ['kms:GenerateDataKey'], resources: [key.arn] }] : []),
    ],
    /** Statements that let a function add keys there, and remove none. */
    adding: (prefixes: string[]) => [
      {
        actions: ['s3:PutObject'],
        resources: prefixes.map((prefix) => $interpolate`${lake.arn}/${prefix}/*`),
      },
      ...(key ? [{ actions: ['kms:GenerateDataKey'], resources: [key.arn] }] : []),
    ],
    readingExports: [
      { actions: ['s3:ListBucket'], resources: [exports.arn] },
      { actions: ['s3:GetObject'], resources: [$interpolate`${exports.arn}/*`] },
    ],
  };
}

/** A teardown that was not told to remove data fails on a bucket that holds any. */
function keepContent(args: aws.s3.BucketArgs): undefined {
  args.forceDestroy = $app.removal === 'remove';
}

function tidyVersions(oldVersionDays: number) {
  return (args: aws.s3.BucketLifecycleConfigurationArgs): undefined => {
    args.rules = [
      {
        id: 'housekeeping',
        status: 'Enabled',
        filter: { prefix: '' },
        abortIncompleteMultipartUpload: { daysAfterInitiation: UNFINISHED_UPLOAD_DAYS },
        noncurrentVersionExpiration: { noncurrentDays: oldVersionDays },
        expiration: { expiredObjectDeleteMarker: true },
      },
    ];
  };
}

function encrypt(name: string, bucket: sst.aws.Bucket, keyArn: $util.Input<string> | undefined): void {
  new aws.s3.BucketServerSideEncryptionConfiguration(name, {
    bucket: bucket.name,
    rules: [
      {
        applyServerSideEncryptionByDefault: keyArn
          ? { sseAlgorithm: 'aws:kms', kmsMasterKeyId: keyArn }
          : { sseAlgorithm: 'AES256' },
        bucketKeyEnabled: true,
      },
    ],
  });
}
