import { type ColumnType, column, type TableColumn, type TableSchema } from './table-schema.ts';
import { MONEY } from './tables.ts';

const PARTITIONS: TableColumn[] = [
  column('source', 'string', false, 'Where it was imported from'),
  column('billing_period', 'string', false, 'Billing month, YYYY-MM'),
];
const DELIVERY = column('delivery_id', 'string', false, 'Content address of the delivery');
const CUSTOM = column(
  'custom_columns',
  'map<string,string>',
  false,
  'Every other column of the file, by its name',
);

/** A column of a FOCUS dataset: BilledCost is stored as billed_cost. */
function focus(name: string, type: ColumnType, isNullable = false): TableColumn {
  const stored = name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase();
  return column(stored, type, isNullable, name);
}

/** What invoices hold, as their issuer tells it. */
export const INVOICE_DETAILS: TableSchema = {
  name: 'invoice_details',
  description: 'One row per line of the FOCUS 1.4 dataset Invoice Detail',
  columns: [
    focus('BilledCost', MONEY),
    focus('BillingAccountId', 'string'),
    focus('BillingCurrency', 'string'),
    focus('BillingPeriodStart', 'timestamp'),
    focus('ChargeCategory', 'string'),
    focus('InvoiceId', 'string'),
    focus('InvoiceDetailId', 'string'),
    focus('InvoiceIssueStatus', 'string'),
    focus('InvoiceIssuerName', 'string'),
    focus('BillingPeriodEnd', 'timestamp', true),
    focus('InvoiceDetailCreated', 'timestamp', true),
    focus('InvoiceDetailDescription', 'string', true),
    focus('InvoiceDetailGrain', 'string', true),
    focus('InvoiceDetailLastUpdated', 'timestamp', true),
    focus('InvoiceIssueDate', 'timestamp', true),
    focus('PaymentCurrency', 'string', true),
    focus('PaymentCurrencyBilledCost', MONEY, true),
    focus('PaymentCurrencyInvoiceDetailId', 'string', true),
    focus('PaymentDueDate', 'timestamp', true),
    focus('PaymentTerms', 'string', true),
    focus('PurchaseOrderNumber', 'string', true),
    focus('ReferenceInvoiceId', 'string', true),
    CUSTOM,
    DELIVERY,
    ...PARTITIONS,
  ],
  partitionBy: ['source', 'billing_period'],
};

/** Whether the issuer still changes a month. */
export const BILLING_PERIODS: TableSchema = {
  name: 'billing_periods',
  description: 'One row per row of the FOCUS 1.4 dataset Billing Period',
  columns: [
    focus('BillingPeriodStart', 'timestamp'),
    focus('BillingPeriodStatus', 'string'),
    focus('InvoiceIssuerName', 'string'),
    focus('BillingPeriodLastUpdated', 'timestamp'),
    focus('BillingPeriodEnd', 'timestamp', true),
    focus('BillingPeriodCreated', 'timestamp', true),
    CUSTOM,
    DELIVERY,
    ...PARTITIONS,
  ],
  partitionBy: ['source', 'billing_period'],
};

/** Every table of what issuers tell of invoices. */
export const INVOICE_TABLES: TableSchema[] = [INVOICE_DETAILS, BILLING_PERIODS];
