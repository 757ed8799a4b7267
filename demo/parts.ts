import type { MeterName } from './meters.ts';
import type { Random } from './random.ts';
import type { PartName } from './world.ts';

/**
 * How a quantity follows its service: `fleet` is machine hours of instances that come and go with the load, `load` the
 * load itself, `steady` constant, `fixed` constant to the hour, `storage` what accumulates, `foreign` there only because of
 * an incident.
 */
export type Shape = 'fleet' | 'load' | 'steady' | 'fixed' | 'storage' | 'foreign';

export type PartItem = { meter: MeterName /** Units a day at size 1. */; quantity: number; shape: Shape };

/** A kind of resource that a service has, with everything metered on it. `kind` is null where AWS names no resource. */
export type Part = { kind: ResourceKind | null; label: string; count: number; items: PartItem[] };

/** Days in the month that a GB-month is spread over. */
const STORAGE_DAYS = 30;

const item = (meter: MeterName, quantity: number, shape: Shape): PartItem => ({ meter, quantity, shape });
const stored = (meter: MeterName, gib: number): PartItem => item(meter, gib / STORAGE_DAYS, 'storage');
const part = (kind: ResourceKind | null, label: string, count: number, ...items: PartItem[]): Part => ({
  kind,
  label,
  count,
  items,
});

// biome-ignore format: a table
export const PARTS: Record<PartName, Part[]> = {
  asg: [part('instance', 'node', 1, item('m6i.4xlarge', 40, 'fleet')), part('volume', 'data', 1, item('gp3', 250 / STORAGE_DAYS, 'steady'))],
  gpu: [part('instance', 'trainer', 1, item('g5.xlarge', 60, 'fleet'))],
  spot: [part('instance', 'runner', 1, item('spot', 90, 'fleet')), part('volume', 'cache', 1, item('gp3', 10, 'steady'))],
  alb: [part('loadbalancer', 'public', 1, item('albHours', 24, 'steady'), item('albUnits', 90, 'load'))],
  rds: [part('db', 'db', 1, item('db.r6g.xlarge', 24, 'steady'), stored('rdsStorage', 300))],
  cache: [part('cachecluster', 'cache', 1, item('cacheHours', 48, 'load'))],
  search: [part('domain', 'index', 1, item('searchHours', 72, 'load'), stored('searchStorage', 400))],
  bucket: [part('bucket', 'store', 1, stored('s3Storage', 9000), item('s3Read', 4_000_000, 'load'))],
  lambda: [part('function', 'worker', 1, item('lambdaTime', 450_000, 'load'), item('lambdaRequests', 5_000_000, 'load'))],
  dynamo: [part('table', 'items', 1, item('dynamoRead', 20_000_000, 'load'), item('dynamoWrite', 3_000_000, 'load'))],
  logs: [part('loggroup', 'app', 1, item('logIngest', 14, 'load'), stored('logStorage', 500)), part(null, 'metrics', 1, item('metrics', 12, 'steady'))],
  queue: [part('queue', 'events', 1, item('queueRequests', 7_000_000, 'load'))],
  topic: [part('topic', 'notify', 1, item('topicRequests', 9_000_000, 'load'))],
  stream: [part('stream', 'events', 1, item('shardHours', 240, 'load'), item('streamPuts', 120_000_000, 'load'))],
  nat: [part('natgateway', 'egress', 1, item('natHours', 24, 'steady'), item('natBytes', 120, 'load'))],
  transfer: [part(null, 'transfer', 1, item('transferOut', 140, 'load'), item('transferRegion', 90, 'load'))],
  cdn: [part('distribution', 'site', 1, item('cdnBytes', 350, 'load'), item('cdnRequests', 9_000_000, 'load'))],
  eks: [part('ekscluster', 'cluster', 1, item('eksHours', 24, 'steady'))],
  warehouse: [part('redshift', 'cluster', 1, item('redshiftHours', 48, 'steady'), stored('redshiftStorage', 12_000))],
  query: [part('workgroup', 'queries', 1, item('athenaScans', 1.6, 'load')), part('job', 'etl', 1, item('glueHours', 14, 'load'))],
  endpoint: [part('endpoint', 'predict', 1, item('endpointHours', 24, 'steady'))],
  dns: [part('hostedzone', 'zone', 1, item('zoneMonths', 2 / STORAGE_DAYS, 'steady'), item('dnsQueries', 9_000_000, 'load'))],
  registry: [part('repository', 'images', 1, stored('registryStorage', 220))],
  secrets: [part('secret', 'credentials', 1, item('secretMonths', 40 / STORAGE_DAYS, 'steady'))],

};

/** What a small environment runs in place of production's machines. */
export const SMALLER: Partial<Record<MeterName, MeterName>> = {
  'm6i.4xlarge': 'm6i.large',
  'db.r6g.xlarge': 'db.t4g.medium',
};

/** Parts that a copy of a service outside production does without. */
export const PROD_ONLY: readonly PartName[] = [
  'cdn',
  'nat',
  'alb',
  'cache',
  'search',
  'logs',
  'queue',
  'transfer',
  'eks',
];

type Naming = { region: string; account: string; name: string; random: Random };

const arn = (service: string, resource: (naming: Naming) => string) => (naming: Naming) =>
  `arn:aws:${service}:${naming.region}:${naming.account}:${resource(naming)}`;

/** Resource identifiers as AWS bills them. */
export const RESOURCE_IDS = {
  instance: ({ random }: Naming) => `i-0${random.hex(16)}`,
  volume: ({ random }: Naming) => `vol-0${random.hex(16)}`,
  snapshot: arn('ec2', ({ random }) => `snapshot/snap-0${random.hex(16)}`),
  address: arn('ec2', ({ random }) => `elastic-ip/eipalloc-0${random.hex(16)}`),
  natgateway: arn('ec2', ({ random }) => `natgateway/nat-0${random.hex(16)}`),
  loadbalancer: arn(
    'elasticloadbalancing',
    ({ name, random }) => `loadbalancer/app/${name}/${random.hex(16)}`,
  ),
  networkloadbalancer: arn(
    'elasticloadbalancing',
    ({ name, random }) => `loadbalancer/net/${name}/${random.hex(16)}`,
  ),
  classicloadbalancer: arn('elasticloadbalancing', ({ name }) => `loadbalancer/${name}`),
  vpcendpoint: arn('ec2', ({ random }) => `vpc-endpoint/vpce-0${random.hex(16)}`),
  image: arn('ec2', ({ random }) => `image/ami-0${random.hex(16)}`),
  asg: arn(
    'autoscaling',
    ({ name, random }) =>
      `autoScalingGroup:${random.hex(8)}-${random.hex(4)}-${random.hex(4)}:autoScalingGroupName/${name}`,
  ),
  ecsservice: arn('ecs', ({ name }) => `service/acme/${name}`),
  stage: ({ region, random }: Naming) =>
    `arn:aws:apigateway:${region}::/restapis/${random.hex(10)}/stages/live`,
  db: arn('rds', ({ name }) => `db:${name}`),
  cachecluster: arn('elasticache', ({ name }) => `cluster:${name}`),
  domain: arn('es', ({ name }) => `domain/${name}`),
  bucket: ({ name }: Naming) => `acme-${name}`,
  function: arn('lambda', ({ name }) => `function:${name}`),
  table: arn('dynamodb', ({ name }) => `table/${name}`),
  loggroup: arn('logs', ({ name }) => `log-group:/acme/${name}`),
  queue: arn('sqs', ({ name }) => name),
  topic: arn('sns', ({ name }) => name),
  stream: arn('kinesis', ({ name }) => `stream/${name}`),
  distribution: ({ account, random }: Naming) =>
    `arn:aws:cloudfront::${account}:distribution/E${random.hex(13).toUpperCase()}`,
  ekscluster: arn('eks', ({ name }) => `cluster/${name}`),
  redshift: arn('redshift', ({ name }) => `cluster:${name}`),
  workgroup: arn('athena', ({ name }) => `workgroup/${name}`),
  job: arn('glue', ({ name }) => `job/${name}`),
  endpoint: arn('sagemaker', ({ name }) => `endpoint/${name}`),
  hostedzone: ({ random }: Naming) => `arn:aws:route53:::hostedzone/Z${random.hex(19).toUpperCase()}`,
  repository: arn('ecr', ({ name }) => `repository/${name}`),
  secret: arn('secretsmanager', ({ name, random }) => `secret:${name}-${random.hex(6)}`),
} as const;

export type ResourceKind = keyof typeof RESOURCE_IDS;
