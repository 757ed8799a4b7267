import type { Window } from '../calendar.ts';
import type { EstateResource } from '../estate/cast.ts';
import { utilizationIdOf } from '../estate/cast.ts';
import { insightsOf } from '../estate/serverless.ts';
import { type SignalShape, signalsOf } from '../estate/signal.ts';
import type { MeterName } from '../meters.ts';
import type { ResourceKind } from '../parts.ts';
import { createRandom, type Random } from '../random.ts';
import type { Organisation, Stream } from '../resources.ts';
import { loadChange } from '../signals.ts';

const GIB = 2 ** 30;
const MICRO = 1_000_000;
const DAYS_A_MONTH = 30;
const BY_DAY = { amplitude: 0.4, peakHour: 19, noise: 0.15 };
/** Days of measurements that a growing level has behind it. */
const MEASURED_DAYS = 95;

/** Databases and caches that fill up: service, and about when they are full, in days from the window's end. */
const FULL_IN_DAYS: Record<string, number> = { orders: 24, catalog: 55, ledger: 80, reporting: 140 };
const CACHE_FULL_IN_DAYS: Record<string, number> = { search: 45, 'fraud-scoring': 75 };

type Usual = Partial<EstateResource> & Pick<EstateResource, 'type' | 'kind'>;

type Input = { stream: Stream; random: Random; amount: (meter: MeterName) => number; window: Window };

/** Kind of resource by the meter that comes first on it, and how it works when all is well. */
const USUAL: Partial<Record<MeterName, (input: Input) => Usual & { shapes: Record<string, SignalShape> }>> = {
  gp3: ({ amount }) => ({
    type: 'ec2:volume',
    kind: 'volume',
    state: 'in-use',
    sizeClass: 'gp3',
    sizeGib: Math.round(amount('gp3') * DAYS_A_MONTH),
    attributes: { iops: 3000, throughput_mib_per_second: 125, is_encrypted: true },
    shapes: {
      'AWS/EBS/VolumeReadOps': { base: 400_000, ...BY_DAY },
      'AWS/EBS/VolumeWriteOps': { base: 900_000, ...BY_DAY },
    },
  }),
  albHours: ({ amount }) => ({
    type: 'elasticloadbalancing:loadbalancer',
    kind: 'loadbalancer',
    state: 'active',
    sizeClass: 'application',
    attributes: { scheme: 'internet-facing', target_count: 3, healthy_target_count: 3 },
    shapes: {
      'AWS/ApplicationELB/RequestCount': { base: 900 * amount('albUnits'), ...BY_DAY, growth: 0.0006 },
      'AWS/ApplicationELB/ProcessedBytes': {
        base: (amount('albUnits') * GIB) / 24,
        ...BY_DAY,
        growth: 0.0006,
      },
      'AWS/ApplicationELB/ConsumedLCUs': {
        base: amount('albUnits') / 24,
        ...BY_DAY,
        growth: 0.0006,
        peak: 1.4,
      },
    },
  }),
  natHours: ({ amount }) => ({
    type: 'ec2:natgateway',
    kind: 'natgateway',
    state: 'available',
    attributes: { connectivity: 'public' },
    shapes: {
      'AWS/NATGateway/BytesOutToDestination': {
        base: (Math.max(1, amount('natBytes')) * GIB) / 48,
        ...BY_DAY,
      },
      'AWS/NATGateway/BytesInFromSource': { base: (Math.max(1, amount('natBytes')) * GIB) / 48, ...BY_DAY },
      'AWS/NATGateway/ActiveConnectionCount': { base: 240, ...BY_DAY, peak: 1.4 },
    },
  }),
  'db.r6g.xlarge': (input) => database(input, 'db.r6g.xlarge', 32),
  'db.t4g.medium': (input) => database(input, 'db.t4g.medium', 4),
  cacheHours: ({ stream, random }) => {
    const fullInDays = CACHE_FULL_IN_DAYS[stream.service.name];
    const start = 45 + 15 * random.unit();
    const slope = fullInDays ? (100 - start) / (MEASURED_DAYS + fullInDays) : 0.01;
    return {
      type: 'elasticache:cluster',
      kind: 'cachecluster',
      state: 'available',
      sizeClass: 'cache.r6g.large',
      attributes: { engine: 'redis', engine_version: '7.1', node_count: 1 },
      shapes: {
        'AWS/ElastiCache/CPUUtilization': { base: 14 + 10 * random.unit(), ...BY_DAY, peak: 1.4, cap: 100 },
        'AWS/ElastiCache/EngineCPUUtilization': {
          base: 22 + 14 * random.unit(),
          ...BY_DAY,
          peak: 1.4,
          cap: 100,
        },
        'AWS/ElastiCache/DatabaseMemoryUsagePercentage': {
          base: start,
          slope,
          noise: 0.01,
          peak: 1.01,
          cap: 100,
        },
        'AWS/ElastiCache/CurrConnections': { base: 180, ...BY_DAY, peak: 1.3, growth: 0.001 },
      },
    };
  },
  lambdaTime: ({ amount }) => ({
    type: 'lambda:function',
    kind: 'function',
    sizeGib: 1,
    attributes: { runtime: 'nodejs20.x', architecture: 'arm64', memory_mib: 1024, timeout_seconds: 30 },
    shapes: lambdaShapes(amount('lambdaTime'), amount('lambdaRequests')),
  }),
  dynamoRead: ({ amount }) => ({
    type: 'dynamodb:table',
    kind: 'table',
    state: 'active',
    attributes: { billing_mode: 'PAY_PER_REQUEST' },
    shapes: {
      'AWS/DynamoDB/ConsumedReadCapacityUnits': { base: amount('dynamoRead') / 24, ...BY_DAY },
      'AWS/DynamoDB/ConsumedWriteCapacityUnits': {
        base: Math.max(100, amount('dynamoWrite') / 24),
        ...BY_DAY,
      },
    },
  }),
  logIngest: ({ amount }) => ({
    type: 'logs:log-group',
    kind: 'loggroup',
    sizeClass: 'STANDARD',
    sizeGib: amount('logStorage') * DAYS_A_MONTH,
    attributes: { retention_days: 30, stored_bytes: Math.round(amount('logStorage') * DAYS_A_MONTH * GIB) },
    shapes: {},
  }),
  shardHours: ({ amount }) => ({
    type: 'kinesis:stream',
    kind: 'stream',
    state: 'active',
    attributes: {
      mode: 'PROVISIONED',
      shard_count: Math.max(1, Math.round(amount('shardHours') / 24)),
      retention_hours: 24,
    },
    shapes: {
      'AWS/Kinesis/IncomingRecords': { base: amount('streamPuts') / 24, ...BY_DAY },
      'AWS/Kinesis/IncomingBytes': { base: (amount('streamPuts') / 24) * 900, ...BY_DAY },
    },
  }),
  endpointHours: () => ({
    type: 'sagemaker:endpoint',
    kind: 'endpoint',
    state: 'inservice',
    sizeClass: 'ml.g5.xlarge',
    attributes: { instance_type: 'ml.g5.xlarge', instance_count: 1, variant_name: 'AllTraffic' },
    shapes: {
      'AWS/SageMaker/Invocations': { base: 9000, ...BY_DAY },
      '/aws/sagemaker/Endpoints/CPUUtilization': { base: 35, ...BY_DAY, peak: 1.5, cap: 100 },
    },
  }),
  redshiftHours: () => ({
    type: 'redshift:cluster',
    kind: 'redshift',
    state: 'available',
    sizeClass: 'ra3.xlplus',
    attributes: { node_count: 2 },
    shapes: {
      'AWS/Redshift/DatabaseConnections': { base: 24, ...BY_DAY, peak: 1.6 },
      'AWS/Redshift/CPUUtilization': { base: 38, ...BY_DAY, peak: 1.6, cap: 100 },
    },
  }),
  s3Storage: () => ({
    type: 's3:bucket',
    kind: 'bucket',
    attributes: { has_lifecycle: true, has_abort_multipart: true, incomplete_upload_bytes: 0 },
    shapes: {},
  }),
};

/** What the business runs, but for its fleets, as healthy as it should be. */
export function listUsual(seed: number, window: Window, organisation: Organisation): EstateResource[] {
  const estateIds = new Set(organisation.estate.map(({ id, billedId }) => billedId ?? id));
  const byResource = new Map<string, Stream[]>();
  for (const stream of organisation.streams) {
    const { resourceId, slot, end } = stream;
    if (resourceId === null || slot !== null || end < window.end || estateIds.has(resourceId)) continue;
    byResource.set(resourceId, [...(byResource.get(resourceId) ?? []), stream]);
  }
  return [...byResource].flatMap(([id, streams]) => {
    const [stream] = streams;
    const describe = stream && USUAL[stream.meter];
    if (!stream || !describe) return [];
    const amount = (meter: MeterName) =>
      (streams.find((one) => one.meter === meter)?.quantityMicro ?? 0) / MICRO;
    const random = createRandom(seed, 'usual', id);
    const { shapes, ...described } = describe({ stream, random, amount, window });
    return [toResource(id, stream, described, shapes)];
  });
}

function toResource(
  id: string,
  stream: Stream,
  usual: Usual,
  shapes: Record<string, SignalShape>,
): EstateResource {
  const name = stream.resourceName ?? id;
  const kind: ResourceKind = usual.kind;
  const utilizationId = utilizationIdOf(kind, id, name);
  return {
    id,
    billedId: null,
    arn: id.startsWith('arn:') ? id : kind === 'bucket' ? `arn:aws:s3:::${id}` : null,
    utilizationId,
    name,
    accountId: stream.accountId,
    region: stream.region,
    service: stream.service,
    environment: stream.environment,
    createdDay: stream.start,
    isAgeKnown: kind !== 'function',
    state: null,
    stateSince: null,
    sizeClass: null,
    sizeGib: null,
    attachments: kind === 'volume' ? [`i-of-${name}`] : null,
    attributes: {},
    extraTags: {},
    isTagged: false,
    metered: [],
    signals:
      utilizationId === null
        ? []
        : [
            ...signalsOf(utilizationId, shapes),
            ...(kind === 'function' ? insightsOf(utilizationId, 780) : []),
          ],
    waste: [],
    lookAlike: null,
    debatable: [],
    ...usual,
  };
}

function database({ stream, random, amount, window }: Input, sizeClass: string, memoryGib: number) {
  const sizeGib = Math.max(100, Math.round(amount('rdsStorage') * DAYS_A_MONTH));
  const free = sizeGib * (0.35 + 0.1 * random.unit()) * GIB;
  const fullInDays = stream.environment === 'prod' ? FULL_IN_DAYS[stream.service.name] : undefined;
  const slope = fullInDays ? -free / (MEASURED_DAYS + fullInDays) : -free * 0.0007;
  return {
    type: 'rds:db',
    kind: 'db' as const,
    state: 'available',
    sizeClass,
    sizeGib,
    attributes: {
      engine: 'postgres',
      engine_version: '15.7',
      storage_type: 'gp3',
      is_multi_az: false,
      backup_retention_days: 7,
      max_connections: memoryGib * 100,
    },
    shapes: {
      'AWS/RDS/CPUUtilization': {
        base: 30 + 15 * random.unit(),
        ...BY_DAY,
        growth: 0.001,
        peak: 1.4,
        cap: 100,
        ...(stream.environment === 'prod' ? loadChange(window, stream.service.name) : {}),
      },
      'AWS/RDS/DatabaseConnections': { base: 40 + 60 * random.unit(), ...BY_DAY, growth: 0.0015, peak: 1.3 },
      'AWS/RDS/FreeStorageSpace': { base: free, slope, noise: 0.004 },
      'AWS/RDS/FreeableMemory': { base: memoryGib * 0.3 * GIB, noise: 0.03 },
      'AWS/RDS/ReadIOPS': { base: 200 + 200 * random.unit(), ...BY_DAY, peak: 1.8 },
      'AWS/RDS/WriteIOPS': { base: 90 + 60 * random.unit(), ...BY_DAY, peak: 1.8 },
    },
  };
}

function lambdaShapes(gibSeconds: number, requests: number): Record<string, SignalShape> {
  const invocations = Math.max(1000, requests / 24);
  const durationMs = Math.min(20_000, Math.max(20, (gibSeconds / 24 / invocations) * 1000));
  return {
    'AWS/Lambda/Invocations': { base: invocations, ...BY_DAY },
    'AWS/Lambda/Errors': { base: invocations * 0.002, ...BY_DAY },
    'AWS/Lambda/Duration': { base: durationMs, noise: 0.1, peak: 3, count: invocations },
    'AWS/Lambda/Throttles': { base: 0, noise: 0 },
    'AWS/Lambda/ConcurrentExecutions': {
      base: Math.max(2, (gibSeconds / 24 / 3600) * 1.5),
      ...BY_DAY,
      growth: 0.003,
      peak: 1.5,
    },
  };
}
