/** The price list: AWS products and what they meter, with list prices of us-east-1 in dollars. */

export type Product = { name: string; code: string; category: string; subcategory: string };

export const PRODUCTS = {
  ec2: product('Amazon Elastic Compute Cloud', 'AmazonEC2', 'Compute', 'Virtual Machines'),
  vpc: product('Amazon Virtual Private Cloud', 'AmazonVPC', 'Networking', 'Network Infrastructure'),
  elb: product('Elastic Load Balancing', 'AWSELB', 'Networking', 'Application Networking'),
  rds: product('Amazon Relational Database Service', 'AmazonRDS', 'Databases', 'Relational Databases'),
  s3: product('Amazon Simple Storage Service', 'AmazonS3', 'Storage', 'Object Storage'),
  lambda: product('AWS Lambda', 'AWSLambda', 'Compute', 'Serverless Compute'),
  dynamodb: product('Amazon DynamoDB', 'AmazonDynamoDB', 'Databases', 'NoSQL Databases'),
  cloudwatch: product('AmazonCloudWatch', 'AmazonCloudWatch', 'Management and Governance', 'Observability'),
  ecs: product('Amazon Elastic Container Service', 'AmazonECS', 'Compute', 'Containers'),
  apigateway: product('Amazon API Gateway', 'AmazonApiGateway', 'Networking', 'Application Networking'),
  eks: product('Amazon Elastic Container Service for Kubernetes', 'AmazonEKS', 'Compute', 'Containers'),
  elasticache: product('Amazon ElastiCache', 'AmazonElastiCache', 'Databases', 'Caching'),
  sqs: product('Amazon Simple Queue Service', 'AWSQueueService', 'Integration', 'Messaging'),
  sns: product('Amazon Simple Notification Service', 'AmazonSNS', 'Integration', 'Messaging'),
  kinesis: product('Amazon Kinesis', 'AmazonKinesis', 'Analytics', 'Streaming Analytics'),
  cloudfront: product('Amazon CloudFront', 'AmazonCloudFront', 'Networking', 'Content Delivery'),
  route53: product('Amazon Route 53', 'AmazonRoute53', 'Networking', 'Network Routing'),
  kms: product('AWS Key Management Service', 'awskms', 'Security', 'Secret Management'),
  secrets: product('AWS Secrets Manager', 'AWSSecretsManager', 'Security', 'Secret Management'),
  ecr: product('Amazon EC2 Container Registry (ECR)', 'AmazonECR', 'Compute', 'Containers'),
  guardduty: product('Amazon GuardDuty', 'AmazonGuardDuty', 'Security', 'Threat Detection and Response'),
  config: product('AWS Config', 'AWSConfig', 'Management and Governance', 'Compliance'),
  cloudtrail: product('AWS CloudTrail', 'AWSCloudTrail', 'Management and Governance', 'Compliance'),
  redshift: product('Amazon Redshift', 'AmazonRedshift', 'Analytics', 'Data Warehouses'),
  athena: product('Amazon Athena', 'AmazonAthena', 'Analytics', 'Data Processing'),
  glue: product('AWS Glue', 'AWSGlue', 'Analytics', 'Data Processing'),
  bedrock: product('Amazon Bedrock', 'AmazonBedrock', 'AI and Machine Learning', 'Generative AI'),
  sagemaker: product('Amazon SageMaker', 'AmazonSageMaker', 'AI and Machine Learning', 'Machine Learning'),
  opensearch: product('Amazon OpenSearch Service', 'AmazonES', 'Analytics', 'Search'),
  transfer: product('AWS Data Transfer', 'AWSDataTransfer', 'Networking', 'Network Connectivity'),
  support: product('AWS Support (Business)', 'AWSSupportBusiness', 'Management and Governance', 'Support'),
  savings: product(
    'Savings Plans for AWS Compute usage',
    'ComputeSavingsPlans',
    'Compute',
    'Virtual Machines',
  ),
  market: product(
    'Northwind Log Insights',
    'northwindloginsights',
    'Management and Governance',
    'Observability',
  ),
} as const;

export type ProductKey = keyof typeof PRODUCTS;

/** Which products' free lines accompany a meter. */
export type Family = 'compute' | 'database' | 'storage' | 'serverless' | 'network' | 'management';

export type Meter = {
  product: ProductKey;
  family: Family;
  usageType: string;
  operation: string;
  unit: string;
  /** Dollars a unit, at most ten decimals. */
  price: string;
  resourceType: string | null;
  /** Share of the list price that the contract takes off, in millionths. */
  discountPpm?: number;
  details?: Record<string, string>;
};

const instance = (
  type: string,
  price: string,
  cores: number,
  gib: number,
  extra: Partial<Meter> = {},
): Meter => ({
  product: 'ec2',
  family: 'compute',
  usageType: `BoxUsage:${type}`,
  operation: 'RunInstances',
  unit: 'Hrs',
  price,
  resourceType: 'instance',
  details: {
    InstanceType: type,
    InstanceSeries: type.split('.')[0] ?? type,
    CoreCount: String(cores),
    MemorySize: String(gib),
    OperatingSystem: 'Linux',
  },
  ...extra,
});

const database = (type: string, price: string): Meter => ({
  product: 'rds',
  family: 'database',
  usageType: `InstanceUsage:${type}`,
  operation: 'CreateDBInstance:0014',
  unit: 'Hrs',
  price,
  resourceType: 'db',
  details: { InstanceType: type, x_databaseEngine: 'PostgreSQL' },
});

const volume = (type: string, usage: string, unit: string, price: string): Meter => ({
  product: 'ec2',
  family: 'storage',
  usageType: `EBS:${usage}`,
  operation: type === 'gp3' ? 'CreateVolume-Gp3' : 'CreateVolume-P-IOPS',
  unit,
  price,
  resourceType: 'volume',
  details: { DiskType: type },
});

const meter = (
  product: ProductKey,
  family: Family,
  usageType: string,
  operation: string,
  unit: string,
  price: string,
  resourceType: string | null,
  extra: Partial<Meter> = {},
): Meter => ({ product, family, usageType, operation, unit, price, resourceType, ...extra });

// biome-ignore format: a price list
export const METERS = {
  'm6i.large': instance('m6i.large', '0.096', 2, 8),
  'm6i.4xlarge': instance('m6i.4xlarge', '0.768', 16, 64),
  'g5.xlarge': instance('g5.xlarge', '1.006', 4, 16),
  'g5.12xlarge': instance('g5.12xlarge', '5.672', 48, 192),
  't2.large': instance('t2.large', '0.0928', 2, 8),
  't3.medium': instance('t3.medium', '0.0416', 2, 4),
  't3.large': instance('t3.large', '0.0832', 2, 8),
  'm4.xlarge': instance('m4.xlarge', '0.20', 4, 16),
  'm6i.xlarge': instance('m6i.xlarge', '0.192', 4, 16),
  'm6i.2xlarge': instance('m6i.2xlarge', '0.384', 8, 32),
  'c4.2xlarge': instance('c4.2xlarge', '0.398', 8, 15),
  'c6i.2xlarge': instance('c6i.2xlarge', '0.34', 8, 16),
  'r6i.xlarge': instance('r6i.xlarge', '0.252', 4, 32),
  'g4dn.xlarge': instance('g4dn.xlarge', '0.526', 4, 16),
  'g4dn.2xlarge': instance('g4dn.2xlarge', '0.752', 8, 32),
  spot: instance('c6i.4xlarge', '0.68', 16, 32, { usageType: 'SpotUsage:c6i.4xlarge', operation: 'RunInstances:SV001', discountPpm: 641_000 }),
  'spot dear': instance('c6i.4xlarge', '0.68', 16, 32, { usageType: 'SpotUsage:c6i.4xlarge', operation: 'RunInstances:SV001', discountPpm: 502_600 }),
  gp3: meter('ec2', 'storage', 'EBS:VolumeUsage.gp3', 'CreateVolume-Gp3', 'GB-Mo', '0.08', 'volume', { details: { DiskType: 'gp3' } }),
  gp2: meter('ec2', 'storage', 'EBS:VolumeUsage.gp2', 'CreateVolume-Gp2', 'GB-Mo', '0.10', 'volume', { details: { DiskType: 'gp2' } }),
  gp3Iops: volume('gp3', 'VolumeP-IOPS.gp3', 'IOPS-Mo', '0.005'),
  io1: volume('io1', 'VolumeUsage.piops', 'GB-Mo', '0.125'),
  io1Iops: volume('io1', 'VolumeP-IOPS.piops', 'IOPS-Mo', '0.065'),
  io2: volume('io2', 'VolumeUsage.io2', 'GB-Mo', '0.125'),
  io2Iops: volume('io2', 'VolumeP-IOPS.io2', 'IOPS-Mo', '0.065'),
  snapshot: meter('ec2', 'storage', 'EBS:SnapshotUsage', 'CreateSnapshot', 'GB-Mo', '0.05', 'snapshot'),
  natHours: meter('ec2', 'network', 'NatGateway-Hours', 'NatGateway', 'Hrs', '0.045', 'natgateway'),
  natBytes: meter('ec2', 'network', 'NatGateway-Bytes', 'NatGateway', 'GB', '0.045', 'natgateway'),
  idleAddress: meter('vpc', 'network', 'PublicIPv4:IdleAddress', 'AllocateAddressVPC', 'Hrs', '0.005', 'elastic-ip'),
  usedAddress: meter('vpc', 'network', 'PublicIPv4:InUseAddress', 'RunInstances', 'Hrs', '0.005', 'elastic-ip'),
  vpcEndpointHours: meter('vpc', 'network', 'VpcEndpoint-Hours', 'VpcEndpoint', 'Hrs', '0.01', 'vpc-endpoint'),
  vpcEndpointBytes: meter('vpc', 'network', 'VpcEndpoint-Bytes', 'VpcEndpoint', 'GB', '0.01', 'vpc-endpoint'),
  nlbHours: meter('elb', 'network', 'LoadBalancerUsage', 'LoadBalancing:Network', 'Hrs', '0.0225', 'loadbalancer'),
  nlbUnits: meter('elb', 'network', 'LCUUsage', 'LoadBalancing:Network', 'LCU-Hrs', '0.006', 'loadbalancer'),
  clbHours: meter('elb', 'network', 'LoadBalancerUsage', 'LoadBalancing', 'Hrs', '0.025', 'loadbalancer'),
  albHours: meter('elb', 'network', 'LoadBalancerUsage', 'LoadBalancing:Application', 'Hrs', '0.0225', 'loadbalancer'),
  albUnits: meter('elb', 'network', 'LCUUsage', 'LoadBalancing:Application', 'LCU-Hrs', '0.008', 'loadbalancer'),
  'db.t4g.medium': database('db.t4g.medium', '0.065'),
  'db.r6g.large': database('db.r6g.large', '0.225'),
  'db.r6g.xlarge': database('db.r6g.xlarge', '0.45'),
  'db.t4g.large': database('db.t4g.large', '0.129'),
  'db.m6g.large': database('db.m6g.large', '0.159'),
  'db.m6g.2xlarge': database('db.m6g.2xlarge', '0.636'),
  'db.r6g.2xlarge': database('db.r6g.2xlarge', '0.90'),
  'db.r6g.large multi-az': { ...database('db.r6g.large', '0.45'), usageType: 'Multi-AZUsage:db.r6g.large' },
  rdsBackup: meter('rds', 'storage', 'RDS:ChargedBackupUsage', 'CreateDBInstance:0014', 'GB-Mo', '0.095', 'db'),
  rdsStorage: meter('rds', 'storage', 'RDS:GP3-Storage', 'CreateDBInstance:0014', 'GB-Mo', '0.115', 'db'),
  rdsExtended: meter('rds', 'database', 'ExtendedSupport:Yr1-Yr2:PostgreSQL11', 'CreateDBInstance:0014', 'vCPU-hour', '0.10', 'db'),
  s3Storage: meter('s3', 'storage', 'TimedStorage-ByteHrs', 'StandardStorage', 'GB-Mo', '0.023', 'bucket', { details: { StorageClass: 'Standard' } }),
  s3Read: meter('s3', 'storage', 'Requests-Tier2', 'GetObject', 'Requests', '0.0000004', 'bucket'),
  lambdaTime: meter('lambda', 'serverless', 'Lambda-GB-Second-ARM', 'Invoke', 'Lambda-GB-Second', '0.0000133334', 'function'),
  lambdaTimeX86: meter('lambda', 'serverless', 'Lambda-GB-Second', 'Invoke', 'Lambda-GB-Second', '0.0000166667', 'function'),
  lambdaRequestsX86: meter('lambda', 'serverless', 'Request', 'Invoke', 'Requests', '0.0000002', 'function'),
  lambdaRequests: meter('lambda', 'serverless', 'Request-ARM', 'Invoke', 'Requests', '0.0000002', 'function'),
  dynamoRead: meter('dynamodb', 'database', 'ReadRequestUnits', 'PayPerRequestThroughput', 'ReadRequestUnits', '0.00000025', 'table'),
  dynamoWrite: meter('dynamodb', 'database', 'WriteRequestUnits', 'PayPerRequestThroughput', 'WriteRequestUnits', '0.00000125', 'table'),
  dynamoReadHours: meter('dynamodb', 'database', 'ReadCapacityUnit-Hrs', 'CommittedThroughput', 'ReadCapacityUnit-Hrs', '0.00013', 'table'),
  dynamoWriteHours: meter('dynamodb', 'database', 'WriteCapacityUnit-Hrs', 'CommittedThroughput', 'WriteCapacityUnit-Hrs', '0.00065', 'table'),
  dynamoStorage: meter('dynamodb', 'storage', 'TimedStorage-ByteHrs', 'StandardStorage', 'GB-Mo', '0.25', 'table'),
  fargateCpu: meter('ecs', 'compute', 'Fargate-vCPU-Hours:perCPU', 'FargateTask', 'hours', '0.04048', 'service'),
  fargateMemory: meter('ecs', 'compute', 'Fargate-GB-Hours', 'FargateTask', 'hours', '0.004445', 'service'),
  apiCache: meter('apigateway', 'network', 'ApiGatewayCacheUsage:1.6GB', 'RunInstances', 'Hrs', '0.038', 'stage'),
  apiRequests: meter('apigateway', 'network', 'ApiGatewayRequest', 'ApiGatewayRequest', 'Requests', '0.0000035', 'stage'),
  logIngest: meter('cloudwatch', 'management', 'DataProcessing-Bytes', 'PutLogEvents', 'GB', '0.50', 'log-group'),
  logStorage: meter('cloudwatch', 'management', 'TimedStorage-ByteHrs', 'HourlyStorageMetering', 'GB-Mo', '0.03', 'log-group'),
  metrics: meter('cloudwatch', 'management', 'CW:MetricMonitorUsage', 'MetricStorage', 'Metrics', '0.30', null),
  queueRequests: meter('sqs', 'serverless', 'Requests-RBP', 'SendMessage', 'Requests', '0.0000004', 'queue'),
  topicRequests: meter('sns', 'serverless', 'Requests-Tier1', 'Publish', 'Requests', '0.0000005', 'topic'),
  shardHours: meter('kinesis', 'serverless', 'Storage-ShardHour', 'shardHourStorage', 'ShardHour', '0.015', 'stream'),
  streamPuts: meter('kinesis', 'serverless', 'PutRequestPayloadUnits', 'PutRequest', 'PutPayloadUnits', '0.000000014', 'stream'),
  cdnBytes: meter('cloudfront', 'network', 'DataTransfer-Out-Bytes', 'GET', 'GB', '0.085', 'distribution', { discountPpm: 150_000 }),
  cdnRequests: meter('cloudfront', 'network', 'Requests-Tier2-HTTPS', 'GET', 'Requests', '0.000001', 'distribution', { discountPpm: 150_000 }),
  cdnMeteredBytes: meter('cloudfront', 'network', 'DataTransfer-Out-OBytes', 'GET', 'GB', '0.085', 'distribution'),
  modelTokens: meter('bedrock', 'compute', 'InputTokenCount', 'InvokeModel', '1K tokens', '0.003', null),
  transferOut: meter('transfer', 'network', 'DataTransfer-Out-Bytes', 'RunInstances', 'GB', '0.09', null, { discountPpm: 100_000 }),
  transferRegion: meter('transfer', 'network', 'USW2-AWS-Out-Bytes', 'InterRegion-Out', 'GB', '0.02', null),
  eksHours: meter('eks', 'compute', 'AmazonEKS-Hours:perCluster', 'CreateOperation', 'Hrs', '0.10', 'cluster'),
  cacheHours: meter('elasticache', 'database', 'NodeUsage:cache.r6g.large', 'CreateCacheCluster:0002', 'Hrs', '0.206', 'cluster'),
  'cache.m6g.large': meter('elasticache', 'database', 'NodeUsage:cache.m6g.large', 'CreateCacheCluster:0002', 'Hrs', '0.149', 'cluster'),
  searchHours: meter('opensearch', 'database', 'ESInstance:r6g.large', 'ESDomain', 'Hrs', '0.167', 'domain'),
  searchStorage: meter('opensearch', 'storage', 'ES:GP3-Storage', 'ESDomain', 'GB-Mo', '0.122', 'domain'),
  redshiftHours: meter('redshift', 'database', 'Node:ra3.xlplus', 'RunComputeNode:0001', 'Hrs', '1.086', 'cluster'),
  'dc2.large': meter('redshift', 'database', 'Node:dc2.large', 'RunComputeNode:0001', 'Hrs', '0.25', 'cluster'),
  redshiftStorage: meter('redshift', 'storage', 'RMS:ra3.xlplus', 'RunComputeNode:0001', 'GB-Mo', '0.024', 'cluster'),
  athenaScans: meter('athena', 'management', 'DataScannedInTB', 'SQL', 'Terabytes', '5', 'workgroup'),
  glueHours: meter('glue', 'management', 'ETL-DPU-Hour', 'Jobrun', 'DPU-Hour', '0.44', 'job'),
  endpointHours: meter('sagemaker', 'compute', 'Host:ml.g5.xlarge', 'RunInstance', 'Hrs', '1.408', 'endpoint'),
  'ml.m5.xlarge': meter('sagemaker', 'compute', 'Host:ml.m5.xlarge', 'RunInstance', 'Hrs', '0.23', 'endpoint'),
  zoneMonths: meter('route53', 'network', 'HostedZone', 'HostedZone', 'HostedZone', '0.50', 'hostedzone'),
  dnsQueries: meter('route53', 'network', 'DNS-Queries', 'A', 'Queries', '0.0000004', 'hostedzone'),
  registryStorage: meter('ecr', 'storage', 'TimedStorage-ByteHrs', 'StandardStorage', 'GB-Mo', '0.10', 'repository'),
  secretMonths: meter('secrets', 'management', 'AWSSecretsManager-Secrets', 'Secret', 'Secrets', '0.40', 'secret'),
  kmsRequests: meter('kms', 'management', 'KMS-Requests', 'Decrypt', 'Requests', '0.000003', null),
  guardEvents: meter('guardduty', 'management', 'PaidEventsAnalyzed', 'CloudTrailEvents', 'Events', '0.000004', null),
  configItems: meter('config', 'management', 'ConfigurationItemRecorded', 'None', 'ConfigurationItemRecorded', '0.003', null),
  trailEvents: meter('cloudtrail', 'management', 'PaidEventsRecorded', 'None', 'Events', '0.00002', null),

} as const satisfies Record<string, Meter>;

export type MeterName = keyof typeof METERS;

/** Lines that cost nothing and are most of a real bill: product, family, usage type, operation, unit, resource type. */
// biome-ignore format: a table
export const FREE_METERS: [ProductKey, Family, string, string, string, string | null][] = [
  ['ec2', 'compute', 'DataTransfer-In-Bytes', 'RunInstances', 'GB', 'instance'],
  ['ec2', 'compute', 'USW2-AWS-In-Bytes', 'PublicIP-In', 'GB', 'instance'],
  ['ec2', 'compute', 'CloudFront-Out-Bytes', 'RunInstances', 'GB', 'instance'],
  ['ec2', 'compute', 'EUW1-AWS-In-Bytes', 'PublicIP-In', 'GB', 'instance'],
  ['cloudwatch', 'compute', 'CW:AlarmMonitorUsage', 'Unknown', 'Alarms', null],
  ['rds', 'database', 'DataTransfer-In-Bytes', 'CreateDBInstance:0014', 'GB', 'db'],
  ['rds', 'database', 'RDS:BackupUsage-Free', 'CreateDBInstance:0014', 'GB-Mo', 'db'],
  ['dynamodb', 'database', 'TimedStorage-ByteHrs-Free', 'StandardStorage', 'GB-Mo', 'table'],
  ['kms', 'database', 'KMS-Requests-Free', 'Decrypt', 'Requests', null],
  ['cloudtrail', 'database', 'FreeEventsRecorded', 'None', 'Events', null],
  ['s3', 'storage', 'DataTransfer-In-Bytes', 'PutObject', 'GB', 'bucket'],
  ['s3', 'storage', 'CloudFront-Out-Bytes', 'GetObject', 'GB', 'bucket'],
  ['s3', 'storage', 'Requests-NoCharge', 'DeleteObject', 'Requests', 'bucket'],
  ['s3', 'storage', 'EUW1-AWS-In-Bytes', 'PutObject', 'GB', 'bucket'],
  ['kms', 'storage', 'KMS-Requests-Free', 'GenerateDataKey', 'Requests', null],
  ['lambda', 'serverless', 'Global-Lambda-GB-Second', 'Invoke', 'Lambda-GB-Second', 'function'],
  ['lambda', 'serverless', 'Global-Request', 'Invoke', 'Requests', 'function'],
  ['lambda', 'serverless', 'DataTransfer-In-Bytes', 'Invoke', 'GB', 'function'],
  ['sqs', 'serverless', 'Global-Requests', 'ReceiveMessage', 'Requests', 'queue'],
  ['sns', 'serverless', 'DeliveryAttempts-SQS', 'Deliver', 'Notifications', null],
  ['elb', 'network', 'DataTransfer-In-Bytes', 'LoadBalancing:Application', 'GB', 'loadbalancer'],
  ['ec2', 'network', 'DataTransfer-Out-Bytes-Free', 'NatGateway', 'GB', 'natgateway'],
  ['cloudfront', 'network', 'DataTransfer-Out-Bytes-Free', 'GET', 'GB', 'distribution'],
  ['vpc', 'network', 'VPCPeering-In-Bytes', 'VPCPeering-In', 'GB', null],
  ['cloudwatch', 'network', 'CW:Requests-Free', 'GetMetricData', 'Requests', null],
  ['cloudwatch', 'management', 'CW:MetricMonitorUsage-Free', 'MetricStorage', 'Metrics', null],
  ['cloudwatch', 'management', 'DataProcessing-Bytes-Free', 'PutLogEvents', 'GB', 'log-group'],
  ['cloudtrail', 'management', 'InsightsEvents-Free', 'None', 'Events', null],
  ['config', 'management', 'ConfigRuleEvaluations-Free', 'None', 'ConfigRuleEvaluations', null],
  ['secrets', 'management', 'AWSSecretsManagerAPIRequest-Free', 'GetSecretValue', 'Requests', null],

];

function product(name: string, code: string, category: string, subcategory: string): Product {
  return { name, code, category, subcategory };
}
