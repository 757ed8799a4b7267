import { between, type Cast, type EstateResource, hourly, logBetween, type Made, make } from './cast.ts';
import { DAY_TIME, type Signal, type SignalShape, signalsOf } from './signal.ts';

/** Functions of Lambda and tables of DynamoDB. */
export const SERVERLESS: Record<string, (cast: Cast) => EstateResource[]> = {
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
