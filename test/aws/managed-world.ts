import { takePage } from './pages.ts';
import { AwsFault, type Input } from './wire-protocol.ts';
import type { Call, World } from './wire-server.ts';

/** How many of each kind an account has in a region. */
export type ManagedEstate = {
  tables: number;
  caches: number;
  services: number;
  stages: number;
  streams: number;
  inferenceEndpoints: number;
  buckets: number;
};

export const MANAGED_ESTATE: ManagedEstate = {
  tables: 3,
  caches: 3,
  services: 12,
  stages: 3,
  streams: 3,
  inferenceEndpoints: 2,
  buckets: 2,
};

export const MIB = 2 ** 20;
const CREATED = new Date('2026-01-02T03:04:05Z');
const PAGE = 2;
const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const text = (value: unknown) => (value === undefined ? undefined : String(value));
const arn = ({ accountId, region }: Call, service: string, rest: string) =>
  `arn:aws:${service}:${region}:${accountId}:${rest}`;
const indexOf = (name: unknown) => Number(String(name).split('-').at(-1));

export const bucketName = ({ accountId, region }: Pick<Call, 'accountId' | 'region'>, index: number) =>
  `bucket-${accountId}-${region}-${index}`;

/** Tables, caches, services, stages, streams, endpoints and buckets of any account and region. */
export function makeManagedWorld(estate: ManagedEstate): World {
  return {
    dynamodb: {
      ListTables({ ExclusiveStartTableName }: { ExclusiveStartTableName?: string }) {
        const names = range(estate.tables).map((index) => `table-${index}`);
        const start = ExclusiveStartTableName ? names.indexOf(ExclusiveStartTableName) + 1 : 0;
        const TableNames = names.slice(start, start + PAGE);
        const isLast = start + PAGE >= names.length;
        return { TableNames, ...(isLast ? {} : { LastEvaluatedTableName: TableNames.at(-1) }) };
      },
      DescribeTable({ TableName }: { TableName: string }, call: Call) {
        const isOnDemand = indexOf(TableName) === 1;
        return {
          Table: {
            TableName,
            TableArn: arn(call, 'dynamodb', `table/${TableName}`),
            TableStatus: 'ACTIVE',
            TableSizeBytes: 2 ** 31,
            CreationDateTime: CREATED,
            ItemCount: 7,
            ProvisionedThroughput: isOnDemand
              ? { ReadCapacityUnits: 0, WriteCapacityUnits: 0 }
              : { ReadCapacityUnits: 20, WriteCapacityUnits: 5 },
            ...(isOnDemand
              ? {
                  BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
                  TableClassSummary: { TableClass: 'STANDARD_INFREQUENT_ACCESS' },
                  Replicas: [{ RegionName: 'us-east-1' }],
                }
              : {}),
          },
        };
      },
    },
    elasticache: {
      DescribeCacheClusters(input: Input, call: Call) {
        const page = takePage(range(estate.caches), PAGE, text(input.Marker));
        return {
          Marker: page.next,
          CacheClusters: page.items.map((index) => ({
            CacheClusterId: `cache-${index}`,
            ARN: arn(call, 'elasticache', `cluster:cache-${index}`),
            CacheClusterStatus: 'available',
            CacheNodeType: 'cache.r6g.large',
            CacheClusterCreateTime: CREATED,
            Engine: 'redis',
            EngineVersion: '7.1',
            NumCacheNodes: 1,
            ...(index < 2 ? { ReplicationGroupId: 'group' } : {}),
          })),
        };
      },
      DescribeReplicationGroups: () => ({
        ReplicationGroups: [
          {
            ReplicationGroupId: 'group',
            NodeGroups: [
              {
                NodeGroupMembers: [
                  { CacheClusterId: 'cache-0', CurrentRole: 'replica' },
                  { CacheClusterId: 'cache-1', CurrentRole: 'primary' },
                ],
              },
            ],
          },
        ],
      }),
    },
    ecs: {
      ListClusters: (_: Input, call: Call) => ({ clusterArns: [arn(call, 'ecs', 'cluster/main')] }),
      ListServices({ nextToken }: { nextToken?: string }, call: Call) {
        const names = range(estate.services).map((index) => arn(call, 'ecs', `service/main/s-${index}`));
        const page = takePage(names, 10, nextToken, 'InvalidParameterException');
        return { nextToken: page.next, serviceArns: page.items };
      },
      DescribeServices({ services }: { services: string[] }, call: Call) {
        if (services.length > 10) throw new AwsFault('InvalidParameterException', 'more than 10 services');
        return {
          services: services.map((serviceArn) => ({
            serviceArn,
            serviceName: serviceArn.split('/').at(-1),
            clusterArn: arn(call, 'ecs', 'cluster/main'),
            status: 'ACTIVE',
            createdAt: CREATED,
            desiredCount: 2,
            runningCount: 2,
            taskDefinition: arn(call, 'ecs', 'task-definition/web:7'),
            ...(indexOf(serviceArn) === 0
              ? { launchType: 'EC2' }
              : { capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT' }] }),
          })),
        };
      },
      DescribeTaskDefinition: ({ taskDefinition }: { taskDefinition: string }) => ({
        taskDefinition: {
          taskDefinitionArn: taskDefinition,
          cpu: '512',
          memory: '1024',
          runtimePlatform: { cpuArchitecture: 'ARM64' },
        },
      }),
    },
    apigateway: {
      GetRestApis: ({ position }: { position?: string }) => {
        const page = takePage(range(estate.stages), PAGE, position, 'BadRequestException');
        return {
          position: page.next,
          items: page.items.map((index) => ({ id: `api-${index}`, name: `shop-${index}` })),
        };
      },
      GetStages: ({ restApiId }: { restApiId: string }) => ({
        item: [
          {
            stageName: 'prod',
            createdDate: CREATED,
            tags: { team: 'edge' },
            ...(indexOf(restApiId) === 0 ? { cacheClusterEnabled: true, cacheClusterSize: '1.6' } : {}),
          },
        ],
      }),
    },
    kinesis: {
      ListStreams({ NextToken }: { NextToken?: string }) {
        const names = range(estate.streams).map((index) => `stream-${index}`);
        const page = takePage(names, PAGE, NextToken, 'ExpiredNextTokenException');
        return { StreamNames: page.items, HasMoreStreams: page.next !== undefined, NextToken: page.next };
      },
      DescribeStreamSummary({ StreamName }: { StreamName: string }, call: Call) {
        return {
          StreamDescriptionSummary: {
            StreamName,
            StreamARN: arn(call, 'kinesis', `stream/${StreamName}`),
            StreamStatus: 'ACTIVE',
            RetentionPeriodHours: 24,
            StreamCreationTimestamp: CREATED,
            EnhancedMonitoring: [],
            OpenShardCount: 4,
            StreamModeDetails: { StreamMode: 'PROVISIONED' },
          },
        };
      },
    },
    sagemaker: {
      ListEndpoints: (_: Input, call: Call) => ({
        Endpoints: range(estate.inferenceEndpoints).map((index) => ({
          EndpointName: `endpoint-${index}`,
          EndpointArn: arn(call, 'sagemaker', `endpoint/endpoint-${index}`),
          CreationTime: CREATED,
          LastModifiedTime: CREATED,
          EndpointStatus: 'InService',
        })),
      }),
    },
    s3: {
      ListBuckets(input: Input, call: Call) {
        if (input['bucket-region'] !== call.region) throw new AwsFault('InvalidArgument', 'region');
        return {
          Buckets: range(estate.buckets).map((index) => ({
            Name: bucketName(call, index),
            CreationDate: CREATED,
            BucketRegion: call.region,
          })),
        };
      },
      GetBucketLifecycleConfiguration({ Bucket }: { Bucket: string }) {
        if (indexOf(Bucket) === 0) {
          throw new AwsFault(
            'NoSuchLifecycleConfiguration',
            'The lifecycle configuration does not exist',
            404,
          );
        }
        return {
          Rules: [
            { Status: 'Enabled', ID: 'abort', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } },
          ],
        };
      },
      ListMultipartUploads(input: Input) {
        if (indexOf(input.Bucket) !== 0) return { IsTruncated: false };
        const isSecond = input['key-marker'] !== undefined;
        return {
          IsTruncated: !isSecond,
          ...(isSecond ? {} : { NextKeyMarker: 'a', NextUploadIdMarker: 'u-1' }),
          Uploads: [{ Key: isSecond ? 'b' : 'a', UploadId: isSecond ? 'u-2' : 'u-1', Initiated: CREATED }],
        };
      },
      ListParts: (input: Input) => {
        if (input.uploadId === 'u-2') throw new AwsFault('NoSuchUpload', 'completed meanwhile', 404);
        const isSecond = input['part-number-marker'] !== undefined;
        return {
          IsTruncated: !isSecond,
          ...(isSecond ? {} : { NextPartNumberMarker: '1' }),
          Parts: [{ PartNumber: isSecond ? 2 : 1, Size: 5 * MIB }],
        };
      },
    },
  };
}
