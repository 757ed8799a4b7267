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
  { action: 'elasticloadbalancing:DescribeLoadBalancers', reason: `Inventory. ${NO_RESOURCE}` },
  {
    action: 'elasticloadbalancing:DescribeTargetGroups',
    reason: `Load balancers without targets. ${NO_RESOURCE}`,
  },
  { action: 'elasticloadbalancing:DescribeTags', reason: `Tags of load balancers. ${NO_RESOURCE}` },
  { action: 'lambda:ListFunctions', reason: `Inventory. ${NO_RESOURCE}` },
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
] as const;
