/** An action that AWS defines without resources, so that only `*` can be said of it, and why Headroom needs it. */
export type UnscopedAction = { action: string; reason: string };

const NO_RESOURCE = 'AWS gives this action no resource level.';
const NO_VIEW = 'The only resource that AWS knows here is a billing view, which Headroom does not use.';

/** What the readers of Cost Explorer ask; only the payer answers for all accounts. */
export const COST_ACTIONS: readonly UnscopedAction[] = [
  {
    action: 'ce:GetCostAndUsage',
    reason: `Daily cost by account, service, usage type and tag. ${NO_VIEW}`,
  },
  { action: 'ce:GetSavingsPlansCoverage', reason: `Share of usage under Savings Plans. ${NO_VIEW}` },
  { action: 'ce:GetSavingsPlansUtilization', reason: `Use of the Savings Plans bought. ${NO_VIEW}` },
  { action: 'ce:GetReservationCoverage', reason: `Share of usage under reservations. ${NO_VIEW}` },
  { action: 'ce:GetReservationUtilization', reason: `Use of the reservations bought. ${NO_VIEW}` },
];

/** What names the accounts; only the payer and delegated administrators may ask. */
export const ORGANIZATION_ACTIONS: readonly UnscopedAction[] = [
  {
    action: 'organizations:ListAccounts',
    reason: `Which accounts there are, and their names. ${NO_RESOURCE}`,
  },
];

/** What the readers of one account ask, the one deployed to and, by the role of member-role.yaml, every other. */
export const ACCOUNT_ACTIONS: readonly UnscopedAction[] = [
  { action: 'ec2:DescribeInstances', reason: `Inventory. ${NO_RESOURCE}` },
  { action: 'ec2:DescribeVolumes', reason: `Inventory. ${NO_RESOURCE}` },
  { action: 'ec2:DescribeSnapshots', reason: `Inventory. ${NO_RESOURCE}` },
  { action: 'ec2:DescribeAddresses', reason: `Inventory. ${NO_RESOURCE}` },
  { action: 'ec2:DescribeNatGateways', reason: `Inventory. ${NO_RESOURCE}` },
  { action: 'ec2:DescribeImages', reason: `Inventory. ${NO_RESOURCE}` },
  { action: 'ec2:DescribeVpcEndpoints', reason: `Inventory. ${NO_RESOURCE}` },
  { action: 'autoscaling:DescribeAutoScalingGroups', reason: `Inventory. ${NO_RESOURCE}` },
  { action: 'elasticloadbalancing:DescribeLoadBalancers', reason: `Inventory. ${NO_RESOURCE}` },
  {
    action: 'elasticloadbalancing:DescribeTargetGroups',
    reason: `Load balancers without targets. ${NO_RESOURCE}`,
  },
  {
    action: 'elasticloadbalancing:DescribeTargetHealth',
    reason: `Load balancers without healthy targets. ${NO_RESOURCE}`,
  },
  { action: 'elasticloadbalancing:DescribeTags', reason: `Tags of load balancers. ${NO_RESOURCE}` },
  { action: 'lambda:ListFunctions', reason: `Inventory. ${NO_RESOURCE}` },
  { action: 'dynamodb:ListTables', reason: `Inventory. ${NO_RESOURCE}` },
  { action: 'ecs:ListClusters', reason: `Inventory. ${NO_RESOURCE}` },
  { action: 'ecs:ListServices', reason: `Services of a cluster. ${NO_RESOURCE}` },
  { action: 'ecs:DescribeTaskDefinition', reason: `Size of the tasks of a service. ${NO_RESOURCE}` },
  { action: 'kinesis:ListStreams', reason: `Inventory. ${NO_RESOURCE}` },
  { action: 'sagemaker:ListEndpoints', reason: `Inventory. ${NO_RESOURCE}` },
  { action: 's3:ListAllMyBuckets', reason: `Inventory. ${NO_RESOURCE}` },
  { action: 'tag:GetResources', reason: `Tags of all resources. ${NO_RESOURCE}` },
  { action: 'cloudwatch:GetMetricData', reason: `Utilisation. ${NO_RESOURCE}` },
  { action: 'cloudwatch:ListMetrics', reason: `Which resources have a metric. ${NO_RESOURCE}` },
  { action: 'servicequotas:ListServiceQuotas', reason: `Quotas as they apply. ${NO_RESOURCE}` },
  {
    action: 'servicequotas:ListAWSDefaultServiceQuotas',
    reason: `Quotas that nobody changed. ${NO_RESOURCE}`,
  },
];

/** What the readers of one account ask of resources that an ARN can say: all of the account's, in any region. */
export const SCOPED_ACTIONS = [
  { action: 'rds:DescribeDBInstances', service: 'rds', resource: 'db:*' },
  { action: 'logs:DescribeLogGroups', service: 'logs', resource: 'log-group:*' },
  { action: 'dynamodb:DescribeTable', service: 'dynamodb', resource: 'table/*' },
  { action: 'ecs:DescribeServices', service: 'ecs', resource: 'service/*' },
  { action: 'elasticache:DescribeCacheClusters', service: 'elasticache', resource: 'cluster:*' },
  { action: 'elasticache:DescribeReplicationGroups', service: 'elasticache', resource: 'replicationgroup:*' },
  { action: 'kinesis:DescribeStreamSummary', service: 'kinesis', resource: 'stream/*' },
] as const;

/** What the readers of one account ask of REST APIs, whose ARNs have no account. */
export const API_ACTIONS = [
  { action: 'apigateway:GET', resources: ['/restapis', '/restapis/*/stages'] },
] as const;

/** What the readers of one account ask of buckets, whose ARNs have no account: a condition says it. */
export const BUCKET_ACTIONS = [
  { action: 's3:GetLifecycleConfiguration', resource: '*' },
  { action: 's3:ListBucketMultipartUploads', resource: '*' },
  { action: 's3:ListMultipartUploadParts', resource: '*/*' },
] as const;
