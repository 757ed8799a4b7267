import * as z from 'zod';

const ratio = z.number().gt(0).max(1);

/** What a target applies to; fields left out match everything. The first target that matches counts. */
const target = z
  .strictObject({
    resource_type: z.string().min(1).optional(),
    resource_id: z.string().min(1).optional(),
    metric: z.string().min(1).optional(),
    service_code: z.string().min(1).optional(),
    quota_code: z.string().min(1).optional(),
    threshold_ratio: ratio.optional(),
    /** In the unit of the load; where AWS does not tell, or tells wrongly */
    limit: z.number().positive().optional(),
    /** p95: what it carries for long; peak: its highest moment */
    statistic: z.enum(['p95', 'peak']).optional(),
    next_unit: z.string().min(1).optional(),
    /** What the next unit costs in 30 days, in the reporting currency */
    next_unit_cost: z
      .number()
      .nonnegative()
      .refine((cost) => cost === 0 || cost >= 1e-6, { error: 'must be at least 0.000001' })
      .optional(),
  })
  .refine(({ next_unit, next_unit_cost }) => (next_unit === undefined) === (next_unit_cost === undefined), {
    error: 'next_unit and next_unit_cost go together',
  });

const group = z.strictObject({
  name: z.string().min(1),
  resource_type: z.string().min(1).default('ec2:instance'),
  /** Tag keys and values that a member has, compared without regard to case; all must match */
  tags: z.record(z.string().min(1), z.string().min(1)).refine((tags) => Object.keys(tags).length > 0, {
    error: 'names no tag',
  }),
});

const groups = z.array(group).superRefine((list, context) => {
  list.forEach(({ name }, index) => {
    if (list.findIndex((each) => each.name === name) < index)
      context.addIssue({ code: 'custom', path: [index, 'name'], message: `there are two groups '${name}'` });
  });
});

/** The `capacity:` section of headroom.yml. */
export const capacitySchema = z
  .strictObject({
    horizon_days: z.number().int().min(7).max(365).default(90),
    /** Share of a limit at which there is no room left */
    threshold_ratio: ratio.default(0.8),
    quota_threshold_ratio: ratio.default(0.8),
    /** Of the load at each day ahead, beside 50 and 95 */
    percentiles: z.array(z.number().gt(0).lt(100)).max(7).default([5, 80]),
    targets: z.array(target).default([]),
    groups: groups.default([]),
  })
  .prefault({});

export type CapacityConfiguration = z.infer<typeof capacitySchema>;
