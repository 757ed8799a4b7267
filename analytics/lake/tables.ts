import { type ColumnType, column, type TableColumn, type TableSchema } from './table-schema.ts';

/** Money of every table: twelve decimals, exact. */
export const MONEY: ColumnType = 'decimal(38,12)';

const PARTITIONS: TableColumn[] = [
  column('source', 'string', false, 'Where it was imported from'),
  column('billing_period', 'string', false, 'Billing month, YYYY-MM'),
];

/** The columns of a FOCUS 1.2 charge in snake_case, then those that AWS adds. */
export const FOCUS_COLUMNS: TableColumn[] = [
  column('availability_zone', 'string', true, 'AvailabilityZone: Zone inside the region'),
  column('billed_cost', 'decimal(38,12)', false, 'BilledCost: What is invoiced'),
  column('billing_account_id', 'string', false, 'BillingAccountId: Account that pays'),
  column('billing_account_name', 'string', true, 'BillingAccountName'),
  column('billing_account_type', 'string', true, 'BillingAccountType'),
  column('billing_currency', 'string', false, 'BillingCurrency: Currency of the costs'),
  column('billing_period_end', 'timestamp', false, 'BillingPeriodEnd: Exclusive'),
  column('billing_period_start', 'timestamp', false, 'BillingPeriodStart: Inclusive'),
  column('capacity_reservation_id', 'string', true, 'CapacityReservationId'),
  column('capacity_reservation_status', 'string', true, 'CapacityReservationStatus: Used or Unused'),
  column('charge_category', 'string', false, 'ChargeCategory: Usage, Purchase, Tax, Credit or Adjustment'),
  column('charge_class', 'string', true, 'ChargeClass: Correction or null'),
  column('charge_description', 'string', true, 'ChargeDescription'),
  column('charge_frequency', 'string', true, 'ChargeFrequency: One-Time, Recurring or Usage-Based'),
  column('charge_period_end', 'timestamp', false, 'ChargePeriodEnd: Exclusive'),
  column('charge_period_start', 'timestamp', false, 'ChargePeriodStart: Inclusive'),
  column('commitment_discount_category', 'string', true, 'CommitmentDiscountCategory: Spend or Usage'),
  column('commitment_discount_id', 'string', true, 'CommitmentDiscountId'),
  column('commitment_discount_name', 'string', true, 'CommitmentDiscountName'),
  column('commitment_discount_quantity', 'double', true, 'CommitmentDiscountQuantity'),
  column('commitment_discount_status', 'string', true, 'CommitmentDiscountStatus: Used or Unused'),
  column('commitment_discount_type', 'string', true, 'CommitmentDiscountType'),
  column('commitment_discount_unit', 'string', true, 'CommitmentDiscountUnit'),
  column('consumed_quantity', 'double', true, 'ConsumedQuantity'),
  column('consumed_unit', 'string', true, 'ConsumedUnit'),
  column(
    'contracted_cost',
    'decimal(38,12)',
    false,
    'ContractedCost: Contracted unit price x pricing quantity',
  ),
  column('contracted_unit_price', 'double', true, 'ContractedUnitPrice'),
  column('effective_cost', 'decimal(38,12)', false, 'EffectiveCost: Amortised cost'),
  column('invoice_id', 'string', true, 'InvoiceId: Null until the period is invoiced'),
  column('invoice_issuer_name', 'string', true, 'InvoiceIssuerName'),
  column('list_cost', 'decimal(38,12)', false, 'ListCost: List unit price x pricing quantity'),
  column('list_unit_price', 'double', true, 'ListUnitPrice'),
  column('pricing_category', 'string', true, 'PricingCategory'),
  column('pricing_currency', 'string', true, 'PricingCurrency'),
  column('pricing_currency_contracted_unit_price', 'double', true, 'PricingCurrencyContractedUnitPrice'),
  column('pricing_currency_effective_cost', 'decimal(38,12)', true, 'PricingCurrencyEffectiveCost'),
  column('pricing_currency_list_unit_price', 'double', true, 'PricingCurrencyListUnitPrice'),
  column('pricing_quantity', 'double', true, 'PricingQuantity'),
  column('pricing_unit', 'string', true, 'PricingUnit'),
  column('provider_name', 'string', true, 'ProviderName'),
  column('publisher_name', 'string', true, 'PublisherName'),
  column('region_id', 'string', true, 'RegionId'),
  column('region_name', 'string', true, 'RegionName'),
  column('resource_id', 'string', true, 'ResourceId'),
  column('resource_name', 'string', true, 'ResourceName'),
  column('resource_type', 'string', true, 'ResourceType'),
  column('service_category', 'string', true, 'ServiceCategory'),
  column('service_name', 'string', true, 'ServiceName'),
  column('service_subcategory', 'string', true, 'ServiceSubcategory'),
  column('sku_id', 'string', true, 'SkuId'),
  column('sku_meter', 'string', true, 'SkuMeter'),
  column('sku_price_details', 'map<string,string>', true, 'SkuPriceDetails'),
  column('sku_price_id', 'string', true, 'SkuPriceId'),
  column('sub_account_id', 'string', true, 'SubAccountId'),
  column('sub_account_name', 'string', true, 'SubAccountName'),
  column('sub_account_type', 'string', true, 'SubAccountType'),
  column('tags', 'map<string,string>', true, 'Tags'),
  column('x_cost_categories', 'map<string,string>', true, 'AWS: cost categories'),
  column('x_discounts', 'map<string,double>', true, 'AWS: discounts by kind'),
  column('x_operation', 'string', true, 'AWS: operation'),
  column('x_service_code', 'string', true, 'AWS: service code'),
  column('x_usage_type', 'string', true, 'AWS: usage type'),
];

/** One row per FOCUS charge line of the delivery that is current. */
export const CHARGES: TableSchema = {
  name: 'charges',
  description: 'One row per FOCUS charge line of the current delivery of a source and billing period',
  columns: [...FOCUS_COLUMNS, ...PARTITIONS],
  partitionBy: ['source', 'billing_period'],
};

/** What each delivery adds up to, at each stage of its import. */
export const CONTROL_TOTALS: TableSchema = {
  name: 'control_totals',
  description: 'One row per delivery, stage, provider, billing account, currency and charge category',
  columns: [
    column('delivery_id', 'string', false, 'Content address of the delivery'),
    column(
      'stage',
      'string',
      false,
      'source: counted in the delivered files; loaded: in charges; quarantined: set aside',
    ),
    column('provider_name', 'string', true, 'ProviderName'),
    column('billing_account_id', 'string', true, 'BillingAccountId'),
    column('billing_currency', 'string', true, 'BillingCurrency'),
    column('charge_category', 'string', true, 'ChargeCategory'),
    column('row_count', 'long', false, ''),
    column('billed_cost', MONEY, false, ''),
    column('effective_cost', MONEY, false, ''),
    column('list_cost', MONEY, false, ''),
    column('contracted_cost', MONEY, false, ''),
    ...PARTITIONS,
  ],
  partitionBy: ['source', 'billing_period'],
};

/** Rows that could not be understood. */
export const QUARANTINE: TableSchema = {
  name: 'quarantine',
  description: 'One row per delivered row that was set aside, with the reason',
  columns: [
    column('delivery_id', 'string', false, 'Content address of the delivery'),
    column('file', 'string', false, 'File of the delivery'),
    column('row_number', 'long', false, 'Row in the file, from 1'),
    column('reason', 'string', false, 'Why it was set aside'),
    column('billed_cost', MONEY, true, 'Where it could be read'),
    column('raw', 'string', false, 'The row as delivered, as JSON'),
    ...PARTITIONS,
  ],
  partitionBy: ['source', 'billing_period'],
};

/** Every delivery that was loaded; the tags of the files in charges say which are current. */
export const DELIVERIES: TableSchema = {
  name: 'deliveries',
  description: 'One row per delivery that was loaded',
  columns: [
    column(
      'delivery_id',
      'string',
      false,
      'Content address: mapping version, source, period and file contents',
    ),
    column('source', 'string', false, ''),
    column('billing_period', 'string', false, 'YYYY-MM'),
    column('kind', 'string', false, 'Format, such as focus-1.2 or cur-2.0'),
    column('manifest', 'string', true, 'The manifest that named the files; null: the folder did'),
    column('delivered_at', 'timestamp', false, 'Decides which of two deliveries of a period is newer'),
    column('is_final', 'boolean', false, 'An invoice id has appeared'),
    column('file_count', 'long', false, ''),
    column('row_count', 'long', false, 'Rows loaded'),
    column('quarantined_count', 'long', false, 'Rows set aside'),
    column('files', 'string', false, 'Names, sizes and hashes, as JSON'),
  ],
  partitionBy: [],
};

/** Every table that an import writes. */
export const IMPORT_TABLES: TableSchema[] = [CHARGES, CONTROL_TOTALS, QUARANTINE, DELIVERIES];
