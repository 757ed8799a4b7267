import type { MeterName } from '../meters.ts';
import { between, type Cast, type EstateResource, hourly, logBetween, make, stored } from './cast.ts';
import { type Signal, type SignalShape, signalsOf } from './signal.ts';

const GIB = 2 ** 30;
const HOUR_SECONDS = 3600;
const DAY_TIME = { amplitude: 0.45, peakHour: 19, noise: 0.2 };
type Made = Partial<Parameters<typeof make>[1]>;

type Database = {
  meter: MeterName;
  memoryGib: number;
  storageGib: number;
  /** Share of the storage that is free. */
  freeRatio: number;
  cpu: SignalShape;
  connections: SignalShape;
  /** Operations a second. */
  reads: SignalShape;
  writes: SignalShape;
  made: Made;
  metered?: { meter: MeterName; daily: number }[];
};

/** What a database's own upkeep writes. */
const UPKEEP: SignalShape = { base: 0.8, noise: 0.4 };

function database(cast: Cast, each: Database): EstateResource {
  const { meter, storageGib, freeRatio, memoryGib } = each;
  const sizeClass = meter.replace(' multi-az', '');
  const one = make(cast, {
    type: 'rds:db',
    kind: 'db',
    state: 'available',
    sizeClass,
    sizeGib: storageGib,
    metered: [hourly(meter), stored('rdsStorage', storageGib), ...(each.metered ?? [])],
    ...each.made,
    attributes: {
      engine: 'postgres',
      engine_version: '15.7',
      storage_type: 'gp3',
      is_multi_az: false,
      backup_retention_days: 7,
      ...each.made.attributes,
    },
  });
  one.signals = signalsOf(one.utilizationId ?? '', {
    'AWS/RDS/CPUUtilization': { cap: 100, ...each.cpu },
    'AWS/RDS/DatabaseConnections': each.connections,
    'AWS/RDS/FreeStorageSpace': {
      base: storageGib * freeRatio * GIB,
      slope: -storageGib * freeRatio * GIB * 0.0006,
      noise: 0.002,
    },
    'AWS/RDS/FreeableMemory': { base: memoryGib * 0.4 * GIB, noise: 0.03 },
    'AWS/RDS/ReadIOPS': each.reads,
    'AWS/RDS/WriteIOPS': each.writes,
  });
  return one;
}

const quiet = ({ random }: Cast): SignalShape => ({
  base: between(random, 1.5, 5),
  noise: 0.2,
  peak: between(random, 1.2, 2),
});
const NONE: SignalShape = { base: 0, noise: 0 };
const working = (cast: Cast): Pick<Database, 'connections' | 'reads' | 'writes'> => ({
  connections: { base: between(cast.random, 12, 60), ...DAY_TIME, peak: 1.3 },
  reads: { base: between(cast.random, 60, 500), ...DAY_TIME, peak: 1.8 },
  writes: { base: between(cast.random, 20, 120), ...DAY_TIME, peak: 1.8 },
});

export const MANAGED: Record<string, (cast: Cast) => EstateResource[]> = {
  'rds-idle': (cast) => [
    database(cast, {
      meter: cast.random.pick(['db.t4g.medium', 'db.t4g.large', 'db.r6g.large']),
      memoryGib: 8,
      storageGib: 50 + cast.random.integer(250),
      freeRatio: between(cast.random, 0.3, 0.55),
      cpu: quiet(cast),
      connections: cast.random.unit() < 0.6 ? NONE : { base: 0, burstMille: 1, burst: 1, zeroMille: 999 },
      reads: { base: 0.05, noise: 0.8 },
      writes: UPKEEP,
      made: {
        waste: [{ detector: 'rds_idle', savingRatio: null }],
        debatable: ['rds_oversized', 'rds_storage_overprovisioned', 'rds_backup'],
      },
    }),
  ],
  'rds-oversized': (cast) => [
    database(cast, {
      meter: cast.random.pick(['db.m6g.2xlarge', 'db.r6g.2xlarge']),
      memoryGib: 48,
      storageGib: 300,
      freeRatio: 0.35,
      cpu: { base: between(cast.random, 3, 9), ...DAY_TIME, peak: between(cast.random, 1.3, 1.9) },
      ...working(cast),
      made: {
        waste: [{ detector: 'rds_oversized', savingRatio: null }],
        debatable: ['rds_storage_overprovisioned'],
      },
    }),
  ],
  'rds-storage-overprovisioned': (cast) => [
    database(cast, {
      meter: 'db.r6g.large',
      memoryGib: 16,
      storageGib: 1500 + cast.random.integer(3000),
      freeRatio: between(cast.random, 0.82, 0.94),
      cpu: { base: between(cast.random, 32, 45), ...DAY_TIME, peak: 1.4 },
      ...working(cast),
      made: { waste: [{ detector: 'rds_storage_overprovisioned', savingRatio: null }] },
    }),
  ],
  'rds-extended-support': (cast) => [
    database(cast, {
      meter: 'db.m6g.large',
      memoryGib: 8,
      storageGib: 120,
      freeRatio: 0.4,
      cpu: { base: between(cast.random, 32, 45), ...DAY_TIME, peak: 1.4 },
      ...working(cast),
      metered: [hourly('rdsExtended', 2)],
      made: {
        attributes: { engine_version: '11.22' },
        waste: [{ detector: 'rds_extended_support', savingRatio: null }],
      },
    }),
  ],
  'rds-backup': (cast) => {
    const storageGib = 200 + cast.random.integer(200);
    return [
      database(cast, {
        meter: 'db.m6g.large',
        memoryGib: 8,
        storageGib,
        freeRatio: 0.4,
        cpu: { base: between(cast.random, 32, 45), ...DAY_TIME, peak: 1.4 },
        ...working(cast),
        metered: [stored('rdsBackup', storageGib * between(cast.random, 2, 5))],
        made: {
          attributes: { backup_retention_days: 35 },
          waste: [{ detector: 'rds_backup', savingRatio: null }],
        },
      }),
    ];
  },
  /** Nobody reads it; it follows another database and takes over when that one fails. */
  'rds-standby-replica': (cast) => [
    database(cast, {
      meter: 'db.r6g.large',
      memoryGib: 16,
      storageGib: 300,
      freeRatio: 0.4,
      cpu: { base: between(cast.random, 4, 9), ...DAY_TIME, peak: 1.5 },
      connections: NONE,
      reads: { base: 4, noise: 0.4 },
      writes: { base: between(cast.random, 40, 160), ...DAY_TIME, peak: 1.6 },
      made: {
        attributes: { replica_of: `${cast.label}-primary`, is_replica: true },
        lookAlike: 'standby_replica',
        debatable: ['rds_oversized'],
      },
    }),
  ],
  'rds-busy': (cast) => [
    database(cast, {
      meter: 'db.r6g.large multi-az',
      memoryGib: 16,
      storageGib: 300,
      freeRatio: between(cast.random, 0.25, 0.45),
      cpu: { base: between(cast.random, 30, 50), ...DAY_TIME, peak: 1.4 },
      ...working(cast),
      made: { attributes: { is_multi_az: true }, lookAlike: 'busy' },
    }),
  ],
  /** Closes the books in the night, and is asked by nobody else. */
  'rds-night-batch': (cast) => [
    database(cast, {
      meter: 'db.r6g.large',
      memoryGib: 16,
      storageGib: 200,
      freeRatio: 0.4,
      cpu: { base: 75, noise: 0.1, peak: 1.15, fromHour: 2, toHour: 5, offLevel: 2 },
      connections: { base: 6, noise: 0.2, peak: 1.5, fromHour: 2, toHour: 5, offLevel: 0 },
      reads: { base: 900, noise: 0.2, fromHour: 2, toHour: 5, offLevel: 0.1 },
      writes: { base: 300, noise: 0.2, fromHour: 2, toHour: 5, offLevel: 1 },
      made: { lookAlike: 'batch_at_night' },
    }),
  ],
  'rds-fresh': (cast) => [
    database(cast, {
      meter: 'db.t4g.large',
      memoryGib: 8,
      storageGib: 100,
      freeRatio: 0.95,
      cpu: quiet(cast),
      connections: NONE,
      reads: { base: 0.05, noise: 0.8 },
      writes: UPKEEP,
      made: { age: 2 + cast.random.integer(4), lookAlike: 'fresh' },
    }),
  ],
  'lambda-oversized': (cast) => [
    lambda(cast, {
      memoryMib: 3008,
      usedMib: between(cast.random, 150, 400),
      invocations: logBetween(cast.random, 3000, 40_000),
      durationMs: between(cast.random, 300, 900),
      waste: 'lambda_oversized',
      ratio: null,
    }),
  ],
  'lambda-errors': (cast) => [
    lambda(cast, {
      memoryMib: 512,
      usedMib: 350,
      invocations: logBetween(cast.random, 3000, 30_000),
      durationMs: between(cast.random, 800, 3000),
      errorRatio: between(cast.random, 0.18, 0.85),
      waste: 'lambda_errors',
      ratio: null,
    }),
  ],
  'lambda-x86': (cast) => [
    lambda(cast, {
      memoryMib: 1024,
      usedMib: 820,
      invocations: logBetween(cast.random, 20_000, 120_000),
      durationMs: between(cast.random, 200, 700),
      architecture: 'x86_64',
      waste: 'lambda_x86',
      ratio: 0.2,
    }),
  ],
  'lambda-busy': (cast) => [
    lambda(cast, {
      memoryMib: 1024,
      usedMib: 800,
      invocations: logBetween(cast.random, 2000, 60_000),
      durationMs: between(cast.random, 200, 900),
      errorRatio: 0.004,
      waste: null,
      ratio: null,
    }),
  ],
  'dynamodb-idle': (cast) => [
    table(cast, {
      read: 20 + cast.random.integer(80),
      write: 10 + cast.random.integer(40),
      consumed: { base: 2, gapMille: 985 },
      made: {
        waste: [{ detector: 'dynamodb_idle', savingRatio: 1 }],
        debatable: ['dynamodb_overprovisioned'],
      },
    }),
  ],
  'dynamodb-overprovisioned': (cast) => {
    const read = 200 + cast.random.integer(1200);
    const share = between(cast.random, 0.04, 0.2);
    return [
      table(cast, {
        read,
        write: Math.round(read / 3),
        consumed: { base: share * 3600 * read, amplitude: 0.4, peakHour: 19, noise: 0.2 },
        made: { waste: [{ detector: 'dynamodb_overprovisioned', savingRatio: null }] },
      }),
    ];
  },
  'dynamodb-busy': (cast) => {
    const read = 100 + cast.random.integer(300);
    return [
      table(cast, {
        read,
        write: Math.round(read / 3),
        consumed: { base: 0.5 * 3600 * read, amplitude: 0.3, peakHour: 19, noise: 0.1 },
        made: { lookAlike: 'busy' },
      }),
    ];
  },
  'ecs-idle': (cast) => [
    task(cast, {
      cpu: { base: between(cast.random, 0.05, 0.5), noise: 0.4, peak: 1.6 },
      memory: { base: between(cast.random, 0.6, 6), noise: 0.03 },
      made: { waste: [{ detector: 'ecs_idle', savingRatio: 1 }], debatable: ['ecs_oversized'] },
    }),
  ],
  'ecs-oversized': (cast) => [
    task(cast, {
      cpu: { base: between(cast.random, 4, 10), ...DAY_TIME, peak: 1.7 },
      memory: { base: between(cast.random, 14, 28), noise: 0.05 },
      made: { waste: [{ detector: 'ecs_oversized', savingRatio: null }] },
    }),
  ],
  'ecs-busy': (cast) => [
    task(cast, {
      cpu: { base: between(cast.random, 34, 52), ...DAY_TIME, peak: 1.5 },
      memory: { base: between(cast.random, 55, 80), noise: 0.04 },
      made: { lookAlike: 'busy' },
    }),
  ],
  'elasticache-idle': (cast) => [
    cache(cast, {
      cpu: { base: between(cast.random, 0.4, 2), noise: 0.2 },
      memory: { base: between(cast.random, 0.5, 9), noise: 0.02 },
      connections: { base: between(cast.random, 0, 1.5), noise: 0.3 },
      made: { waste: [{ detector: 'elasticache_idle', savingRatio: 1 }] },
    }),
  ],
  'elasticache-busy': (cast) => [
    cache(cast, {
      cpu: { base: between(cast.random, 12, 38), ...DAY_TIME },
      memory: { base: between(cast.random, 40, 70), noise: 0.02 },
      connections: { base: between(cast.random, 20, 200), ...DAY_TIME },
      made: { lookAlike: 'busy' },
    }),
  ],
  'redshift-idle': (cast) => [
    warehouse(
      cast,
      NONE,
      { base: between(cast.random, 1, 3.5), noise: 0.3, peak: 1.5 },
      { waste: [{ detector: 'redshift_idle', savingRatio: 1 }] },
    ),
  ],
  'redshift-weekly': (cast) => [
    warehouse(
      cast,
      { base: 5, days: 'monday', fromHour: 6, toHour: 16, noise: 0.3, offLevel: 0 },
      { base: 65, days: 'monday', fromHour: 6, toHour: 16, noise: 0.2, offLevel: 2 },
      { lookAlike: 'weekly_peak' },
    ),
  ],
  'log-group-no-retention': (cast) => [
    logGroup(cast, null, { waste: [{ detector: 'log_group_no_retention', savingRatio: null }] }),
  ],
  'log-group-retained': (cast) => [logGroup(cast, 30, { lookAlike: 'retention_set' })],
  'api-gateway-cache': (cast) => [
    stage(cast, between(cast.random, 0.001, 0.04), between(cast.random, 5, 80), {
      waste: [{ detector: 'api_gateway_cache', savingRatio: null }],
    }),
  ],
  'api-gateway-cache-used': (cast) => [
    stage(cast, between(cast.random, 0.55, 0.9), logBetween(cast.random, 20_000, 90_000), {
      lookAlike: 'busy',
    }),
  ],
  'kinesis-idle': (cast) => [
    stream(cast, 0, {
      waste: [{ detector: 'kinesis_idle', savingRatio: 1 }],
      debatable: ['kinesis_overprovisioned'],
    }),
  ],
  'kinesis-overprovisioned': (cast) => [
    stream(cast, between(cast.random, 0.03, 0.2), {
      waste: [{ detector: 'kinesis_overprovisioned', savingRatio: null }],
    }),
  ],
  'kinesis-busy': (cast) => [stream(cast, between(cast.random, 0.45, 0.6), { lookAlike: 'busy' })],
  'sagemaker-endpoint-idle': (cast) => [
    endpoint(cast, null, { waste: [{ detector: 'sagemaker_endpoint_idle', savingRatio: 1 }] }),
  ],
  'sagemaker-endpoint-used': (cast) => [
    endpoint(
      cast,
      {
        base: between(cast.random, 20, 400),
        fromHour: 13,
        toHour: 23,
        days: 'weekday',
        offLevel: 0,
        noise: 0.4,
      },
      { lookAlike: 'low_traffic' },
    ),
  ],
};

function lambda(
  cast: Cast,
  each: {
    memoryMib: number;
    usedMib: number;
    invocations: number;
    durationMs: number;
    errorRatio?: number;
    architecture?: string;
    waste: string | null;
    ratio: number | null;
  },
): EstateResource {
  const {
    memoryMib,
    usedMib,
    invocations,
    durationMs,
    errorRatio = 0.003,
    architecture = 'arm64',
    waste,
    ratio,
  } = each;
  const isX86 = architecture === 'x86_64';
  const gibSeconds = (invocations * 24 * durationMs * memoryMib) / 1000 / 1024;
  const one = make(cast, {
    type: 'lambda:function',
    kind: 'function',
    sizeGib: memoryMib / 1024,
    attributes: {
      runtime: cast.random.pick(['nodejs20.x', 'python3.12']),
      architecture,
      memory_mib: memoryMib,
      timeout_seconds: 30,
    },
    metered: [
      { meter: isX86 ? 'lambdaTimeX86' : 'lambdaTime', daily: gibSeconds },
      { meter: isX86 ? 'lambdaRequestsX86' : 'lambdaRequests', daily: invocations * 24 },
    ],
    ...(waste ? { waste: [{ detector: waste, savingRatio: ratio }] } : { lookAlike: 'busy' }),
  });
  const load = { ...DAY_TIME, weekend: 0.8 };
  one.signals = signalsOf(one.utilizationId ?? '', {
    'AWS/Lambda/Invocations': { base: invocations, ...load },
    'AWS/Lambda/Errors': { base: invocations * errorRatio, ...load },
    'AWS/Lambda/Duration': { base: durationMs, noise: 0.1, peak: 3, count: invocations },
    'AWS/Lambda/Throttles': { base: 0, noise: 0 },
    'AWS/Lambda/ConcurrentExecutions': {
      base: Math.max(1, (invocations / 3600) * (durationMs / 1000) * 3),
      ...load,
    },
  });
  one.signals.push(...insightsOf(one.utilizationId ?? '', usedMib));
  return one;
}

/** What Lambda Insights tells, of functions that have its extension. */
export function insightsOf(functionName: string, usedMib: number): Signal[] {
  return signalsOf(functionName, {
    'LambdaInsights/used_memory_max': { base: usedMib, noise: 0.05, peak: 1.1 },
  });
}

function table(
  cast: Cast,
  { read, write, consumed, made }: { read: number; write: number; consumed: SignalShape; made: Made },
): EstateResource {
  const one = make(cast, {
    type: 'dynamodb:table',
    kind: 'table',
    state: 'active',
    sizeGib: between(cast.random, 2, 60),
    metered: [hourly('dynamoReadHours', read), hourly('dynamoWriteHours', write)],
    attributes: {
      billing_mode: 'PROVISIONED',
      read_capacity_units: read,
      write_capacity_units: write,
      has_autoscaling: false,
    },
    ...made,
  });
  one.signals = signalsOf(one.utilizationId ?? '', {
    'AWS/DynamoDB/ConsumedReadCapacityUnits': consumed,
    'AWS/DynamoDB/ConsumedWriteCapacityUnits': { ...consumed, base: consumed.base / 3 },
    'AWS/DynamoDB/ProvisionedReadCapacityUnits': { base: read, noise: 0 },
    'AWS/DynamoDB/ProvisionedWriteCapacityUnits': { base: write, noise: 0 },
  });
  return one;
}

function task(
  cast: Cast,
  { cpu, memory, made }: { cpu: SignalShape; memory: SignalShape; made: Made },
): EstateResource {
  const { random } = cast;
  const tasks = 1 + random.integer(4);
  const cores = random.pick([1, 2, 4]);
  const one = make(cast, {
    type: 'ecs:service',
    kind: 'ecsservice',
    state: 'active',
    sizeClass: 'fargate',
    sizeGib: cores * 2,
    metered: [hourly('fargateCpu', tasks * cores), hourly('fargateMemory', tasks * cores * 2)],
    attributes: {
      cluster: 'acme',
      launch_type: 'FARGATE',
      desired_count: tasks,
      running_count: tasks,
      cpu_units: cores * 1024,
      memory_mib: cores * 2048,
    },
    billedId: `arn:aws:ecs:${cast.region}:${cast.accountId}:task/acme/${random.hex(32)}`,
    ...made,
  });
  one.signals = signalsOf(one.utilizationId ?? '', {
    'AWS/ECS/CPUUtilization': { cap: 100, ...cpu },
    'AWS/ECS/MemoryUtilization': { cap: 100, peak: 1.05, ...memory },
  });
  return one;
}

function cache(
  cast: Cast,
  {
    cpu,
    memory,
    connections,
    made,
  }: { cpu: SignalShape; memory: SignalShape; connections: SignalShape; made: Made },
): EstateResource {
  const meter = cast.random.pick(['cache.m6g.large', 'cacheHours'] as const);
  const one = make(cast, {
    type: 'elasticache:cluster',
    kind: 'cachecluster',
    state: 'available',
    sizeClass: meter === 'cacheHours' ? 'cache.r6g.large' : meter,
    metered: [hourly(meter)],
    attributes: { engine: 'redis', engine_version: '7.1', node_count: 1 },
    ...made,
  });
  one.signals = signalsOf(one.utilizationId ?? '', {
    'AWS/ElastiCache/CPUUtilization': { cap: 100, ...cpu },
    'AWS/ElastiCache/EngineCPUUtilization': { cap: 100, ...cpu },
    'AWS/ElastiCache/DatabaseMemoryUsagePercentage': { cap: 100, peak: 1.02, ...memory },
    'AWS/ElastiCache/CurrConnections': { peak: 1.3, ...connections },
  });
  return one;
}

function warehouse(cast: Cast, connections: SignalShape, cpu: SignalShape, made: Made): EstateResource {
  const one = make(cast, {
    type: 'redshift:cluster',
    kind: 'redshift',
    state: 'available',
    sizeClass: 'dc2.large',
    metered: [hourly('dc2.large', 2)],
    attributes: { node_count: 2 },
    ...made,
  });
  one.signals = signalsOf(one.utilizationId ?? '', {
    'AWS/Redshift/DatabaseConnections': connections,
    'AWS/Redshift/CPUUtilization': { cap: 100, ...cpu },
  });
  return one;
}

function logGroup(cast: Cast, retentionDays: number | null, made: Made): EstateResource {
  const gib = logBetween(cast.random, 300, 5000);
  return make(cast, {
    type: 'logs:log-group',
    kind: 'loggroup',
    sizeClass: 'STANDARD',
    sizeGib: gib,
    metered: [stored('logStorage', gib), { meter: 'logIngest', daily: gib / 300 }],
    attributes: {
      ...(retentionDays === null ? {} : { retention_days: retentionDays }),
      stored_bytes: Math.round(gib * GIB),
    },
    ...made,
  });
}

function stage(cast: Cast, hitRatio: number, requests: number, made: Made): EstateResource {
  const one = make(cast, {
    type: 'apigateway:stage',
    kind: 'stage',
    metered: [hourly('apiCache'), { meter: 'apiRequests', daily: requests * 24 }],
    attributes: { api_name: cast.label, is_cache_enabled: true, cache_size_gb: 1.6 },
    ...made,
  });
  one.signals = signalsOf(one.utilizationId ?? '', {
    'AWS/ApiGateway/Count': { base: requests, ...DAY_TIME },
    'AWS/ApiGateway/CacheHitCount': { base: requests * hitRatio, ...DAY_TIME },
    'AWS/ApiGateway/CacheMissCount': { base: requests * (1 - hitRatio), ...DAY_TIME },
  });
  return one;
}

/** `share` of what its shards take in is used on average. */
function stream(cast: Cast, share: number, made: Made): EstateResource {
  const shards = 4 + cast.random.integer(5);
  const records = share * shards * 1000 * HOUR_SECONDS;
  const one = make(cast, {
    type: 'kinesis:stream',
    kind: 'stream',
    state: 'active',
    metered: [
      hourly('shardHours', shards),
      ...(records > 0 ? [{ meter: 'streamPuts' as const, daily: records * 24 }] : []),
    ],
    attributes: { mode: 'PROVISIONED', shard_count: shards, retention_hours: 24 },
    ...made,
  });
  one.signals = signalsOf(one.utilizationId ?? '', {
    'AWS/Kinesis/IncomingRecords': { base: records, ...DAY_TIME },
    'AWS/Kinesis/IncomingBytes': { base: records * 700, ...DAY_TIME },
  });
  return one;
}

/** SageMaker counts invocations only while there are some; the machine's own load it always measures. */
function endpoint(cast: Cast, invocations: SignalShape | null, made: Made): EstateResource {
  const one = make(cast, {
    type: 'sagemaker:endpoint',
    kind: 'endpoint',
    state: 'inservice',
    sizeClass: 'ml.m5.xlarge',
    metered: [hourly('ml.m5.xlarge')],
    attributes: { instance_type: 'ml.m5.xlarge', instance_count: 1, variant_name: 'AllTraffic' },
    ...made,
  });
  one.signals = signalsOf(one.utilizationId ?? '', {
    ...(invocations ? { 'AWS/SageMaker/Invocations': invocations } : {}),
    '/aws/sagemaker/Endpoints/CPUUtilization': invocations
      ? { ...invocations, base: 22, offLevel: 1, peak: 1.6, cap: 100 }
      : { base: between(cast.random, 0.2, 1.2), noise: 0.3, peak: 1.5, cap: 100 },
  }).map((signal) => ({ ...signal, dimensions: { ...signal.dimensions, VariantName: 'AllTraffic' } }));
  return one;
}
