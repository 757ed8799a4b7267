import { z } from 'zod';
import { ALLOCATION_DIMENSIONS, COST_BASES } from '../vocabulary.ts';
import { collectSchema } from './collect-schema.ts';

/** Columns of a charge that a rule can match on, beside `tag:NAME`. */
export const MATCH_FIELDS = [
  'provider_name',
  'sub_account_id',
  'service_name',
  'region_id',
  'charge_category',
] as const;

const dimension = z.enum(ALLOCATION_DIMENSIONS);
const texts = z
  .union([z.string(), z.array(z.string()).min(1)])
  .transform((value) => (Array.isArray(value) ? value : [value]));

const matchField = z
  .string()
  .refine((field) => (MATCH_FIELDS as readonly string[]).includes(field) || /^tag:.+/.test(field), {
    error: `unknown field; use one of ${MATCH_FIELDS.join(', ')} or tag:NAME`,
  });
const match = z.record(matchField, texts).default({});

const setValue = z.union([z.string().min(1), z.strictObject({ tag: z.string().min(1) })]);

const rule = z.strictObject({
  name: z.string().min(1),
  match,
  set: z.partialRecord(dimension, setValue).refine((set) => Object.keys(set).length > 0, {
    error: 'sets nothing; name at least one dimension',
  }),
});

const lookup = z.strictObject({
  from: dimension,
  values: z.record(z.string(), z.partialRecord(dimension, z.string().min(1))),
});

const sharedCost = z
  .strictObject({
    name: z.string().min(1),
    match: match.refine((fields) => Object.keys(fields).length > 0, {
      error: 'matches everything; name a field',
    }),
    split: z.enum(['proportional', 'even', 'fixed', 'driver']),
    by: z.array(dimension).min(1),
    shares: z.record(z.string(), z.number().nonnegative()).optional(),
    driver: z.string().optional(),
  })
  .superRefine((shared, context) => {
    const problem = sharedCostProblem(shared);
    if (problem) context.addIssue({ code: 'custom', message: problem.message, path: [problem.key] });
  });

function sharedCostProblem(shared: {
  split: string;
  by: readonly string[];
  shares?: Record<string, number> | undefined;
  driver?: string | undefined;
}): { key: string; message: string } | undefined {
  if (shared.split === 'driver' && !shared.driver)
    return { key: 'driver', message: 'split: driver needs a driver' };
  if (shared.split !== 'fixed') return undefined;
  if (!shared.shares) return { key: 'shares', message: 'split: fixed needs shares' };
  if (shared.by.length !== 1) return { key: 'by', message: 'split: fixed needs exactly one dimension' };
  const total = Object.values(shared.shares).reduce((sum, share) => sum + share, 0);
  if (Math.abs(total - 1) > 1e-9) return { key: 'shares', message: `shares add up to ${total}, not to 1` };
  return undefined;
}

const tag = z.strictObject({
  keys: z.array(z.string().min(1)).min(1),
  values: z.record(z.string(), z.string().min(1)).default({}),
});

const driver = z.strictObject({
  unit: z.string().min(1),
  description: z.string().optional(),
  cost: z.partialRecord(dimension, texts).default({}),
});

const event = z.strictObject({ name: z.string(), from: z.string(), to: z.string() });

/** headroom.yml. */
export const configurationSchema = z
  .strictObject({
    version: z.literal(1),
    reporting_currency: z
      .string()
      .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as USD')
      .default('USD'),
    cost_basis: z.enum(COST_BASES).default('effective'),
    fiscal_year_start_month: z.number().int().min(1).max(12).default(1),
    import: z
      .strictObject({ quarantine_limit_ratio: z.number().min(0).max(1).default(0.001) })
      .default({ quarantine_limit_ratio: 0.001 }),
    tags: z.record(z.string(), tag).default({}),
    required_tags: z.array(z.string()).default([]),
    allocation: z
      .strictObject({
        rules: z.array(rule).default([]),
        lookups: z.array(lookup).default([]),
        shared_costs: z.array(sharedCost).default([]),
      })
      .default({ rules: [], lookups: [], shared_costs: [] }),
    drivers: z.record(z.string(), driver).default({}),
    collect: collectSchema,
    calendar: z
      .strictObject({ country: z.string().length(2).default('US'), events: z.array(event).default([]) })
      .default({ country: 'US', events: [] }),
  })
  .superRefine((configuration, context) => {
    for (const [index, name] of configuration.required_tags.entries()) {
      if (!(name in configuration.tags)) {
        context.addIssue({
          code: 'custom',
          path: ['required_tags', index],
          message: `'${name}' is not named under tags`,
        });
      }
    }
    for (const [index, { set }] of configuration.allocation.rules.entries()) {
      for (const [key, value] of Object.entries(set)) {
        if (typeof value === 'object' && !(value.tag in configuration.tags)) {
          context.addIssue({
            code: 'custom',
            path: ['allocation', 'rules', index, 'set', key],
            message: `tag '${value.tag}' is not named under tags`,
          });
        }
      }
    }
    for (const [index, shared] of configuration.allocation.shared_costs.entries()) {
      if (shared.driver && !(shared.driver in configuration.drivers)) {
        context.addIssue({
          code: 'custom',
          path: ['allocation', 'shared_costs', index, 'driver'],
          message: `driver '${shared.driver}' is not named under drivers`,
        });
      }
    }
  });

export type Configuration = z.infer<typeof configurationSchema>;
