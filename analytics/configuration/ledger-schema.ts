import * as z from 'zod';
import { DEFAULT_LEDGER } from '../results/pack/ledger.ts';

const MAXIMUM_PLACES = 12;

const patterns = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
  .transform((value) => (Array.isArray(value) ? value : [value]));
const account = z.string({ error: 'must be a text: quote account numbers' }).min(1);

/** Which accounts the journal entry of a month books to. */
export const ledgerSchema = z
  .strictObject({
    /** What is owed to the provider. */
    clearing_account: account.default(DEFAULT_LEDGER.clearing_account),
    /** What no rule of `accounts` matches. */
    expense_account: account.default(DEFAULT_LEDGER.expense_account),
    /** The first that matches wins; every field that is given must match, `*` stands for any text. */
    accounts: z
      .array(
        z.strictObject({
          account,
          cost_center: patterns.optional(),
          service_name: patterns.optional(),
          charge_category: patterns.optional(),
        }),
      )
      .default([]),
    /** Decimal places of an amount in the ledger. */
    places: z.number().int().min(0).max(MAXIMUM_PLACES).default(DEFAULT_LEDGER.places),
  })
  .prefault({});

export type LedgerConfiguration = z.infer<typeof ledgerSchema>;
