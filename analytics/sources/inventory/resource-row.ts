import type { AwsSession } from '../aws-session.ts';
import type { Row } from '../aws-window.ts';

/** Where resources are asked for, and when. */
export type Place = { session: AwsSession; region: string; observedAt: Date };

/** One kind of resource. `list` gives the rows of one account and region. */
export type ResourceKind = { name: string; list(place: Place): Promise<Row[]> };

export type Resource = {
  type: string;
  /** As the bill has it. */
  id: string;
  arn?: string | undefined;
  utilizationId?: string | undefined;
  name?: string | undefined;
  state?: string | undefined;
  sizeClass?: string | undefined;
  sizeGib?: number | undefined;
  attachments?: (string | undefined)[];
  createdAt?: Date | string | undefined;
  attributes?: Record<string, string | number | boolean | undefined>;
  tags?: Record<string, string>;
};

type Tag = { Key?: string | undefined; Value?: string | undefined };

/** A row of the resources table. What AWS does not say is null, not a default. */
export function toResourceRow({ session, region, observedAt }: Place, resource: Resource): Row {
  const { attachments, createdAt, attributes = {}, tags = {} } = resource;
  const known = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return {
    account_id: session.accountId,
    region_id: region,
    resource_type: resource.type,
    resource_id: resource.id,
    arn: resource.arn ?? null,
    utilization_id: resource.utilizationId ?? null,
    resource_name: tags.Name || resource.name || null,
    state: resource.state?.toLowerCase() ?? null,
    size_class: resource.sizeClass ?? null,
    size_gib: resource.sizeGib ?? null,
    attachments: attachments ? JSON.stringify(attachments.filter(Boolean)) : null,
    created_at: createdAt === undefined ? null : new Date(createdAt).toISOString(),
    attributes: Object.fromEntries(known.map(([key, value]) => [key, String(value)])),
    tags,
    observed_at: observedAt.toISOString(),
  };
}

export function readTags(tags: readonly Tag[] | undefined): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}

/** The first part of the ARNs of a region. */
export function partitionOf(region: string): string {
  return /^cn-/.test(region) ? 'aws-cn' : /^us-gov-/.test(region) ? 'aws-us-gov' : 'aws';
}

/** The ARN of what AWS names without one. */
export function makeArn({ session, region }: Place, service: string, resource: string): string {
  return `arn:${partitionOf(region)}:${service}:${region}:${session.accountId}:${resource}`;
}
