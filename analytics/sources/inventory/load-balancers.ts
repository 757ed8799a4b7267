import {
  DescribeLoadBalancersCommand as DescribeClassicCommand,
  DescribeTagsCommand as DescribeClassicTagsCommand,
  ElasticLoadBalancingClient,
} from '@aws-sdk/client-elastic-load-balancing';
import {
  DescribeLoadBalancersCommand,
  DescribeTagsCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  type LoadBalancer,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { callAws, listAll } from '../aws-call.ts';
import { isDenied } from '../aws-errors.ts';
import { makeArn, type Place, type ResourceKind, readTags, toResourceRow } from './resource-row.ts';

/** Load balancers that one request for tags may name. */
const TAG_BATCH = 20;
/** States of targets that may answer: AWS does not check the health of some, such as functions. */
const HEALTHY = ['healthy', 'unavailable'];

const loadBalancers: ResourceKind = {
  name: 'load balancers',
  async list(place) {
    const { session, region } = place;
    const client = () => session.client(ElasticLoadBalancingV2Client, region);
    const found = await listAll({
      what: `load balancers of ${session.accountId} in ${region}`,
      fetch: (token) =>
        callAws(session, () => client().send(new DescribeLoadBalancersCommand(markerOf(token)))),
      token: (page) => page.NextMarker,
      items: (page) => page.LoadBalancers,
      key: (each: LoadBalancer) => each.LoadBalancerArn ?? '',
    });
    const targetGroups = await listAll({
      what: `target groups of ${session.accountId} in ${region}`,
      fetch: (token) =>
        callAws(session, () => client().send(new DescribeTargetGroupsCommand(markerOf(token)))),
      token: (page) => page.NextMarker,
      items: (page) => page.TargetGroups,
      key: (group) => group.TargetGroupArn ?? '',
    });
    const tags = await readTagsInBatches(
      found.map(({ LoadBalancerArn = '' }) => LoadBalancerArn),
      async (arns) => {
        const { TagDescriptions = [] } = await callAws(session, () =>
          client().send(new DescribeTagsCommand({ ResourceArns: arns })),
        );
        return TagDescriptions.map(({ ResourceArn = '', Tags }) => [ResourceArn, readTags(Tags)]);
      },
    );
    const health = await countTargets(
      place,
      targetGroups.flatMap(({ TargetGroupArn = '', LoadBalancerArns = [] }) =>
        LoadBalancerArns.length > 0 ? [TargetGroupArn] : [],
      ),
    );
    return found.map((each) => {
      const arn = each.LoadBalancerArn ?? '';
      const groups = targetGroups.filter(({ LoadBalancerArns = [] }) => LoadBalancerArns.includes(arn));
      return toResourceRow(place, {
        type: 'elasticloadbalancing:loadbalancer',
        id: arn,
        arn,
        utilizationId: arn.split(':loadbalancer/')[1],
        name: each.LoadBalancerName,
        state: each.State?.Code,
        sizeClass: each.Type,
        attachments: groups.map(({ TargetGroupArn }) => TargetGroupArn),
        createdAt: each.CreatedTime,
        attributes: {
          scheme: each.Scheme,
          vpc_id: each.VpcId,
          ...sumTargets(groups.map(({ TargetGroupArn = '' }) => health?.get(TargetGroupArn))),
        },
        tags: tags.get(arn) ?? {},
      });
    });
  },
};

const classicLoadBalancers: ResourceKind = {
  name: 'classic load balancers',
  async list(place) {
    const { session, region } = place;
    const client = () => session.client(ElasticLoadBalancingClient, region);
    const found = await listAll({
      what: `classic load balancers of ${session.accountId} in ${region}`,
      fetch: (token) => callAws(session, () => client().send(new DescribeClassicCommand(markerOf(token)))),
      token: (page) => page.NextMarker,
      items: (page) => page.LoadBalancerDescriptions,
      key: (each) => each.LoadBalancerName ?? '',
    });
    const names = found.map(({ LoadBalancerName = '' }) => LoadBalancerName);
    const tags = await readTagsInBatches(names, async (batch) => {
      const { TagDescriptions = [] } = await callAws(session, () =>
        client().send(new DescribeClassicTagsCommand({ LoadBalancerNames: batch })),
      );
      return TagDescriptions.map(({ LoadBalancerName = '', Tags }) => [LoadBalancerName, readTags(Tags)]);
    });
    return found.map((each) => {
      const name = each.LoadBalancerName ?? '';
      const arn = makeArn(place, 'elasticloadbalancing', `loadbalancer/${name}`);
      return toResourceRow(place, {
        type: 'elasticloadbalancing:loadbalancer',
        id: arn,
        arn,
        utilizationId: name,
        name,
        sizeClass: 'classic',
        attachments: (each.Instances ?? []).map(({ InstanceId }) => InstanceId),
        createdAt: each.CreatedTime,
        attributes: { scheme: each.Scheme, vpc_id: each.VPCId },
        tags: tags.get(name) ?? {},
      });
    });
  },
};

type TargetCount = { targets: number; healthy: number };

/** Registered and healthy targets of each group; undefined where this account may not see them. */
async function countTargets(
  { session, region }: Place,
  arns: readonly string[],
): Promise<Map<string, TargetCount> | undefined> {
  const counts = new Map<string, TargetCount>();
  try {
    for (const arn of arns) {
      const { TargetHealthDescriptions: found = [] } = await callAws(session, () =>
        session
          .client(ElasticLoadBalancingV2Client, region)
          .send(new DescribeTargetHealthCommand({ TargetGroupArn: arn })),
      );
      const healthy = found.filter(({ TargetHealth }) => HEALTHY.includes(TargetHealth?.State ?? ''));
      counts.set(arn, { targets: found.length, healthy: healthy.length });
    }
    return counts;
  } catch (error) {
    if (isDenied(error)) return undefined;
    throw error;
  }
}

/** Counts of a load balancer; none where one of its groups is not known. */
function sumTargets(counts: readonly (TargetCount | undefined)[]): Record<string, number> {
  const known = counts.flatMap((count) => count ?? []);
  if (known.length < counts.length) return {};
  return {
    target_count: known.reduce((sum, { targets }) => sum + targets, 0),
    healthy_target_count: known.reduce((sum, { healthy }) => sum + healthy, 0),
  };
}

function markerOf(token: string | undefined): { Marker?: string } {
  return token === undefined ? {} : { Marker: token };
}

async function readTagsInBatches(
  ids: readonly string[],
  ask: (batch: string[]) => Promise<[string, Record<string, string>][]>,
): Promise<Map<string, Record<string, string>>> {
  const tags = new Map<string, Record<string, string>>();
  for (let start = 0; start < ids.length; start += TAG_BATCH) {
    for (const [id, found] of await ask(ids.slice(start, start + TAG_BATCH))) tags.set(id, found);
  }
  return tags;
}

export const LOAD_BALANCER_KINDS: ResourceKind[] = [loadBalancers, classicLoadBalancers];
