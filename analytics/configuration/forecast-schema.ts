import * as z from 'zod';
import { ALLOCATION_DIMENSIONS } from '../vocabulary.ts';

const date = z.iso.date({ error: 'must be a date such as 2026-03-01' });
const texts = z
  .union([z.string(), z.array(z.string()).min(1)])
  .transform((value) => (Array.isArray(value) ? value : [value]));

const scenario = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .refine((name) => name !== 'baseline', { error: "'baseline' is the forecast without a scenario" }),
    /** Changes the usage that makes the driver's unit cost. */
    driver: z.string().optional(),
    /** Changes the usage allocated so; `*` stands for anything. Empty: everything. */
    match: z.partialRecord(z.enum(ALLOCATION_DIMENSIONS), texts).default({}),
    /** 0.3 for 30 % more. */
    change_ratio: z.number().min(-1).max(100),
    from: date,
    to: date.optional(),
  })
  .refine(({ from, to }) => to === undefined || from <= to, { error: 'ends before it begins', path: ['to'] });

/** `forecast` in headroom.yml. Entries of one name make one scenario. */
export const forecastSchema = z
  .strictObject({ scenarios: z.array(scenario).default([]) })
  .default({ scenarios: [] });

export type Scenario = z.infer<typeof scenario>;
