/** The columns of AWS Data Exports' table FOCUS_1_2_AWS, in its order, with the DuckDB types that give AWS's Parquet types. */
export const FOCUS_COLUMNS = [
  ['AvailabilityZone', 'VARCHAR'],
  ['BilledCost', 'DOUBLE'],
  ['BillingAccountId', 'VARCHAR'],
  ['BillingAccountName', 'VARCHAR'],
  ['BillingAccountType', 'VARCHAR'],
  ['BillingCurrency', 'VARCHAR'],
  ['BillingPeriodEnd', 'TIMESTAMP_MS'],
  ['BillingPeriodStart', 'TIMESTAMP_MS'],
  ['CapacityReservationId', 'VARCHAR'],
  ['CapacityReservationStatus', 'VARCHAR'],
  ['ChargeCategory', 'VARCHAR'],
  ['ChargeClass', 'VARCHAR'],
  ['ChargeDescription', 'VARCHAR'],
  ['ChargeFrequency', 'VARCHAR'],
  ['ChargePeriodEnd', 'TIMESTAMP_MS'],
  ['ChargePeriodStart', 'TIMESTAMP_MS'],
  ['CommitmentDiscountCategory', 'VARCHAR'],
  ['CommitmentDiscountId', 'VARCHAR'],
  ['CommitmentDiscountName', 'VARCHAR'],
  ['CommitmentDiscountQuantity', 'DOUBLE'],
  ['CommitmentDiscountStatus', 'VARCHAR'],
  ['CommitmentDiscountType', 'VARCHAR'],
  ['CommitmentDiscountUnit', 'VARCHAR'],
  ['ConsumedQuantity', 'DOUBLE'],
  ['ConsumedUnit', 'VARCHAR'],
  ['ContractedCost', 'DOUBLE'],
  ['ContractedUnitPrice', 'DOUBLE'],
  ['EffectiveCost', 'DOUBLE'],
  ['InvoiceId', 'VARCHAR'],
  ['InvoiceIssuerName', 'VARCHAR'],
  ['ListCost', 'DOUBLE'],
  ['ListUnitPrice', 'DOUBLE'],
  ['PricingCategory', 'VARCHAR'],
  ['PricingCurrency', 'VARCHAR'],
  ['PricingCurrencyContractedUnitPrice', 'DOUBLE'],
  ['PricingCurrencyEffectiveCost', 'DOUBLE'],
  ['PricingCurrencyListUnitPrice', 'DOUBLE'],
  ['PricingQuantity', 'DOUBLE'],
  ['PricingUnit', 'VARCHAR'],
  ['ProviderName', 'VARCHAR'],
  ['PublisherName', 'VARCHAR'],
  ['RegionId', 'VARCHAR'],
  ['RegionName', 'VARCHAR'],
  ['ResourceId', 'VARCHAR'],
  ['ResourceName', 'VARCHAR'],
  ['ResourceType', 'VARCHAR'],
  ['ServiceCategory', 'VARCHAR'],
  ['ServiceName', 'VARCHAR'],
  ['ServiceSubcategory', 'VARCHAR'],
  ['SkuId', 'VARCHAR'],
  ['SkuMeter', 'VARCHAR'],
  ['SkuPriceDetails', 'MAP(VARCHAR, VARCHAR)'],
  ['SkuPriceId', 'VARCHAR'],
  ['SubAccountId', 'VARCHAR'],
  ['SubAccountName', 'VARCHAR'],
  ['SubAccountType', 'VARCHAR'],
  ['Tags', 'MAP(VARCHAR, VARCHAR)'],
  ['x_Discounts', 'MAP(VARCHAR, DOUBLE)'],
  ['x_Operation', 'VARCHAR'],
  ['x_ServiceCode', 'VARCHAR'],
] as const;

export type FocusColumn = (typeof FOCUS_COLUMNS)[number][0];

/** One SQL expression a column. */
export type FocusExpressions = Record<FocusColumn, string>;

/** The select list, with the types that AWS delivers. */
export function selectList(expressions: FocusExpressions): string {
  return FOCUS_COLUMNS.map(([name, type]) => `(${expressions[name]})::${type} as "${name}"`).join(',\n');
}

/** Whole days since 1970-01-01 as a timestamp. */
export function dayStart(day: string): string {
  return `(date '1970-01-01' + (${day})::integer)`;
}
