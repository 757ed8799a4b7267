/**
 * How one metric of one resource moves, hour by hour. The level is `base` plus `slope` a day, times growth and season, or
 * `offLevel` outside the hours and days of work; values are averages or, for metrics that are summed, sums of the hour.
 */
export type Signal = {
  namespace: string;
  metric: string;
  dimensions: Record<string, string>;
  /** As utilization names the resource. */
  resourceId: string;
  base: number;
  /** Added each day from the first measured day on. */
  slope?: number;
  /** Share by which the level grows each day. */
  growth?: number;
  /** Swing over the day, as a share, highest at `peakHour` UTC. */
  amplitude?: number;
  peakHour?: number;
  /** Factor on Saturday and Sunday. */
  weekend?: number;
  /** Spread of the hours around the level, as a share. */
  noise?: number;
  /** The hour's maximum as a multiple of its average. */
  peak?: number;
  cap?: number;
  /** In so many hours of a thousand the load is `burst` instead. */
  burstMille?: number;
  burst?: number;
  /** Hours of work in UTC, `fromHour <= hour < toHour`, and the days they are on. */
  fromHour?: number;
  toHour?: number;
  days?: WorkDays;
  offLevel?: number;
  /** In so many hours of a thousand there is no datapoint, or one that is zero. */
  gapMille?: number;
  zeroMille?: number;
  /** From a day on the level is multiplied by the factor. */
  changeDay?: number;
  changeFactor?: number;
  /** Days with datapoints, half-open. */
  from?: number;
  to?: number;
  /** Datapoints of an hour, 12 unless given; calls, for what is measured by the call. */
  count?: number;
};

/** `monday` and `month-end` are the days of a weekly and of a monthly job. */
export type WorkDays = 'all' | 'weekday' | 'weekend' | 'monday' | 'month-end';

export type SignalShape = Omit<Signal, 'namespace' | 'metric' | 'dimensions' | 'resourceId'>;

export const NONE: SignalShape = { base: 0, noise: 0 };
/** Busy in the evening, as customers are. */
export const DAY_TIME = { amplitude: 0.45, peakHour: 19, noise: 0.2 };

/** Names of the metrics' dimensions that name a resource, by namespace. */
const DIMENSIONS: Record<string, string[]> = {
  'AWS/EC2': ['InstanceId'],
  CWAgent: ['InstanceId'],
  'AWS/EBS': ['VolumeId'],
  'AWS/RDS': ['DBInstanceIdentifier'],
  'AWS/ApplicationELB': ['LoadBalancer'],
  'AWS/NetworkELB': ['LoadBalancer'],
  'AWS/ELB': ['LoadBalancerName'],
  'AWS/NATGateway': ['NatGatewayId'],
  'AWS/PrivateLinkEndpoints': ['VPC Endpoint Id'],
  'AWS/Lambda': ['FunctionName'],
  'AWS/DynamoDB': ['TableName'],
  'AWS/ECS': ['ClusterName', 'ServiceName'],
  'AWS/ElastiCache': ['CacheClusterId'],
  'AWS/Redshift': ['ClusterIdentifier'],
  'AWS/S3': ['BucketName'],
  'AWS/ApiGateway': ['ApiName', 'Stage'],
  'AWS/Kinesis': ['StreamName'],
  'AWS/SageMaker': ['EndpointName'],
  '/aws/sagemaker/Endpoints': ['EndpointName'],
  LambdaInsights: ['function_name'],
};

/**
 * Signals of a resource by `namespace/metric`. A composite id names its dimensions in their order, separated by `/`.
 */
export function signalsOf(resourceId: string, shapes: Record<string, SignalShape>): Signal[] {
  return Object.entries(shapes).map(([key, shape]) => {
    const cut = key.lastIndexOf('/');
    const namespace = cut < 0 ? '' : key.slice(0, cut);
    const names = DIMENSIONS[namespace] ?? [];
    const values = names.length > 1 ? resourceId.split('/') : [resourceId];
    const dimensions = Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
    return { namespace, metric: key.slice(cut + 1), dimensions, resourceId, ...shape };
  });
}
