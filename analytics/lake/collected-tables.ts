import { column, type TableSchema } from './table-schema.ts';
import { MONEY } from './tables.ts';

const ACCOUNT = column('account_id', 'string', false, 'Account asked');
const REGION = column('region_id', 'string', false, 'Region asked');
const DATE = column('date', 'date', false, 'Day in UTC');

/** What Cost Explorer says each day cost, once for each view of it. */
export const COST_EXPLORER_COSTS: TableSchema = {
  name: 'cost_explorer_costs',
  description:
    'One row per view, day, account and group. Each view adds up to the whole cost: never add two views',
  columns: [
    column('view', 'string', false, 'account_service, account_usage_type or account_tag:KEY'),
    column('payer_account_id', 'string', false, 'Account whose Cost Explorer was asked'),
    column('account_id', 'string', false, 'Linked account'),
    column('service_name', 'string', true, 'In view account_service'),
    column('usage_type', 'string', true, 'In view account_usage_type'),
    column('tag_key', 'string', true, 'In views account_tag:KEY'),
    column('tag_value', 'string', true, 'In views account_tag:KEY; null: the cost has no such tag'),
    column('billing_currency', 'string', false, 'Of the four costs'),
    column('unblended_cost', MONEY, false, 'UnblendedCost'),
    column('net_unblended_cost', MONEY, true, 'NetUnblendedCost: after discounts'),
    column('amortized_cost', MONEY, false, 'AmortizedCost'),
    column('net_amortized_cost', MONEY, true, 'NetAmortizedCost: after discounts'),
    column('usage_quantity', MONEY, true, 'UsageQuantity, in view account_usage_type'),
    column('usage_unit', 'string', true, 'Unit of usage_quantity; null where AWS says N/A'),
    column('is_estimated', 'boolean', false, 'AWS may still change the day'),
    DATE,
  ],
  partitionBy: ['date'],
};

/** Coverage and utilisation of Savings Plans and reservations. */
export const COMMITMENT_USE: TableSchema = {
  name: 'commitment_use',
  description: 'One row per day, kind, group and measure that Cost Explorer reports of commitments',
  columns: [
    column('kind', 'string', false, 'savings_plans_ or reservation_, then coverage or utilization'),
    column('payer_account_id', 'string', false, 'Account whose Cost Explorer was asked'),
    column('service_name', 'string', true, 'In savings_plans_coverage'),
    column('account_id', 'string', true, 'In reservation_coverage'),
    column('measure', 'string', false, "AWS's name in snake_case; names that end in percentage are 0 to 100"),
    column(
      'value',
      MONEY,
      false,
      'Money in the payer account currency, hours, units or a percentage, as named',
    ),
    DATE,
  ],
  partitionBy: ['date'],
};

/** Measured use of resources. No row: no datapoint, which is not zero. */
export const UTILIZATION: TableSchema = {
  name: 'utilization',
  description: 'One row per resource, metric and hour with a datapoint',
  columns: [
    ACCOUNT,
    REGION,
    column('namespace', 'string', false, 'CloudWatch namespace'),
    column('resource_id', 'string', false, "The dimension's value that names the resource"),
    column('dimensions', 'map<string,string>', false, 'All dimensions of the metric'),
    column('metric', 'string', false, 'CloudWatch metric name'),
    column('measured_at', 'timestamp', false, 'Start of the period'),
    column('period_seconds', 'integer', false, 'Length of the period; 86400 for daily storage metrics'),
    column('average', 'double', true, 'Null: not asked for'),
    column('maximum', 'double', true, 'Null: not asked for'),
    column('minimum', 'double', true, 'Null: not asked for'),
    column('sum', 'double', true, 'Null: not asked for'),
    column('sample_count', 'double', true, 'Null: not asked for'),
    DATE,
  ],
  partitionBy: ['date'],
};

/** What exists. */
export const RESOURCES: TableSchema = {
  name: 'resources',
  description: 'One row per resource and day on which it was seen',
  columns: [
    ACCOUNT,
    REGION,
    column('resource_type', 'string', false, 'Service and type, such as ec2:instance'),
    column('resource_id', 'string', false, 'Id as the bill has it where AWS tells, else the name or ARN'),
    column('arn', 'string', true, ''),
    column('utilization_id', 'string', true, 'resource_id in utilization'),
    column('resource_name', 'string', true, "The Name tag, or the service's own name"),
    column('state', 'string', true, "AWS's word, in lower case"),
    column('size_class', 'string', true, 'Instance type, volume type or class'),
    column('size_gib', 'double', true, 'Allocated storage or memory'),
    column(
      'attachments',
      'string',
      true,
      'JSON list of what it is attached to; [] is nothing; null: unknown',
    ),
    column('created_at', 'timestamp', true, ''),
    column('attributes', 'map<string,string>', false, 'What else findings need, by name with unit'),
    column('tags', 'map<string,string>', false, ''),
    column('observed_at', 'timestamp', false, 'When it was seen'),
    DATE,
  ],
  partitionBy: ['date'],
};

/** Limits and how much of them is used. */
export const QUOTAS: TableSchema = {
  name: 'quotas',
  description: 'One row per account, region, quota and day',
  columns: [
    ACCOUNT,
    REGION,
    column('service_code', 'string', false, ''),
    column('service_name', 'string', true, ''),
    column('quota_code', 'string', false, ''),
    column('quota_name', 'string', false, ''),
    column('quota_limit', 'double', false, 'The applied limit, or the default where none is applied'),
    column('unit', 'string', true, 'Null where AWS says None'),
    column('period_seconds', 'integer', true, 'For limits on a rate'),
    column('is_adjustable', 'boolean', false, ''),
    column('is_global', 'boolean', false, 'One limit for all regions'),
    column('is_applied', 'boolean', false, 'False: the limit is the default of AWS'),
    column(
      'usage',
      'double',
      true,
      'Peak of the last 24 hours in the unit of the limit. Null: unknown, not zero',
    ),
    column('usage_metric', 'string', true, 'Metric of the usage. Null: AWS has none for this quota'),
    column('observed_at', 'timestamp', false, 'When it was asked'),
    DATE,
  ],
  partitionBy: ['date'],
};

/** Volumes of business drivers that were collected. */
export const DRIVERS: TableSchema = {
  name: 'drivers',
  description: 'One row per driver, dimension values and day',
  columns: [
    column('driver', 'string', false, ''),
    column('dimensions', 'map<string,string>', false, 'Allocation dimensions to values'),
    column('volume', 'decimal(38,6)', false, ''),
    column('unit', 'string', false, ''),
    column('collected_from', 'string', false, 'Such as cloudwatch'),
    DATE,
  ],
  partitionBy: ['date'],
};

/** AWS Budgets as they stood on a day. */
export const BUDGETS: TableSchema = {
  name: 'budgets',
  description: 'One row per version, budget and period',
  columns: [
    ACCOUNT,
    column('budget_name', 'string', false, ''),
    column('budget_type', 'string', false, 'COST, USAGE, RI_UTILIZATION and so on'),
    column('time_unit', 'string', false, 'DAILY, MONTHLY, QUARTERLY, ANNUALLY or CUSTOM'),
    column('period_start', 'date', false, 'Inclusive'),
    column('period_end', 'date', false, 'Exclusive'),
    column('scope', 'string', false, 'Filters of the budget, as JSON; {} is everything'),
    column('amount', MONEY, true, 'Null: AWS adjusts it and has said none'),
    column('unit', 'string', true, 'Currency of a COST budget, else the unit of usage or PERCENTAGE'),
    column('is_planned', 'boolean', false, 'From the planned limits: a period may lie ahead'),
    column('actual_amount', MONEY, true, 'Spent so far in the running period; null for others'),
    column('forecast_amount', MONEY, true, "AWS's forecast for the running period; null where it has none"),
    column('observed_at', 'timestamp', false, 'When it was asked'),
    column('version', 'string', false, 'aws-budgets-YYYY-MM-DD'),
  ],
  partitionBy: ['version'],
};

/** Accounts of the organization. */
export const ACCOUNTS: TableSchema = {
  name: 'accounts',
  description: 'One row per account of the organization and day',
  columns: [
    column('payer_account_id', 'string', false, 'Account whose organization was asked'),
    ACCOUNT,
    column('account_name', 'string', true, ''),
    column('status', 'string', true, 'ACTIVE, SUSPENDED or PENDING_CLOSURE'),
    column('joined_at', 'timestamp', true, ''),
    column('observed_at', 'timestamp', false, 'When it was seen'),
    DATE,
  ],
  partitionBy: ['date'],
};

/** What each collection did. */
export const COLLECTIONS: TableSchema = {
  name: 'collections',
  description: 'One row per unit of work of a collection, done or failed',
  columns: [
    column('run_id', 'string', false, 'One call of collect'),
    column('source', 'string', false, ''),
    ACCOUNT,
    column('region_id', 'string', true, ''),
    column('from_date', 'date', true, 'Inclusive'),
    column('to_date', 'date', true, 'Exclusive'),
    column('outcome', 'string', false, 'collected, failed or deferred'),
    column('row_count', 'long', false, ''),
    column('error', 'string', true, ''),
    column('warnings', 'string', false, 'JSON list: parts that this account may not read'),
    column('finished_at', 'timestamp', false, ''),
    DATE,
  ],
  partitionBy: ['date'],
};

/** Every table that a collection writes. */
export const COLLECTED_TABLES: TableSchema[] = [
  COST_EXPLORER_COSTS,
  COMMITMENT_USE,
  UTILIZATION,
  RESOURCES,
  QUOTAS,
  DRIVERS,
  BUDGETS,
  ACCOUNTS,
  COLLECTIONS,
];
