import { column, decimal, text } from './columns.ts';
import type { RecordDefinition } from './definition.ts';

/** The status of an invoice that is told with two amounts. */
export const CONTRADICTED = 'conflict';
/** Statuses that keep a month from being closed. */
export const UNMATCHED = ['different', CONTRADICTED, 'not in the bill'] as const;
/** The status of an invoice whose issuer may still change it. */
export const PROVISIONAL = 'open';

/** The bill against the invoices. */
export const INVOICES: RecordDefinition = {
  name: 'reconciliation/invoices',
  aliases: ['invoices'],
  model: 'invoice_reconciliation',
  summary:
    'Charges by billing account, invoice and currency, against what invoices.csv and issuers say they come to',
  columns: [
    text('invoice_key', 'Month, billing account, invoice and currency'),
    text('billing_period', 'Billing month'),
    text('billing_account_id', 'Billing (payer) account'),
    text('invoice_id', "Invoice id as the charges carry it; '(none)': charges without one"),
    text('billing_currency', 'Currency of the amounts'),
    {
      ...text(
        'status',
        'matched: equal within the tolerance; different; conflict: invoices.csv and the issuer tell two amounts; open: its issuer may still change it; not in the bill: no charge carries its id; not given: nobody says what it comes to',
      ),
      values: ['matched', ...UNMATCHED, PROVISIONAL, 'not given'],
    },
    decimal('invoice_cost', 'What the invoice comes to, tax included, as given', true),
    decimal('invoice_tax_cost', 'The part of it that is tax, as given', true),
    decimal('billed_cost', 'Billed cost of the charges that carry the id'),
    decimal('tax_cost', 'The part of them that is tax'),
    decimal('credits_cost', 'The part of them that is credits'),
    { name: 'line_count', type: 'count', isNullable: false, description: 'Charge lines that carry the id' },
    decimal('difference_cost', 'billed_cost - invoice_cost', true),
    text('given_by', 'Who says what it comes to: invoices.csv, issuer (FOCUS Invoice Detail) or both', true),
    text('issue_status', "The issuer's word: Open, Issued or Voided", true),
    decimal('conflicting_cost', 'What invoices.csv says where the issuer says another amount', true),
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

/** Which months issuers have closed. */
export const BILLING_PERIODS: RecordDefinition = {
  name: 'reconciliation/periods',
  aliases: ['periods'],
  model: 'declared_periods',
  summary: 'Billing periods as their issuers declare them in FOCUS Billing Period: open or closed',
  columns: [
    text('period_key', 'Month and issuer'),
    text('billing_period', 'Billing month'),
    text('invoice_issuer_name', 'Who issues the invoices'),
    {
      ...text('period_status', 'Open: may still change; Closed: all invoices are issued'),
      values: ['Open', 'Closed'],
    },
    column('last_updated_at', 'instant', 'When the issuer last changed what it says of the month'),
    text('source', 'Where it was imported from'),
  ],
  key: ['period_key'],
  defaultSort: '-billing_period',
};
