/** How the load of one kind of resource is read from what was measured, and what bounds it. */
export type CapacityMetric = {
  resourceType: string;
  metric: string;
  unit: string;
  namespace: string;
  /** Metrics that make up the load together: the sum of their rates, or the fullest of their gauges. */
  sourceMetrics: readonly string[];
  /** gauge: as measured; free: what is left of the size; rate: the sum of a period over its seconds. */
  form: 'gauge' | 'free' | 'rate';
  combine?: 'sum' | 'max';
  /** From the unit measured to `unit`. */
  scale?: number;
  /** Of the hours of a day: what is carried for long, or the highest moment where once is too often. */
  statistic: 'p95' | 'peak';
  /** Loads before a change of size are told in what the size is now. */
  sizeMeasure?: 'vcpu_count' | 'memory_gib' | 'size_gib';
  /** The limit: the first of these that is known. */
  limitMetric?: string;
  limitAttributes?: readonly string[];
  isSizeLimit?: boolean;
  fixedLimit?: number;
  limitName: string;
  /** The metric cannot show more than the limit of the day: at this share of it, it says "at least". Null: it can. */
  saturationRatio: number | null;
  /** Every resource of the type has it: without data it is unknown, not absent. */
  isExpected: boolean;
  /** What the next unit is: another instance, a GiB, or another unit that the bill meters by itself. */
  nextUnit: 'instance' | 'gib' | 'read_unit' | 'write_unit' | 'iops' | 'none';
};

const GIB = 2 ** 30;
const MIB = 2 ** 20;
/** The connections that an ElastiCache node takes, whatever its size. */
const CACHE_CONNECTIONS = 65_000;

const percent = { unit: 'percent', form: 'gauge', statistic: 'p95', fixedLimit: 100 } as const;
const cpu = { ...percent, metric: 'cpu', sizeMeasure: 'vcpu_count', nextUnit: 'instance' } as const;
const memory = { ...percent, metric: 'memory', sizeMeasure: 'memory_gib', nextUnit: 'instance' } as const;
const full = { limitName: 'its capacity', saturationRatio: 0.98 } as const;

/** What is forecast of resources. Quotas and groups follow from what is measured of them. */
export const CAPACITY_METRICS: readonly CapacityMetric[] = [
  {
    resourceType: 'ec2:instance',
    ...cpu,
    ...full,
    namespace: 'AWS/EC2',
    sourceMetrics: ['CPUUtilization'],
    isExpected: true,
  },
  {
    resourceType: 'ec2:instance',
    ...memory,
    ...full,
    namespace: 'CWAgent',
    sourceMetrics: ['mem_used_percent'],
    isExpected: false,
  },
  {
    resourceType: 'ec2:instance',
    ...percent,
    metric: 'disk',
    statistic: 'peak',
    limitName: 'the file system',
    saturationRatio: 0.99,
    namespace: 'CWAgent',
    sourceMetrics: ['disk_used_percent'],
    isExpected: false,
    nextUnit: 'none',
  },
  {
    resourceType: 'ec2:volume',
    metric: 'iops',
    unit: 'operations a second',
    namespace: 'AWS/EBS',
    sourceMetrics: ['VolumeReadOps', 'VolumeWriteOps'],
    form: 'rate',
    combine: 'sum',
    statistic: 'p95',
    limitAttributes: ['iops'],
    limitName: 'the provisioned IOPS',
    saturationRatio: 0.98,
    isExpected: false,
    nextUnit: 'iops',
  },
  {
    resourceType: 'ec2:volume',
    metric: 'throughput',
    unit: 'MiB a second',
    namespace: 'AWS/EBS',
    sourceMetrics: ['VolumeReadBytes', 'VolumeWriteBytes'],
    form: 'rate',
    combine: 'sum',
    scale: 1 / MIB,
    statistic: 'p95',
    limitAttributes: ['throughput_mib_per_second', 'throughput'],
    limitName: 'the provisioned throughput',
    saturationRatio: 0.98,
    isExpected: false,
    nextUnit: 'none',
  },
  {
    resourceType: 'rds:db',
    ...cpu,
    ...full,
    namespace: 'AWS/RDS',
    sourceMetrics: ['CPUUtilization'],
    isExpected: true,
  },
  {
    resourceType: 'rds:db',
    metric: 'storage',
    unit: 'GiB',
    namespace: 'AWS/RDS',
    sourceMetrics: ['FreeStorageSpace'],
    form: 'free',
    scale: 1 / GIB,
    statistic: 'peak',
    sizeMeasure: 'size_gib',
    limitAttributes: ['max_storage_gib'],
    isSizeLimit: true,
    limitName: 'the allocated storage',
    saturationRatio: 0.99,
    isExpected: true,
    nextUnit: 'gib',
  },
  {
    resourceType: 'rds:db',
    metric: 'memory',
    unit: 'GiB',
    namespace: 'AWS/RDS',
    sourceMetrics: ['FreeableMemory'],
    form: 'free',
    scale: 1 / GIB,
    statistic: 'p95',
    sizeMeasure: 'memory_gib',
    isSizeLimit: true,
    limitName: "the class's memory",
    saturationRatio: 0.99,
    isExpected: false,
    nextUnit: 'instance',
  },
  {
    resourceType: 'rds:db',
    metric: 'connections',
    unit: 'connections',
    namespace: 'AWS/RDS',
    sourceMetrics: ['DatabaseConnections'],
    form: 'gauge',
    statistic: 'peak',
    limitAttributes: ['max_connections'],
    limitName: 'max_connections',
    saturationRatio: 0.99,
    isExpected: false,
    nextUnit: 'none',
  },
  ...(['Read', 'Write'] as const).map(
    (way): CapacityMetric => ({
      resourceType: 'dynamodb:table',
      metric: `${way.toLowerCase()}_capacity`,
      unit: `${way.toLowerCase()} capacity units`,
      namespace: 'AWS/DynamoDB',
      sourceMetrics: [`Consumed${way}CapacityUnits`],
      form: 'rate',
      statistic: 'p95',
      limitMetric: `Provisioned${way}CapacityUnits`,
      limitAttributes: [`${way.toLowerCase()}_capacity_units`],
      limitName: 'the provisioned capacity',
      saturationRatio: 0.98,
      isExpected: false,
      nextUnit: way === 'Read' ? 'read_unit' : 'write_unit',
    }),
  ),
  {
    resourceType: 'elasticache:cluster',
    ...cpu,
    ...full,
    namespace: 'AWS/ElastiCache',
    sourceMetrics: ['CPUUtilization'],
    isExpected: true,
  },
  {
    resourceType: 'elasticache:cluster',
    ...cpu,
    metric: 'engine_cpu',
    ...full,
    namespace: 'AWS/ElastiCache',
    sourceMetrics: ['EngineCPUUtilization'],
    isExpected: false,
  },
  {
    resourceType: 'elasticache:cluster',
    ...memory,
    statistic: 'peak',
    limitName: 'its memory',
    saturationRatio: 0.99,
    namespace: 'AWS/ElastiCache',
    sourceMetrics: ['DatabaseMemoryUsagePercentage'],
    isExpected: true,
  },
  {
    resourceType: 'elasticache:cluster',
    metric: 'connections',
    unit: 'connections',
    namespace: 'AWS/ElastiCache',
    sourceMetrics: ['CurrConnections'],
    form: 'gauge',
    statistic: 'peak',
    fixedLimit: CACHE_CONNECTIONS,
    limitName: 'the connections a node takes',
    saturationRatio: 0.99,
    isExpected: false,
    nextUnit: 'instance',
  },
  // A service on instances may use more than it reserved, so 100 % is no end.
  ...(['CPU', 'Memory'] as const).map(
    (what): CapacityMetric => ({
      ...percent,
      resourceType: 'ecs:service',
      metric: what.toLowerCase(),
      namespace: 'AWS/ECS',
      sourceMetrics: [`${what}Utilization`],
      limitName: 'what its tasks reserve',
      saturationRatio: null,
      isExpected: true,
      nextUnit: 'none',
    }),
  ),
  {
    resourceType: 'lambda:function',
    metric: 'concurrency',
    unit: 'concurrent executions',
    namespace: 'AWS/Lambda',
    sourceMetrics: ['ConcurrentExecutions'],
    form: 'gauge',
    statistic: 'peak',
    limitAttributes: ['reserved_concurrency'],
    limitName: 'the reserved concurrency',
    saturationRatio: 0.99,
    isExpected: false,
    nextUnit: 'none',
  },
];
