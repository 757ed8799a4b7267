import * as z from 'zod';
import { ALLOCATION_DIMENSIONS } from '../vocabulary.ts';

const accountId = z.string().regex(/^\d{12}$/, 'must be an account id of 12 digits, in quotes');
const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region such as eu-west-1');

const account = z.strictObject({
  id: accountId,
  name: z.string().min(1).optional(),
  regions: z.array(region).min(1).optional(),
  /** ARN; default: `role_name` in the account */
  role: z.string().startsWith('arn:').optional(),
});

/** Names of UTILIZATION_METRICS in analytics/sources/cloudwatch/metric-catalog.ts. */
export const MEASURED_SERVICES = [
  'ec2',
  'ebs',
  'rds',
  'elb',
  'nat',
  'vpc',
  'lambda',
  'dynamodb',
  'ecs',
  'elasticache',
  'redshift',
  'opensearch',
  'apigateway',
  'kinesis',
  'sagemaker',
  's3',
] as const;

const cloudwatchDriver = z.strictObject({
  driver: z.string().min(1),
  unit: z.string().min(1),
  account_id: accountId,
  region,
  namespace: z.string().min(1),
  metric: z.string().min(1),
  metric_dimensions: z.record(z.string(), z.string()).default({}),
  statistic: z.enum(['Sum', 'Average', 'Maximum', 'Minimum', 'SampleCount']).default('Sum'),
  /** Allocation dimensions that the volume belongs to */
  set: z.partialRecord(z.enum(ALLOCATION_DIMENSIONS), z.string().min(1)).default({}),
});

const DEFAULT_QUOTA_SERVICES = [
  'ec2',
  'vpc',
  'ebs',
  'elasticloadbalancing',
  'rds',
  'lambda',
  'dynamodb',
  'ecs',
  'fargate',
  'elasticache',
  's3',
  'logs',
];

/** The `collect:` section of headroom.yml. */
export const collectSchema = z
  .strictObject({
    /** Where Cost Explorer, Budgets and Organizations are asked; default: the caller's account */
    payer_account_id: accountId.optional(),
    accounts: z.array(account).default([]),
    /** Adds every active account of the organization to `accounts` */
    organization: z.boolean().default(false),
    role_name: z.string().min(1).default('headroom-read'),
    external_id: z.string().min(2).optional(),
    regions: z.array(region).default([]),
    concurrency: z.number().int().min(1).max(64).default(4),
    cost_explorer: z
      .strictObject({
        daily_spend_limit_usd: z.number().positive().default(1),
        history_months: z.number().int().min(0).max(13).default(13),
        refresh_days: z.number().int().min(1).max(31).default(4),
        refresh_hours: z.number().positive().default(8),
        usage_types: z.boolean().default(true),
        tags: z.array(z.string().min(1)).default([]),
        commitments: z.boolean().default(true),
      })
      .prefault({}),
    cloudwatch: z
      .strictObject({
        services: z.array(z.enum(MEASURED_SERVICES)).default([...MEASURED_SERVICES]),
        period_seconds: z.union([z.literal(60), z.literal(300), z.literal(3600)]).default(3600),
        history_days: z.number().int().min(1).max(455).default(14),
        settle_hours: z.number().nonnegative().default(6),
        drivers: z.array(cloudwatchDriver).default([]),
      })
      .prefault({}),
    quotas: z
      .strictObject({ services: z.array(z.string().min(1)).min(1).default(DEFAULT_QUOTA_SERVICES) })
      .prefault({}),
  })
  .prefault({});

export type CollectSettings = z.infer<typeof collectSchema>;
export type CloudwatchDriver = z.infer<typeof cloudwatchDriver>;
