import type { InvoiceRow } from '../configuration/tables.ts';
import { parseScaled } from '../decimal-text.ts';
import type { IssuedInvoice } from './read-invoices.ts';

/** What an invoice comes to, and who says so. Amounts are decimal text. */
export type GivenInvoice = InvoiceRow & {
  given_by: 'invoices.csv' | 'issuer' | 'both';
  /** Null where only invoices.csv names it. */
  issue_status: IssuedInvoice['issue_status'] | null;
  /** What invoices.csv says where the issuer says another amount. */
  conflicting_amount: string | null;
};

/**
 * The invoices of invoices.csv and of issuers' files together, each once. Where both name one, the issuer's amount counts;
 * an amount in invoices.csv that differs by more than the tolerance is kept beside it.
 *
 * @param tolerance in the currency, in units of 1e-12.
 */
export function mergeInvoices(
  written: readonly InvoiceRow[],
  issued: readonly IssuedInvoice[],
  tolerance: bigint,
): GivenInvoice[] {
  const byKey = new Map(issued.map((invoice) => [makeKey(invoice), invoice]));
  const writtenKeys = new Set(written.map(makeKey));
  return [
    ...written.map((row): GivenInvoice => {
      const invoice = byKey.get(makeKey(row));
      if (!invoice) return { ...row, given_by: 'invoices.csv', issue_status: null, conflicting_amount: null };
      const difference = parseScaled(row.amount) - parseScaled(invoice.amount);
      const differs = (difference < 0n ? -difference : difference) > tolerance;
      return { ...give(invoice), given_by: 'both', conflicting_amount: differs ? row.amount : null };
    }),
    ...issued.filter((invoice) => !writtenKeys.has(makeKey(invoice))).map(give),
  ];
}

function give({ line_count: _, ...invoice }: IssuedInvoice): GivenInvoice {
  return { ...invoice, given_by: 'issuer', conflicting_amount: null };
}

function makeKey({ month, billing_account_id, invoice_id, currency }: InvoiceRow | IssuedInvoice): string {
  return JSON.stringify([month, billing_account_id, invoice_id, currency]);
}
