import { APIGatewayClient, CreateRestApiCommand } from '@aws-sdk/client-api-gateway';
import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  CreateLaunchConfigurationCommand,
} from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  AllocateAddressCommand,
  CreateVolumeCommand,
  CreateVpcEndpointCommand,
  DescribeVpcsCommand,
  EC2Client,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { CreateStreamCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { CreateDBInstanceCommand, RDSClient } from '@aws-sdk/client-rds';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectSchema } from '../../../analytics/configuration/collect-schema.ts';
import { collect } from '../../../analytics/jobs/collect.ts';
import { openFolderStore } from '../../../analytics/lake/folder-store.ts';
import type { SourceName } from '../../../analytics/sources/collector.ts';
import { readCollected } from '../../support/collect.ts';
import { makeTestFolder } from '../../support/lake-folder.ts';
import { MOTO, type S3Server, TEST_CREDENTIALS } from '../../support/s3-servers.ts';

/** moto 5.2.5: an implementation of AWS's APIs that we did not write. */
const REGIONS = ['us-east-1', 'eu-west-1'];
const MEMBER = '000000000021';
const INSTANCES = 3;
const VOLUMES = 2;
const PART_BYTES = 5 * 2 ** 20;

if (MOTO.missing) process.stdout.write(`skipped: collectors against moto: ${MOTO.missing}\n`);

describe.skipIf(MOTO.missing)('collectors against moto', () => {
  let server: S3Server;
  const settingsOf = (region: string) => ({
    region,
    endpoint: server.endpoint,
    credentials: TEST_CREDENTIALS,
  });

  beforeAll(async () => {
    server = await MOTO.start();
    for (const region of REGIONS) await fillRegion(region);
  });
  afterAll(() => server?.stop());

  async function fillRegion(region: string): Promise<void> {
    const ec2 = new EC2Client(settingsOf(region));
    await ec2.send(
      new RunInstancesCommand({
        ImageId: 'ami-12c6146b',
        InstanceType: 't3.micro',
        MinCount: INSTANCES,
        MaxCount: INSTANCES,
        TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'team', Value: 'payments' }] }],
      }),
    );
    for (let index = 0; index < VOLUMES; index++) {
      await ec2.send(
        new CreateVolumeCommand({ AvailabilityZone: `${region}a`, Size: 10, VolumeType: 'gp3' }),
      );
    }
    await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
    const { Vpcs: [vpc] = [] } = await ec2.send(new DescribeVpcsCommand({}));
    await ec2.send(
      new CreateVpcEndpointCommand({
        VpcId: vpc?.VpcId,
        ServiceName: `com.amazonaws.${region}.logs`,
        VpcEndpointType: 'Interface',
      }),
    );
    const scaling = new AutoScalingClient(settingsOf(region));
    await scaling.send(
      new CreateLaunchConfigurationCommand({
        LaunchConfigurationName: 'web',
        ImageId: 'ami-12c6146b',
        InstanceType: 't3.micro',
      }),
    );
    await scaling.send(
      new CreateAutoScalingGroupCommand({
        AutoScalingGroupName: 'web',
        LaunchConfigurationName: 'web',
        AvailabilityZones: [`${region}a`],
        MinSize: 0,
        MaxSize: 1,
      }),
    );
    await new CloudWatchLogsClient(settingsOf(region)).send(
      new CreateLogGroupCommand({ logGroupName: '/app/x' }),
    );
    await new RDSClient(settingsOf(region)).send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: 'main',
        DBInstanceClass: 'db.t3.micro',
        Engine: 'postgres',
        AllocatedStorage: 20,
        MasterUsername: 'admin1',
        MasterUserPassword: 'password-1',
      }),
    );
    await new DynamoDBClient(settingsOf(region)).send(
      new CreateTableCommand({
        TableName: 'items',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        ProvisionedThroughput: { ReadCapacityUnits: 20, WriteCapacityUnits: 5 },
      }),
    );
    await new KinesisClient({ ...settingsOf(region), requestHandler: new NodeHttpHandler() }).send(
      new CreateStreamCommand({ StreamName: 'events', ShardCount: 3 }),
    );
    await new APIGatewayClient(settingsOf(region)).send(new CreateRestApiCommand({ name: 'shop' }));
    const s3 = new S3Client({ ...settingsOf(region), forcePathStyle: true });
    const Bucket = `exports-${region}`;
    await s3.send(
      new CreateBucketCommand({
        Bucket,
        ...(region === 'us-east-1'
          ? {}
          : { CreateBucketConfiguration: { LocationConstraint: region as 'eu-west-1' } }),
      }),
    );
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'big' }));
    await s3.send(
      new UploadPartCommand({ Bucket, Key: 'big', UploadId, PartNumber: 1, Body: Buffer.alloc(PART_BYTES) }),
    );
    const at = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000 - 24 * 3_600_000);
    await new CloudWatchClient(settingsOf(region)).send(
      new PutMetricDataCommand({
        Namespace: 'AWS/EC2',
        MetricData: [40, 60].map((Value, index) => ({
          MetricName: 'CPUUtilization',
          Dimensions: [{ Name: 'InstanceId', Value: 'i-1' }],
          Value,
          Timestamp: new Date(at.getTime() + index * 60_000),
        })),
      }),
    );
  }

  async function run(sources: SourceName[], settings: object = {}) {
    const store = await openFolderStore(await makeTestFolder());
    const report = await collect(
      {
        store,
        settings: collectSchema.parse({ regions: REGIONS, ...settings }),
        access: { endpoint: server.endpoint, credentials: async () => TEST_CREDENTIALS, maxAttempts: 2 },
      },
      sources,
    );
    return { store, report };
  }

  it('takes inventory of two regions', async () => {
    const { store, report } = await run(['inventory']);
    expect(report.units.map(({ outcome, error }) => ({ outcome, error }))).toEqual([
      { outcome: 'collected', error: undefined },
      { outcome: 'collected', error: undefined },
    ]);
    const counts = await readCollected(
      store,
      'resources',
      `select region_id, resource_type, count(*) as n from rows
       where resource_type in ('autoscaling:group', 'ec2:instance', 'ec2:elastic-ip', 'ec2:vpc-endpoint', 'logs:log-group', 'rds:db', 'dynamodb:table', 'kinesis:stream',
         's3:bucket') group by all order by all`,
    );
    expect(counts).toEqual(
      [...REGIONS].sort().flatMap((region_id) => [
        { region_id, resource_type: 'autoscaling:group', n: 1 },
        { region_id, resource_type: 'dynamodb:table', n: 1 },
        { region_id, resource_type: 'ec2:elastic-ip', n: 1 },
        { region_id, resource_type: 'ec2:instance', n: INSTANCES },
        { region_id, resource_type: 'ec2:vpc-endpoint', n: 1 },
        { region_id, resource_type: 'kinesis:stream', n: 1 },
        { region_id, resource_type: 'logs:log-group', n: 1 },
        { region_id, resource_type: 'rds:db', n: 1 },
        { region_id, resource_type: 's3:bucket', n: 1 },
      ]),
    );
    const tagged = await readCollected(
      store,
      'resources',
      `select distinct tags['team'] as team from rows where resource_type = 'ec2:instance'`,
    );
    expect(tagged).toEqual([{ team: 'payments' }]);
    const details = await readCollected(
      store,
      'resources',
      `select distinct resource_type, attributes['read_capacity_units'] as reads, attributes['shard_count'] as shards,
         attributes['incomplete_upload_bytes'] as upload_bytes, attributes['has_lifecycle'] as has_lifecycle
       from rows where resource_type in ('dynamodb:table', 'kinesis:stream', 's3:bucket') order by resource_type`,
    );
    const none = { reads: null, shards: null, upload_bytes: null, has_lifecycle: null };
    expect(details).toEqual([
      { ...none, resource_type: 'dynamodb:table', reads: '20' },
      { ...none, resource_type: 'kinesis:stream', shards: '3' },
      { ...none, resource_type: 's3:bucket', upload_bytes: String(PART_BYTES), has_lifecycle: 'false' },
    ]);
    const volumes = await readCollected(
      store,
      'resources',
      `select count(*) as n from rows where resource_type = 'ec2:volume' and attachments = '[]'`,
    );
    expect(volumes).toEqual([{ n: REGIONS.length * VOLUMES }]);
  });

  it('assumes a role in another account and finds that account, not the caller', async () => {
    const { store, report } = await run(['inventory'], {
      accounts: [{ id: MEMBER }],
      regions: ['eu-west-1'],
    });
    expect(report.units).toMatchObject([{ accountId: MEMBER, outcome: 'collected', error: undefined }]);
    const rows = await readCollected(
      store,
      'resources',
      `select count(*) as n from rows where resource_type = 'ec2:instance'`,
    );
    expect(rows).toEqual([{ n: 0 }]);
  });

  it('reads datapoints', async () => {
    const { store, report } = await run(['cloudwatch'], {
      cloudwatch: { services: ['ec2'], history_days: 2 },
    });
    expect(report.units.map(({ error }) => error)).toEqual(report.units.map(() => undefined));
    const rows = await readCollected(
      store,
      'utilization',
      'select region_id, resource_id, average, maximum, sample_count from rows order by all',
    );
    const point = { resource_id: 'i-1', average: 50, maximum: 60, sample_count: 2 };
    expect(rows).toEqual([...REGIONS].sort().map((region_id) => ({ region_id, ...point })));
  });

  it.each(['budgets', 'accounts', 'cost-explorer'] as const)('asks for %s', async (source) => {
    const { report } = await run([source], { cost_explorer: { commitments: false } });
    for (const unit of report.units) expect(unit).toMatchObject({ outcome: 'collected', error: undefined });
    expect(report.units.length).toBeGreaterThan(0);
  });
});
