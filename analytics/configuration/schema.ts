import * as z from 'zod';
import { ALLOCATION_DIMENSIONS, COST_BASES } from '../vocabulary.ts';
import { alertsSchema } from './alerts-schema.ts';
import { anomaliesSchema } from './anomalies-schema.ts';
import { capacitySchema } from './capacity-schema.ts';
import { closeSchema } from './close-schema.ts';
import { collectSchema } from './collect-schema.ts';
import { commitmentsSchema } from './commitments-schema.ts';
import { forecastSchema } from './forecast-schema.ts';
import { ledgerSchema } from './ledger-schema.ts';
import { scorecardSchema } from './scorecard-schema.ts';
import { wasteSchema } from './waste-schema.ts';

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
  .union([z.string(), z.array(z.string()).min(1)], {
    error: 'must be a text or a list of texts; quote numbers such as account ids',
  })
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

const event = z.strictObject({
  name: z.string(),
  from: z.string(),
  to: z.string(),
  change_ratio: z.number().min(-1).max(100).optional(),
});

/** headroom.yml. */
export const configurationSchema = z
  .strictObject({
    version: z.literal(1),
    reporting_currency: z
      .string()
      .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as USD')
      .default('USD'),
    cost_basis: z.enum(COST_BASES).default('effective'),
    /** The version of budgets.csv that counts; default: the last in the file. */
    budget_version: z.string().min(1).optional(),
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
    close: closeSchema,
    ledger: ledgerSchema,
    forecast: forecastSchema,
    capacity: capacitySchema,
    waste: wasteSchema,
    scorecard: scorecardSchema,
    commitments: commitmentsSchema,
    alerts: alertsSchema,
    anomalies: anomaliesSchema,
    calendar: z
      .strictObject({ country: z.string().length(2).default('US'), events: z.array(event).default([]) })
      .default({ country: 'US', events: [] }),
  })
  .superRefine((configuration, context) => {
    for (const { path, message } of listDanglingReferences(configuration)) {
      context.addIssue({ code: 'custom', path, message });
    }
  });

export type Configuration = z.infer<typeof configurationSchema>;

type Problem = { path: (string | number)[]; message: string };

/** Names of tags and drivers that nothing declares. */
function listDanglingReferences(configuration: {
  tags: Record<string, unknown>;
  drivers: Record<string, unknown>;
  required_tags: readonly string[];
  forecast: { scenarios: readonly { driver?: string | undefined }[] };
  allocation: {
    rules: readonly z.infer<typeof rule>[];
    shared_costs: readonly z.infer<typeof sharedCost>[];
  };
}): Problem[] {
  const { tags, drivers, required_tags, allocation, forecast } = configuration;
  const needTag = (name: string, path: Problem['path'], message = `tag '${name}' is not named under tags`) =>
    name in tags ? [] : [{ path, message }];
  const needDriver = (name: string | undefined, path: Problem['path']) =>
    name === undefined || name in drivers
      ? []
      : [{ path: [...path, 'driver'], message: `driver '${name}' is not named under drivers` }];
  const matched = (match: Record<string, unknown>, path: Problem['path']) =>
    Object.keys(match)
      .filter((field) => field.startsWith('tag:'))
      .flatMap((field) => needTag(field.slice('tag:'.length), [...path, 'match', field]));
  return [
    ...required_tags.flatMap((name, index) =>
      needTag(name, ['required_tags', index], `'${name}' is not named under tags`),
    ),
    ...forecast.scenarios.flatMap(({ driver }, index) =>
      needDriver(driver, ['forecast', 'scenarios', index]),
    ),
    ...allocation.rules.flatMap(({ match, set }, index) => [
      ...matched(match, ['allocation', 'rules', index]),
      ...Object.entries(set).flatMap(([key, value]) =>
        typeof value === 'object' ? needTag(value.tag, ['allocation', 'rules', index, 'set', key]) : [],
      ),
    ]),
    ...allocation.shared_costs.flatMap(({ match, driver }, index) => [
      ...matched(match, ['allocation', 'shared_costs', index]),
      ...needDriver(driver, ['allocation', 'shared_costs', index]),
    ]),
  ];
}
