import {
  GetResourcesCommand,
  ResourceGroupsTaggingAPIClient,
} from '@aws-sdk/client-resource-groups-tagging-api';
import { callAws, listAll } from '../aws-call.ts';
import type { Row } from '../aws-window.ts';
import { type ResourceKind, readTags, toResourceRow } from './resource-row.ts';

const PAGE_SIZE = 100;

/** Every resource that has, or has had, a tag; all that this API knows of it is its ARN and tags. */
export const taggedResources: ResourceKind = {
  name: 'tagged resources',
  async list(place) {
    const { session, region } = place;
    const found = await listAll({
      what: `tagged resources of ${session.accountId} in ${region}`,
      fetch: (token) =>
        callAws(session, () =>
          session.client(ResourceGroupsTaggingAPIClient, region).send(
            new GetResourcesCommand({
              ResourcesPerPage: PAGE_SIZE,
              ...(token === undefined ? {} : { PaginationToken: token }),
            }),
          ),
        ),
      token: (page) => page.PaginationToken,
      items: (page) => page.ResourceTagMappingList,
      key: (mapping) => mapping.ResourceARN ?? '',
    });
    return found.map(({ ResourceARN: arn = '', Tags }) =>
      toResourceRow(place, { type: readType(arn), id: arn, arn, tags: readTags(Tags) }),
    );
  },
};

/** `ec2:instance` of arn:aws:ec2:eu-west-1:1:instance/i-1, `s3:bucket` of arn:aws:s3:::name. */
export function readType(arn: string): string {
  const [, , service = '', , , ...rest] = arn.split(':');
  const [, type] = /^([a-z][a-z0-9-]*)[:/]/i.exec(rest.join(':')) ?? [];
  return `${service}:${type ?? (service === 's3' ? 'bucket' : service === 'sqs' ? 'queue' : service === 'sns' ? 'topic' : 'resource')}`;
}

/** Adds tagged resources to those listed: tags where a resource had none of its own, rows where there was none. */
export function mergeTagged(listed: readonly Row[], tagged: readonly Row[]): Row[] {
  const byArn = new Map(tagged.map((row) => [row.arn, row]));
  const merged = listed.map((row) => {
    const other = byArn.get(row.arn as string);
    byArn.delete(row.arn as string);
    if (!other) return row;
    const tags = { ...(other.tags as Record<string, string>), ...(row.tags as Record<string, string>) };
    return { ...row, tags, resource_name: tags.Name || (row.resource_name ?? null) };
  });
  return [...merged, ...byArn.values()];
}
