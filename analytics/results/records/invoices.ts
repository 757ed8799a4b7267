import { decimal, text } from './columns.ts';
import type { RecordDefinition } from './definition.ts';

/** Statuses that keep a month from being closed. */
export const UNMATCHED = ['different', 'not in the bill'] as const;

/** The bill against the invoices. */
export const INVOICES: RecordDefinition = {
  name: 'reconciliation/invoices',
  aliases: ['invoices'],
  model: 'invoice_reconciliation',
  summary: 'Charges by billing account, invoice and currency, against the totals of invoices.csv',
  columns: [
    text('invoice_key', 'Month, billing account, invoice and currency'),
    text('billing_period', 'Billing month'),
    text('billing_account_id', 'Billing (payer) account'),
    text('invoice_id', "Invoice id as the charges carry it; '(none)': charges without one"),
    text('billing_currency', 'Currency of the amounts'),
    text(
      'status',
      'matched: equal within the tolerance; different; not in the bill: no charge carries its id; not given: invoices.csv does not name it',
    ),
    decimal('invoice_cost', 'What the invoice comes to, tax included, as given', true),
    decimal('invoice_tax_cost', 'The part of it that is tax, as given', true),
    decimal('billed_cost', 'Billed cost of the charges that carry the id'),
    decimal('tax_cost', 'The part of them that is tax'),
    decimal('credits_cost', 'The part of them that is credits'),
    { name: 'line_count', type: 'count', isNullable: false, description: 'Charge lines that carry the id' },
    decimal('difference_cost', 'billed_cost - invoice_cost', true),
    text('probable_cause', 'What the difference probably is', true),
  ],
  key: ['invoice_key'],
  defaultSort: '-billing_period',
  totals: ['invoice_cost', 'billed_cost', 'difference_cost'],
  tableColumns: [
    'billing_period',
    'billing_account_id',
    'invoice_id',
    'billing_currency',
    'status',
    'invoice_cost',
    'billed_cost',
    'difference_cost',
    'probable_cause',
  ],
};
