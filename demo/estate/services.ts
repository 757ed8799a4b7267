import {
  between,
  type Cast,
  type EstateResource,
  hourly,
  logBetween,
  type Made,
  make,
  stored,
} from './cast.ts';
import { DAY_TIME, type SignalShape, signalsOf } from './signal.ts';

const GIB = 2 ** 30;
const HOUR_SECONDS = 3600;

/** Log groups, caches of APIs, streams and endpoints. */
export const MANAGED_SERVICES: Record<string, (cast: Cast) => EstateResource[]> = {
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
