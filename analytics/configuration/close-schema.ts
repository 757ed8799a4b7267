import * as z from 'zod';

const DEFAULT_WAIT_DAYS = 8;
/** A cent: invoices are rounded. */
const DEFAULT_TOLERANCE = 0.01;

/** When months are closed. AWS restates a month up to its 6th or 7th day, with support and refunds. */
export const closeSchema = z
  .strictObject({
    /** After a run, close every month that is complete, final by its invoice ids and reconciled. */
    automatic: z.boolean().default(false),
    /** So many days after the end of the month. */
    wait_days: z.number().int().min(0).max(90).default(DEFAULT_WAIT_DAYS),
    /** An invoice of invoices.csv and its charges may differ by so much of the currency. */
    invoice_tolerance: z.number().min(0).max(1_000_000).default(DEFAULT_TOLERANCE),
  })
  .default({ automatic: false, wait_days: DEFAULT_WAIT_DAYS, invoice_tolerance: DEFAULT_TOLERANCE });
