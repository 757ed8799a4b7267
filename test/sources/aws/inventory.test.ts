import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readType } from '../../../analytics/sources/inventory/tagged.ts';
import { ESTATE, makeEstate } from '../../aws/estate-world.ts';
import { bucketName, MIB } from '../../aws/managed-world.ts';
import { AwsFault } from '../../aws/wire-protocol.ts';
import { type Call, startWireServer, type WireServer } from '../../aws/wire-server.ts';
import { CALLER_ACCOUNT, openCollectBench } from '../../support/collect.ts';

const NOW = '2026-11-05T12:00:00Z';
const RESOURCES_A_REGION = Object.values(ESTATE).reduce((sum, count) => sum + count, 0);
const MEMBERS = ['000000000021', '000000000022', '000000000023'];
const ROLE = (id: string) => `arn:aws:iam::${id}:role/headroom-read`;
const COUNT =
  'select account_id, region_id, count(*) as n, count(distinct resource_id) as ids from rows group by all order by all';

let wire: WireServer;
beforeEach(async () => {
  wire = await startWireServer(makeEstate());
});
afterEach(() => wire.close());

describe('inventory', () => {
  it('keeps every kind with its tags', async () => {
    const bench = await openCollectBench(wire, NOW);
    const report = await bench.run(['inventory']);
    expect(report.units).toMatchObject([
      { outcome: 'collected', rowCount: RESOURCES_A_REGION, warnings: [] },
    ]);
    const rows = await bench.rows('resources');
    const find = (id: string) => rows.find(({ resource_id }) => resource_id === id);
    expect(find('i-11euwest10')).toMatchObject({
      resource_type: 'ec2:instance',
      resource_name: 'web <0> & "co"',
      state: 'stopped',
      size_class: 'm5.large',
      attachments: '["vol-11euwest10"]',
      created_at: '2026-01-02T03:04:05Z',
      tags: { Name: 'web <0> & "co"', team: 'payments' },
      account_id: CALLER_ACCOUNT,
    });
    expect(find('vol-11euwest11')).toMatchObject({
      state: 'available',
      attachments: '[]',
      size_gib: 100,
      attributes: { iops: '3000' },
    });
    expect(
      find(`arn:aws:elasticloadbalancing:eu-west-1:${CALLER_ACCOUNT}:loadbalancer/app/web-0/50dc6c49`),
    ).toMatchObject({
      utilization_id: 'app/web-0/50dc6c49',
      attributes: { target_count: '2', healthy_target_count: '1' },
      tags: { team: 'edge' },
    });
    expect(
      find(`arn:aws:elasticloadbalancing:eu-west-1:${CALLER_ACCOUNT}:loadbalancer/app/web-1/50dc6c49`),
    ).toMatchObject({
      attachments: '[]',
      attributes: { target_count: '0', healthy_target_count: '0' },
    });
    expect(find('i-11euwest11')).toMatchObject({
      attributes: { root_volume_id: 'vol-11euwest11', autoscaling_group: 'group-0' },
    });
    expect(find(`arn:aws:ec2:eu-west-1:${CALLER_ACCOUNT}:image/ami-11euwest10`)).toMatchObject({
      resource_type: 'ec2:image',
      created_at: '2026-01-02T03:04:05Z',
      attributes: {
        snapshot_ids: 'snap-11euwest10',
        last_launched_at: '2026-10-01T00:00:00Z',
        is_public: 'false',
      },
    });
    expect(find(`arn:aws:ec2:eu-west-1:${CALLER_ACCOUNT}:vpc-endpoint/vpce-11euwest11`)).toMatchObject({
      utilization_id: 'vpce-11euwest11',
      size_class: 'Interface',
      attributes: { zone_count: '2' },
    });
    expect(
      find(
        `arn:aws:autoscaling:eu-west-1:${CALLER_ACCOUNT}:autoScalingGroup:uuid-0:autoScalingGroupName/group-0`,
      ),
    ).toMatchObject({
      resource_type: 'autoscaling:group',
      attachments: '["i-11euwest11"]',
      attributes: { group_name: 'group-0', min_size: '1' },
      tags: { team: 'payments' },
    });
    expect(find(`arn:aws:lambda:eu-west-1:${CALLER_ACCOUNT}:function:f-0`)).toMatchObject({
      tags: { team: 'search' },
      size_gib: 0.5,
    });
    expect(find(`arn:aws:logs:eu-west-1:${CALLER_ACCOUNT}:log-group:/app/1`)).toMatchObject({ size_gib: 1 });
    expect(rows.filter(({ resource_type }) => resource_type === 's3:bucket')).toHaveLength(ESTATE.buckets);
  });

  it('keeps what is measured under its name in utilization, and what findings need to know of it', async () => {
    const bench = await openCollectBench(wire, NOW);
    await bench.run(['inventory']);
    const rows = await bench.rows('resources');
    const find = (type: string, name: string) =>
      rows.find((row) => row.resource_type === type && row.utilization_id === name);
    expect(find('dynamodb:table', 'table-0')).toMatchObject({
      resource_id: `arn:aws:dynamodb:eu-west-1:${CALLER_ACCOUNT}:table/table-0`,
      state: 'active',
      size_gib: 2,
      attributes: { billing_mode: 'PROVISIONED', read_capacity_units: '20', replica_count: '0' },
    });
    expect(find('dynamodb:table', 'table-1')).toMatchObject({
      attributes: {
        billing_mode: 'PAY_PER_REQUEST',
        table_class: 'STANDARD_INFREQUENT_ACCESS',
        replica_count: '1',
      },
    });
    expect(find('elasticache:cluster', 'cache-0')).toMatchObject({ attributes: { is_replica: 'true' } });
    expect(find('elasticache:cluster', 'cache-1')).toMatchObject({
      size_class: 'cache.r6g.large',
      attributes: { is_replica: 'false', replication_group_id: 'group' },
    });
    expect(find('elasticache:cluster', 'cache-2')).toMatchObject({ attributes: { is_replica: 'false' } });
    expect(find('ecs:service', 'main/s-0')).toMatchObject({ attributes: { launch_type: 'EC2' } });
    expect(find('ecs:service', 'main/s-11')).toMatchObject({
      size_gib: 1,
      attributes: {
        cluster: 'main',
        launch_type: 'FARGATE',
        cpu_units: '512',
        memory_mib: '1024',
        running_count: '2',
        architecture: 'ARM64',
      },
    });
    expect(find('apigateway:stage', 'shop-0/prod')).toMatchObject({
      resource_id: 'arn:aws:apigateway:eu-west-1::/restapis/api-0/stages/prod',
      attributes: { is_cache_enabled: 'true', cache_size_gb: '1.6' },
      tags: { team: 'edge' },
    });
    expect(find('apigateway:stage', 'shop-2/prod')).toMatchObject({
      attributes: { is_cache_enabled: 'false' },
    });
    expect(find('kinesis:stream', 'stream-2')).toMatchObject({
      created_at: '2026-01-02T03:04:05Z',
      attributes: { mode: 'PROVISIONED', shard_count: '4' },
    });
    expect(find('sagemaker:endpoint', 'endpoint-1')).toMatchObject({ state: 'inservice' });
    expect(find('rds:db', 'db-0')).toMatchObject({
      attributes: { is_replica: 'false', engine: 'postgres' },
    });
  });

  it('measures uploads that nobody completed; one that was completed meanwhile is no more', async () => {
    const bench = await openCollectBench(wire, NOW);
    await bench.run(['inventory']);
    const rows = await bench.rows('resources', `select * from rows where resource_type = 's3:bucket'`);
    const attributesOf = (index: number) =>
      rows.find(
        ({ resource_id }) =>
          resource_id === bucketName({ accountId: CALLER_ACCOUNT, region: 'eu-west-1' }, index),
      );
    expect(attributesOf(0)).toMatchObject({
      tags: { team: 'data' },
      attributes: {
        has_lifecycle: 'false',
        has_abort_multipart: 'false',
        incomplete_upload_count: '2',
        incomplete_upload_bytes: String(10 * MIB),
        oldest_upload_days: '307',
      },
    });
    expect(attributesOf(1)).toMatchObject({
      attributes: { has_abort_multipart: 'true', incomplete_upload_count: '0', incomplete_upload_bytes: '0' },
    });
  });

  it.each([
    ['its policy closes', new AwsFault('AccessDenied', 'Access Denied', 403)],
    ['its store cannot list', new AwsFault('NotImplemented', 'That is not implemented.', 501)],
  ])('a bucket that %s is there without what it hides', async (_, fault) => {
    const bench = await openCollectBench(wire, NOW);
    wire.trouble = ({ operation, input }) =>
      operation === 'ListMultipartUploads' && String(input.Bucket).endsWith('-0') ? fault : undefined;
    const report = await bench.run(['inventory']);
    expect(report.units).toMatchObject([{ rowCount: RESOURCES_A_REGION, warnings: [] }]);
    const [closed] = await bench.rows(
      'resources',
      `select * from rows where resource_type = 's3:bucket' order by resource_id`,
    );
    expect(closed?.attributes).toEqual({ has_lifecycle: 'false', has_abort_multipart: 'false' });
  });

  it('asks many accounts and regions by role; one that refuses is reported and stops no other', async () => {
    const bench = await openCollectBench(wire, NOW);
    const [first = '', second = '', refused = ''] = MEMBERS;
    wire.roles.set(ROLE(first), { accountId: first, externalId: 'secret-1' });
    wire.roles.set(ROLE(second), { accountId: second, externalId: 'secret-1' });
    const report = await bench.run(['inventory'], {
      collect: {
        accounts: MEMBERS.map((id) => ({ id, ...(id === second ? { regions: ['us-east-2'] } : {}) })),
        regions: ['eu-west-1', 'eu-central-1'],
        external_id: 'secret-1',
        concurrency: 3,
      },
    });
    expect(report.units.map(({ accountId, regionId, outcome }) => [accountId, regionId, outcome])).toEqual([
      [first, 'eu-west-1', 'collected'],
      [first, 'eu-central-1', 'collected'],
      [second, 'us-east-2', 'collected'],
      [refused, 'eu-west-1', 'failed'],
      [refused, 'eu-central-1', 'failed'],
    ]);
    expect(report.units[3]?.error).toMatch(/headroom-read.*AssumeRole.*Make the role/);
    expect(await bench.rows('resources', COUNT)).toEqual(
      [
        [first, 'eu-central-1'],
        [first, 'eu-west-1'],
        [second, 'us-east-2'],
      ].map(([account_id, region_id]) => ({
        account_id,
        region_id,
        n: RESOURCES_A_REGION,
        ids: RESOURCES_A_REGION,
      })),
    );
    const outcomes = await bench.rows(
      'collections',
      'select outcome, count(*) as n from rows group by all order by all',
    );
    expect(outcomes).toEqual([
      { outcome: 'collected', n: 3 },
      { outcome: 'failed', n: 2 },
    ]);
    const assumed = wire.calls.filter(
      ({ operation, input }) => operation === 'AssumeRole' && input.RoleArn === ROLE(first),
    );
    expect(assumed).toHaveLength(1);
  });

  it('replaces the same day, and two collectors at once leave each resource once', async () => {
    const bench = await openCollectBench(wire, NOW);
    await Promise.all([bench.run(['inventory']), bench.run(['inventory'])]);
    bench.now = new Date('2026-11-05T13:00:00Z');
    await bench.run(['inventory']);
    bench.now = new Date('2026-11-06T13:00:00Z');
    await bench.run(['inventory']);
    const days = await bench.rows(
      'resources',
      'select date, count(*) as n from rows group by all order by all',
    );
    expect(days).toEqual([
      { date: '2026-11-05', n: RESOURCES_A_REGION },
      { date: '2026-11-06', n: RESOURCES_A_REGION },
    ]);
  });

  it('never lets an older look replace a newer one', async () => {
    const bench = await openCollectBench(wire, '2026-11-05T13:00:00Z');
    await bench.run(['inventory']);
    bench.now = new Date('2026-11-05T09:00:00Z');
    await bench.run(['inventory']);
    const seen = await bench.rows('resources', 'select distinct observed_at from rows');
    expect(seen).toEqual([{ observed_at: '2026-11-05T13:00:00Z' }]);
  });

  it('leaves out what the role may not read, and says so', async () => {
    const bench = await openCollectBench(wire, NOW);
    wire.trouble = ({ service }) =>
      service === 'rds' ? new AwsFault('AccessDenied', 'no rds', 403) : undefined;
    const report = await bench.run(['inventory']);
    expect(report.units).toMatchObject([
      {
        outcome: 'collected',
        rowCount: RESOURCES_A_REGION - ESTATE.databases,
        warnings: ['RDS instances: no rds'],
      },
    ]);
  });

  it('keeps load balancers whose targets the role may not see, without their count', async () => {
    const bench = await openCollectBench(wire, NOW);
    wire.trouble = ({ operation }) =>
      operation === 'DescribeTargetHealth' ? new AwsFault('AccessDenied', 'no health', 403) : undefined;
    const report = await bench.run(['inventory']);
    expect(report.units).toMatchObject([
      { outcome: 'collected', rowCount: RESOURCES_A_REGION, warnings: [] },
    ]);
    const rows = await bench.rows(
      'resources',
      `select count(*) as n from rows where attributes['target_count'] is not null and attachments <> '[]'`,
    );
    expect(rows).toEqual([{ n: 0 }]);
  });

  it('writes nothing of a region of which a part failed', async () => {
    const bench = await openCollectBench(wire, NOW);
    wire.trouble = ({ service }) =>
      service === 'logs' ? new AwsFault('InternalFailure', 'x', 500) : undefined;
    const report = await bench.run(['inventory'], { access: { ...access(), maxAttempts: 2 } });
    expect(report.units).toMatchObject([{ outcome: 'failed', isRetryable: true }]);
    expect(await bench.rows('resources')).toEqual([]);
    wire.trouble = () => undefined;
    await bench.run(['inventory']);
    expect(await bench.rows('resources', COUNT)).toMatchObject([{ n: RESOURCES_A_REGION }]);
  });

  it('survives each service failing once in each way', async () => {
    const bench = await openCollectBench(wire, NOW);
    const ways = ['cut', 'half', new AwsFault('ThrottlingException', 'x', 400)] as const;
    wire.trouble = ({ service, count }: Call) => (service === 'sts' ? undefined : ways[count - 1]);
    const report = await bench.run(['inventory']);
    expect(report.units).toMatchObject([{ outcome: 'collected', rowCount: RESOURCES_A_REGION }]);
  }, 120_000);

  it('stops cleanly when its time is over, and goes on from there', async () => {
    const bench = await openCollectBench(wire, NOW);
    const collect = { regions: ['eu-west-1', 'eu-central-1', 'us-east-2'], concurrency: 1 };
    let asked = 0;
    const first = await bench.run(['inventory'], { collect, isOutOfTime: () => ++asked > 1 });
    expect(first.units.map(({ outcome }) => outcome)).toEqual(['collected', 'deferred', 'deferred']);
    await bench.run(['inventory'], { collect });
    expect(await bench.rows('resources', COUNT)).toHaveLength(3);
  });
});

function access() {
  return {
    endpoint: wire.endpoint,
    credentials: async () => ({ accessKeyId: 'caller', secretAccessKey: 'secret' }),
  };
}

it.each([
  ['arn:aws:ec2:eu-west-1:1:instance/i-1', 'ec2:instance'],
  ['arn:aws:s3:::bucket', 's3:bucket'],
  ['arn:aws:sqs:eu-west-1:1:orders', 'sqs:queue'],
  ['arn:aws:rds:eu-west-1:1:db:main', 'rds:db'],
  ['arn:aws:dynamodb:eu-west-1:1:table/t', 'dynamodb:table'],
])('%s is a %s', (arn, type) => {
  expect(readType(arn)).toBe(type);
});
