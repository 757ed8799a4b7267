import type { MEASURED_SERVICES } from '../../configuration/collect-schema.ts';

export const STATISTICS = ['Average', 'Maximum', 'Minimum', 'Sum', 'SampleCount'] as const;
export type Statistic = (typeof STATISTICS)[number];

/** Metrics of one kind of resource. */
export type MetricGroup = {
  service: (typeof MEASURED_SERVICES)[number];
  namespace: string;
  /** Names of the metric's dimensions, which identify the resource in this order. */
  dimensions: string[];
  /** Dimensions that are not part of the resource's id. */
  details?: string[];
  /** Other dimensions may be there, too. */
  isOpen?: boolean;
  /** Where AWS publishes no finer. */
  periodSeconds?: number;
  metrics: Record<string, Statistic[]>;
};

const LOAD: Statistic[] = ['Average', 'Maximum', 'SampleCount'];
const PEAK: Statistic[] = ['Maximum'];
const VOLUME: Statistic[] = ['Sum'];
const LEVEL: Statistic[] = ['Average', 'Minimum'];
const DAY_SECONDS = 86_400;

/** What findings and capacity forecasts read, and no more: each metric asked for costs money. */
export const UTILIZATION_METRICS: MetricGroup[] = [
  {
    service: 'ec2',
    namespace: 'AWS/EC2',
    dimensions: ['InstanceId'],
    metrics: { CPUUtilization: LOAD, NetworkIn: VOLUME, NetworkOut: VOLUME, CPUCreditBalance: LEVEL },
  },
  {
    service: 'ec2',
    namespace: 'CWAgent',
    dimensions: ['InstanceId'],
    isOpen: true,
    metrics: { mem_used_percent: LOAD, nvidia_smi_utilization_gpu: LOAD },
  },
  {
    service: 'ebs',
    namespace: 'AWS/EBS',
    dimensions: ['VolumeId'],
    metrics: {
      VolumeReadOps: VOLUME,
      VolumeWriteOps: VOLUME,
      VolumeReadBytes: VOLUME,
      VolumeWriteBytes: VOLUME,
      BurstBalance: LEVEL,
    },
  },
  {
    service: 'rds',
    namespace: 'AWS/RDS',
    dimensions: ['DBInstanceIdentifier'],
    metrics: {
      CPUUtilization: LOAD,
      DatabaseConnections: ['Average', 'Maximum'],
      FreeStorageSpace: LEVEL,
      FreeableMemory: LEVEL,
      ReadIOPS: ['Average', 'Maximum'],
      WriteIOPS: ['Average', 'Maximum'],
    },
  },
  {
    service: 'elb',
    namespace: 'AWS/ApplicationELB',
    dimensions: ['LoadBalancer'],
    metrics: { RequestCount: VOLUME, ProcessedBytes: VOLUME, ConsumedLCUs: ['Average', 'Maximum'] },
  },
  {
    service: 'elb',
    namespace: 'AWS/NetworkELB',
    dimensions: ['LoadBalancer'],
    metrics: { NewFlowCount: VOLUME, ProcessedBytes: VOLUME, ConsumedLCUs: ['Average', 'Maximum'] },
  },
  {
    service: 'elb',
    namespace: 'AWS/ELB',
    dimensions: ['LoadBalancerName'],
    metrics: { RequestCount: VOLUME, EstimatedProcessedBytes: VOLUME },
  },
  {
    service: 'nat',
    namespace: 'AWS/NATGateway',
    dimensions: ['NatGatewayId'],
    metrics: {
      BytesOutToDestination: VOLUME,
      BytesInFromSource: VOLUME,
      ActiveConnectionCount: PEAK,
    },
  },
  {
    service: 'vpc',
    namespace: 'AWS/PrivateLinkEndpoints',
    dimensions: ['VPC Endpoint Id', 'VPC Id', 'Endpoint Type', 'Service Name'],
    details: ['VPC Id', 'Endpoint Type', 'Service Name'],
    metrics: { BytesProcessed: VOLUME },
  },
  {
    service: 'lambda',
    namespace: 'AWS/Lambda',
    dimensions: ['FunctionName'],
    metrics: {
      Invocations: VOLUME,
      Duration: ['Average', 'Maximum', 'Sum'],
      Errors: VOLUME,
      Throttles: VOLUME,
      ConcurrentExecutions: PEAK,
    },
  },
  {
    // Where CloudWatch Lambda Insights is on.
    service: 'lambda',
    namespace: 'LambdaInsights',
    dimensions: ['function_name'],
    metrics: { used_memory_max: PEAK },
  },
  {
    service: 'dynamodb',
    namespace: 'AWS/DynamoDB',
    dimensions: ['TableName'],
    metrics: {
      ConsumedReadCapacityUnits: VOLUME,
      ConsumedWriteCapacityUnits: VOLUME,
      ProvisionedReadCapacityUnits: ['Average'],
      ProvisionedWriteCapacityUnits: ['Average'],
    },
  },
  {
    service: 'ecs',
    namespace: 'AWS/ECS',
    dimensions: ['ClusterName', 'ServiceName'],
    metrics: { CPUUtilization: LOAD, MemoryUtilization: LOAD },
  },
  {
    service: 'elasticache',
    namespace: 'AWS/ElastiCache',
    dimensions: ['CacheClusterId'],
    metrics: {
      CPUUtilization: LOAD,
      EngineCPUUtilization: LOAD,
      DatabaseMemoryUsagePercentage: ['Average', 'Maximum'],
      CurrConnections: ['Average', 'Maximum'],
    },
  },
  {
    service: 'redshift',
    namespace: 'AWS/Redshift',
    dimensions: ['ClusterIdentifier'],
    metrics: { CPUUtilization: LOAD, DatabaseConnections: ['Average', 'Maximum'] },
  },
  {
    service: 'opensearch',
    namespace: 'AWS/ES',
    dimensions: ['DomainName', 'ClientId'],
    details: ['ClientId'],
    metrics: { SearchRate: PEAK, IndexingRate: PEAK },
  },
  {
    service: 'apigateway',
    namespace: 'AWS/ApiGateway',
    dimensions: ['ApiName', 'Stage'],
    metrics: { Count: VOLUME, CacheHitCount: VOLUME, CacheMissCount: VOLUME },
  },
  {
    service: 'kinesis',
    namespace: 'AWS/Kinesis',
    dimensions: ['StreamName'],
    metrics: { IncomingRecords: VOLUME, IncomingBytes: VOLUME },
  },
  {
    service: 'sagemaker',
    namespace: 'AWS/SageMaker',
    dimensions: ['EndpointName', 'VariantName'],
    details: ['VariantName'],
    metrics: { Invocations: VOLUME },
  },
  {
    // Published in every hour, invoked or not.
    service: 'sagemaker',
    namespace: '/aws/sagemaker/Endpoints',
    dimensions: ['EndpointName', 'VariantName'],
    details: ['VariantName'],
    metrics: { CPUUtilization: LOAD },
  },
  {
    service: 's3',
    namespace: 'AWS/S3',
    dimensions: ['BucketName', 'StorageType'],
    details: ['StorageType'],
    periodSeconds: DAY_SECONDS,
    metrics: { BucketSizeBytes: ['Average'], NumberOfObjects: ['Average'] },
  },
];
