import { MANAGED_ESTATE, type ManagedEstate, makeManagedWorld } from './managed-world.ts';
import { takePage } from './pages.ts';
import { AwsFault, type Input } from './wire-protocol.ts';
import type { Call, World } from './wire-server.ts';

/** How many of each kind an account has in a region. */
export type Estate = ManagedEstate & {
  instances: number;
  volumes: number;
  snapshots: number;
  addresses: number;
  natGateways: number;
  images: number;
  endpoints: number;
  autoScalingGroups: number;
  loadBalancers: number;
  classicLoadBalancers: number;
  databases: number;
  functions: number;
  logGroups: number;
};

export const ESTATE: Estate = {
  instances: 5,
  volumes: 3,
  snapshots: 2,
  addresses: 2,
  natGateways: 1,
  images: 3,
  endpoints: 3,
  autoScalingGroups: 3,
  loadBalancers: 2,
  classicLoadBalancers: 1,
  databases: 3,
  functions: 4,
  logGroups: 3,
  ...MANAGED_ESTATE,
};

const CREATED = new Date('2026-01-02T03:04:05Z');
const PAGE = 2;
const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const text = (value: unknown) => (value === undefined ? undefined : String(value));

/** The inventory of any account and region: the same estate, with ids of its own. */
export function makeEstate(estate: Estate = ESTATE): World {
  const arn = ({ accountId, region }: Call, service: string, rest: string) =>
    `arn:aws:${service}:${region}:${accountId}:${rest}`;
  const id = ({ accountId, region }: Call, kind: string, index: number) =>
    `${kind}-${accountId.slice(-2)}${region.replaceAll('-', '')}${index}`;
  const ec2 = <T>(items: T[], input: Input) => {
    const page = takePage(items, PAGE, text(input.NextToken), 'InvalidNextToken');
    return { items: page.items, NextToken: page.next };
  };

  return {
    ...makeManagedWorld(estate),
    ec2: {
      DescribeInstances(input: Input, call: Call) {
        const page = ec2(range(estate.instances), input);
        const Instances = page.items.map((index) => ({
          InstanceId: id(call, 'i', index),
          InstanceType: 'm5.large',
          LaunchTime: CREATED,
          State: { Code: 16, Name: index === 0 ? 'stopped' : 'running' },
          Placement: { AvailabilityZone: `${call.region}a`, Tenancy: 'default' },
          RootDeviceName: '/dev/sda1',
          BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { VolumeId: id(call, 'vol', index) } }],
          Tags: [
            { Key: 'Name', Value: `web <${index}> & "co"` },
            ...(index === 1 ? [{ Key: 'aws:autoscaling:groupName', Value: 'group-0' }] : []),
            { Key: 'team', Value: 'payments' },
          ],
        }));
        return {
          NextToken: page.NextToken,
          Reservations: [{ ReservationId: 'r', OwnerId: call.accountId, Instances }],
        };
      },
      DescribeVolumes(input: Input, call: Call) {
        const page = ec2(range(estate.volumes), input);
        return {
          NextToken: page.NextToken,
          Volumes: page.items.map((index) => ({
            VolumeId: id(call, 'vol', index),
            VolumeType: 'gp3',
            Size: 100,
            Iops: 3000,
            Throughput: 125,
            Encrypted: true,
            State: index === 0 ? 'in-use' : 'available',
            CreateTime: CREATED,
            Attachments: index === 0 ? [{ InstanceId: id(call, 'i', 0), State: 'attached' }] : [],
          })),
        };
      },
      DescribeSnapshots(input: Input, call: Call) {
        if (input['OwnerIds.1'] !== 'self' && input['Owner.1'] !== 'self')
          throw new AwsFault('InvalidParameter', JSON.stringify(input));
        const page = ec2(range(estate.snapshots), input);
        return {
          NextToken: page.NextToken,
          Snapshots: page.items.map((index) => ({
            SnapshotId: id(call, 'snap', index),
            VolumeId: 'vol-gone',
            VolumeSize: 50,
            State: 'completed',
            StartTime: CREATED,
          })),
        };
      },
      DescribeAddresses: (_: Input, call: Call) => ({
        Addresses: range(estate.addresses).map((index) => ({
          PublicIp: `192.0.2.${index}`,
          AllocationId: id(call, 'eipalloc', index),
          Domain: 'vpc',
          ...(index === 0 ? { AssociationId: 'a', NetworkInterfaceId: 'eni-1' } : {}),
        })),
      }),
      DescribeImages(input: Input, call: Call) {
        if (input['Owner.1'] !== 'self') throw new AwsFault('InvalidParameter', JSON.stringify(input));
        const page = ec2(range(estate.images), input);
        return {
          NextToken: page.NextToken,
          Images: page.items.map((index) => ({
            ImageId: id(call, 'ami', index),
            Name: `image-${index}`,
            State: 'available',
            Public: false,
            CreationDate: CREATED.toISOString(),
            BlockDeviceMappings: [
              { DeviceName: '/dev/sda1', Ebs: { SnapshotId: id(call, 'snap', index) } },
              { DeviceName: '/dev/sdb', VirtualName: 'ephemeral0' },
            ],
            ...(index === 0 ? { LastLaunchedTime: '2026-10-01T00:00:00Z' } : {}),
          })),
        };
      },
      DescribeVpcEndpoints(input: Input, call: Call) {
        const page = ec2(range(estate.endpoints), input);
        return {
          NextToken: page.NextToken,
          VpcEndpoints: page.items.map((index) => ({
            VpcEndpointId: id(call, 'vpce', index),
            VpcEndpointType: index === 0 ? 'Gateway' : 'Interface',
            ServiceName: `com.amazonaws.${call.region}.s3`,
            VpcId: 'vpc-1',
            SubnetIds: index === 0 ? [] : ['subnet-1', 'subnet-2'],
            State: 'available',
            CreationTimestamp: CREATED,
          })),
        };
      },
      DescribeNatGateways(input: Input, call: Call) {
        const page = ec2(range(estate.natGateways), input);
        return {
          NextToken: page.NextToken,
          NatGateways: page.items.map((index) => ({
            NatGatewayId: id(call, 'nat', index),
            State: 'available',
            CreateTime: CREATED,
            VpcId: 'vpc-1',
          })),
        };
      },
    },
    autoscaling: {
      DescribeAutoScalingGroups(input: Input, call: Call) {
        const page = takePage(
          range(estate.autoScalingGroups),
          PAGE,
          text(input.NextToken),
          'InvalidNextToken',
        );
        return {
          NextToken: page.next,
          AutoScalingGroups: page.items.map((index) => ({
            AutoScalingGroupName: `group-${index}`,
            AutoScalingGroupARN: arn(
              call,
              'autoscaling',
              `autoScalingGroup:uuid-${index}:autoScalingGroupName/group-${index}`,
            ),
            MinSize: 1,
            MaxSize: 4,
            DesiredCapacity: 1,
            CreatedTime: CREATED,
            Instances: index === 0 ? [{ InstanceId: id(call, 'i', 1) }] : [],
            Tags: [{ Key: 'team', Value: 'payments' }],
          })),
        };
      },
    },
    elasticloadbalancing: {
      DescribeLoadBalancers(input: Input, call: Call) {
        const isClassic = input.Version === '2012-06-01';
        const count = isClassic ? estate.classicLoadBalancers : estate.loadBalancers;
        const page = takePage(range(count), 1, text(input.Marker), 'InvalidMarker');
        const NextMarker = page.next;
        if (isClassic) {
          const LoadBalancerDescriptions = page.items.map((index) => ({
            LoadBalancerName: `classic-${index}`,
            CreatedTime: CREATED,
            Instances: [],
          }));
          return { NextMarker, LoadBalancerDescriptions };
        }
        const LoadBalancers = page.items.map((index) => ({
          LoadBalancerArn: arn(call, 'elasticloadbalancing', `loadbalancer/app/web-${index}/50dc6c49`),
          LoadBalancerName: `web-${index}`,
          Type: 'application',
          CreatedTime: CREATED,
          State: { Code: 'active' },
        }));
        return { NextMarker, LoadBalancers };
      },
      DescribeTargetGroups: (_: Input, call: Call) => ({
        TargetGroups: [
          {
            TargetGroupArn: arn(call, 'elasticloadbalancing', 'targetgroup/web/1'),
            LoadBalancerArns: [arn(call, 'elasticloadbalancing', 'loadbalancer/app/web-0/50dc6c49')],
          },
        ],
      }),
      DescribeTargetHealth: () => ({
        TargetHealthDescriptions: ['healthy', 'unhealthy'].map((State, index) => ({
          Target: { Id: `i-${index}` },
          TargetHealth: { State },
        })),
      }),
      DescribeTags(input: Input) {
        const tags = [{ Key: 'team', Value: 'edge' }];
        if (input.Version === '2012-06-01') {
          return { TagDescriptions: [{ LoadBalancerName: input['LoadBalancerNames.member.1'], Tags: tags }] };
        }
        return { TagDescriptions: [{ ResourceArn: input['ResourceArns.member.1'], Tags: tags }] };
      },
    },
    rds: {
      DescribeDBInstances(input: Input, call: Call) {
        const page = takePage(range(estate.databases), PAGE, text(input.Marker));
        return {
          Marker: page.next,
          DBInstances: page.items.map((index) => ({
            DBInstanceIdentifier: `db-${index}`,
            DBInstanceArn: arn(call, 'rds', `db:db-${index}`),
            DBInstanceClass: 'db.r6g.large',
            DBInstanceStatus: 'available',
            Engine: 'postgres',
            AllocatedStorage: 200,
            MultiAZ: true,
            InstanceCreateTime: CREATED,
            TagList: [{ Key: 'team', Value: 'data' }],
          })),
        };
      },
    },
    lambda: {
      ListFunctions(input: Input, call: Call) {
        const page = takePage(range(estate.functions), PAGE, text(input.Marker));
        return {
          NextMarker: page.next,
          Functions: page.items.map((index) => ({
            FunctionName: `f-${index}`,
            FunctionArn: arn(call, 'lambda', `function:f-${index}`),
            Runtime: 'nodejs24.x',
            MemorySize: 512,
            Architectures: ['arm64'],
          })),
        };
      },
    },
    logs: {
      DescribeLogGroups({ nextToken }: { nextToken?: string }, call: Call) {
        const page = takePage(range(estate.logGroups), PAGE, nextToken, 'InvalidParameterException');
        return {
          nextToken: page.next,
          logGroups: page.items.map((index) => ({
            logGroupName: `/app/${index}`,
            arn: arn(call, 'logs', `log-group:/app/${index}:*`),
            storedBytes: 2 ** 30,
            creationTime: CREATED.getTime(),
            ...(index === 0 ? { retentionInDays: 30 } : {}),
          })),
        };
      },
    },
    tagging: {
      GetResources({ PaginationToken }: { PaginationToken?: string }, call: Call) {
        const mappings = [
          ...range(estate.buckets).map((index) => ({
            ResourceARN: `arn:aws:s3:::bucket-${call.accountId}-${call.region}-${index}`,
            Tags: [{ Key: 'team', Value: 'data' }],
          })),
          { ResourceARN: arn(call, 'lambda', 'function:f-0'), Tags: [{ Key: 'team', Value: 'search' }] },
        ];
        const page = takePage(mappings, PAGE, PaginationToken, 'PaginationTokenExpiredException');
        return { PaginationToken: page.next ?? '', ResourceTagMappingList: page.items };
      },
    },
  };
}
