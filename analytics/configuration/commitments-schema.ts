import * as z from 'zod';

const DATE = z.iso.date('must be a date such as 2026-12-31');

/** Savings Plans and reservations: what the bill does not say of them. */
export const commitmentsSchema = z
  .strictObject({
    /** Complete days of demand that a purchase is computed from. */
    lookback_days: z.number().int().min(7).max(90).default(30),
    /** Off the on-demand price, where the bill shows no Savings Plan: 1 year, no upfront payment. */
    savings_plan_discount_ratio: z.number().min(0.01).max(0.9).default(0.27),
    /** A commitment that ends within so many days is told about. */
    expiring_days: z.number().int().min(1).max(365).default(30),
    /** Terms of commitments that the bill does not tell. The end is exclusive. */
    terms: z
      .array(z.strictObject({ id: z.string().min(1), start_date: DATE.optional(), end_date: DATE }))
      .default([]),
  })
  .prefault({});

export type CommitmentSettings = z.infer<typeof commitmentsSchema>;
