import {
  GetBucketLifecycleConfigurationCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type MultipartUpload,
  S3Client,
} from '@aws-sdk/client-s3';
import { callAws, listAll } from '../aws-call.ts';
import { isDenied } from '../aws-errors.ts';
import { readDetails } from './read-details.ts';
import { type Place, partitionOf, type ResourceKind, toResourceRow } from './resource-row.ts';

const DAY_MS = 86_400_000;
const NOT_IMPLEMENTED = 'NotImplemented';
/** Uploads of a bucket whose parts are measured, the oldest first: each is a request that costs money. */
const MAX_MEASURED_UPLOADS = 50;

/**
 * Buckets of the region, with their rules and the uploads that nobody completed. What a bucket's policy does not show is
 * left out of its attributes. Tags come from the tagging API.
 */
const buckets: ResourceKind = {
  name: 'S3 buckets',
  async list(place) {
    const { session, region } = place;
    const listed = await listAll({
      what: `buckets of ${session.accountId} in ${region}`,
      fetch: (token) =>
        callAws(session, () =>
          session.client(S3Client, region).send(
            new ListBucketsCommand({
              BucketRegion: region,
              MaxBuckets: 1000,
              ...(token === undefined ? {} : { ContinuationToken: token }),
            }),
          ),
        ),
      token: (page) => page.ContinuationToken,
      items: (page) => page.Buckets,
      key: (bucket) => bucket.Name ?? '',
    });
    const own = listed.filter(({ BucketRegion }) => BucketRegion === undefined || BucketRegion === region);
    const found = await readDetails(own, async ({ Name = '' }) => ({
      ...(await unlessHidden(() => readRules(place, Name))),
      ...(await unlessHidden(() => readUploads(place, Name))),
    }));
    return found.map(({ item: { Name = '', CreationDate }, detail }) =>
      toResourceRow(place, {
        type: 's3:bucket',
        id: Name,
        arn: `arn:${partitionOf(region)}:s3:::${Name}`,
        utilizationId: Name,
        name: Name,
        createdAt: CreationDate,
        attributes: detail,
      }),
    );
  },
};

type Attributes = Record<string, string | number | boolean | undefined>;

async function readRules({ session, region }: Place, Bucket: string): Promise<Attributes> {
  try {
    const { Rules = [] } = await callAws(session, () =>
      session.client(S3Client, region).send(new GetBucketLifecycleConfigurationCommand({ Bucket })),
    );
    const enabled = Rules.filter(({ Status }) => Status === 'Enabled');
    return {
      has_lifecycle: enabled.length > 0,
      has_abort_multipart: enabled.some(
        ({ AbortIncompleteMultipartUpload }) => AbortIncompleteMultipartUpload,
      ),
    };
  } catch (error) {
    if ((error as Error).name !== 'NoSuchLifecycleConfiguration') throw error;
    return { has_lifecycle: false, has_abort_multipart: false };
  }
}

async function readUploads(place: Place, Bucket: string): Promise<Attributes> {
  const { session, region, observedAt } = place;
  const uploads = await listAll({
    what: `incomplete uploads of ${Bucket}`,
    fetch: (token) => {
      const [KeyMarker, UploadIdMarker] = token === undefined ? [] : (JSON.parse(token) as [string, string]);
      return callAws(session, () =>
        session.client(S3Client, region).send(
          new ListMultipartUploadsCommand({
            Bucket,
            ...(KeyMarker === undefined ? {} : { KeyMarker, UploadIdMarker }),
          }),
        ),
      );
    },
    token: (page) =>
      page.IsTruncated ? JSON.stringify([page.NextKeyMarker, page.NextUploadIdMarker]) : undefined,
    items: (page) => page.Uploads,
    key: ({ Key, UploadId }) => JSON.stringify([Key, UploadId]),
  });
  const startOf = ({ Initiated = observedAt }: MultipartUpload) => Initiated.getTime();
  const oldest = uploads.toSorted((a, b) => startOf(a) - startOf(b));
  const measured = oldest.slice(0, MAX_MEASURED_UPLOADS);
  const bytes = await unlessHidden(async () => {
    const sizes = await readDetails(measured, (upload) => measureUpload(place, Bucket, upload));
    return sizes.reduce((sum, { detail }) => sum + detail, 0);
  });
  const [first] = oldest;
  return {
    incomplete_upload_count: uploads.length,
    incomplete_upload_bytes: bytes,
    oldest_upload_days: first && Math.floor((observedAt.getTime() - startOf(first)) / DAY_MS),
    ...(uploads.length > measured.length ? { is_upload_size_partial: true } : {}),
  };
}

async function measureUpload(
  { session, region }: Place,
  Bucket: string,
  { Key, UploadId }: MultipartUpload,
): Promise<number> {
  const parts = await listAll({
    what: `parts of an upload to ${Bucket}`,
    fetch: (token) =>
      callAws(session, () =>
        session.client(S3Client, region).send(
          new ListPartsCommand({
            Bucket,
            Key,
            UploadId,
            ...(token === undefined ? {} : { PartNumberMarker: token }),
          }),
        ),
      ),
    token: (page) => (page.IsTruncated ? page.NextPartNumberMarker : undefined),
    items: (page) => page.Parts,
    key: ({ PartNumber }) => String(PartNumber),
  });
  return parts.reduce((sum, { Size = 0 }) => sum + Size, 0);
}

/** What the bucket does not show, because its policy denies it or its store has no such thing, is undefined. */
async function unlessHidden<T>(action: () => Promise<T>): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    if (!isDenied(error) && (error as Error).name !== NOT_IMPLEMENTED) throw error;
    return undefined;
  }
}

export const BUCKET_KINDS: ResourceKind[] = [buckets];
