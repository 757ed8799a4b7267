import { between, type Cast, type EstateResource, hourly, type Made, make } from './cast.ts';
import { DAY_TIME, NONE, type SignalShape, signalsOf } from './signal.ts';

/** Services of ECS, caches and warehouses. */
export const CLUSTERS: Record<string, (cast: Cast) => EstateResource[]> = {
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
};

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
