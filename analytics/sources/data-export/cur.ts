import { quoteName } from '../../engine/duckdb.ts';
import { serviceCategory } from './aws-service-categories.ts';
import { type Cells, mapOfColumns, type SourceColumn } from './cells.ts';
import type { Dialect } from './dialect.ts';

const COMMITTED = `'SavingsPlanCoveredUsage', 'DiscountedUsage'`;
const DISCOUNTS = `'BundledDiscount', 'Discount', 'EdpDiscount', 'PrivateRateDiscount'`;
const USAGE = `'Usage', ${COMMITTED}, 'SavingsPlanNegation', ${DISCOUNTS}`;
const FEES = `'Fee', 'RIFee', 'SavingsPlanUpfrontFee', 'SavingsPlanRecurringFee'`;

/**
 * AWS Cost and Usage Report, legacy (`lineItem/UnblendedCost`) and 2.0 (`line_item_unblended_cost`): the columns are
 * the same. docs/import.md has the mapping as a table, with the reasons.
 */
export const CUR: Dialect = {
  name: 'Cost and Usage Report',
  required: ['lineItem/UnblendedCost', 'lineItem/UsageStartDate'],
  kind: (cells) => (cells.columns.some(({ name }) => name.includes('/')) ? 'cur-legacy' : 'cur-2.0'),
  charge(cells) {
    const { text, quantity, instant } = cells;
    const type = lineItemType(cells);
    const isCommitted = `${type} in (${COMMITTED})`;
    const billed = firstMoney(cells, 'lineItem/NetUnblendedCost', 'lineItem/UnblendedCost');
    const list = `coalesce(${cells.money('pricing/publicOnDemandCost')}, money_of_double(
      cast(${quantity('pricing/publicOnDemandRate')} as double) * cast(${quantity('lineItem/UsageAmount')} as double)))`;
    const savingsPlan = text('savingsPlan/SavingsPlanARN');
    const reservation = text('reservation/ReservationARN');
    const periodStart = `coalesce(${instant('bill/BillingPeriodStartDate')}, ${instant('lineItem/UsageStartDate')})`;
    const ofProduct = (column: string, key: string) => firstOf(text(column), readProduct(cells, key));
    return {
      availability_zone: text('lineItem/AvailabilityZone'),
      billed_cost: `case when ${type} in ('SavingsPlanCoveredUsage', 'SavingsPlanNegation') and ${billed} is not null
        then 0 else ${billed} end`,
      billing_account_id: text('bill/PayerAccountId'),
      billing_account_name: text('bill/PayerAccountName'),
      billing_currency: cells.find('lineItem/CurrencyCode') ? text('lineItem/CurrencyCode') : `'USD'`,
      billing_period_end: `date_trunc('month', ${periodStart}) + interval 1 month`,
      billing_period_start: `date_trunc('month', ${periodStart})`,
      capacity_reservation_id: text('capacityReservation/CapacityReservationARN'),
      capacity_reservation_status: text('capacityReservation/CapacityReservationStatus'),
      charge_category: `case when ${type} in (${USAGE}) then 'Usage' when ${type} in (${FEES}) then 'Purchase'
        when ${type} = 'Tax' then 'Tax' when ${type} = 'Credit' then 'Credit'
        when ${type} = 'Refund' then 'Adjustment' end`,
      charge_class: `case when ${type} = 'Refund' then 'Correction' end`,
      charge_description: text('lineItem/LineItemDescription'),
      charge_frequency: `case when ${type} in ('RIFee', 'SavingsPlanRecurringFee') then 'Recurring'
        when ${type} in (${USAGE}, 'Tax') then 'Usage-Based' else 'One-Time' end`,
      charge_period_end: instant('lineItem/UsageEndDate'),
      charge_period_start: instant('lineItem/UsageStartDate'),
      commitment_discount_category: `case when ${savingsPlan} is not null then 'Spend'
        when ${reservation} is not null then 'Usage' end`,
      commitment_discount_id: `coalesce(${savingsPlan}, ${reservation})`,
      commitment_discount_status: `case when ${isCommitted} then 'Used' end`,
      commitment_discount_type: `case when ${savingsPlan} is not null then 'Savings Plan'
        when ${reservation} is not null then 'Reserved Instance' end`,
      consumed_quantity: `case when ${type} in ('Usage', ${COMMITTED}) then ${quantity('lineItem/UsageAmount')} end`,
      consumed_unit: `case when ${type} in ('Usage', ${COMMITTED}) then ${text('pricing/unit')} end`,
      contracted_cost: `case ${type} when 'DiscountedUsage' then ${list} when 'SavingsPlanNegation' then 0
        when 'SavingsPlanCoveredUsage' then ${billed} end`,
      effective_cost: effectiveCost(cells, type, billed),
      invoice_id: text('bill/InvoiceId'),
      invoice_issuer_name: firstOf(text('bill/InvoicingEntity'), text('lineItem/LegalEntity')),
      list_cost: `case when ${type} in ('Usage', ${COMMITTED}) then ${list}
        when ${type} in ('SavingsPlanNegation', ${DISCOUNTS}) then 0 end`,
      list_unit_price: quantity('pricing/publicOnDemandRate'),
      pricing_category: `case when ${isCommitted} then 'Committed'
        when ${type} = 'Usage' and contains(${text('lineItem/UsageType')}, 'SpotUsage') then 'Dynamic'
        when ${type} in ('Usage', ${FEES}) then 'Standard' end`,
      pricing_currency: text('pricing/currency'),
      pricing_quantity: quantity('lineItem/UsageAmount'),
      pricing_unit: text('pricing/unit'),
      provider_name: `'AWS'`,
      publisher_name: text('lineItem/LegalEntity'),
      region_id: firstOf(text('product/regionCode'), ofProduct('product/region', 'region')),
      region_name: text('product/location'),
      resource_id: text('lineItem/ResourceId'),
      service_category: serviceCategory(text('lineItem/ProductCode')),
      service_name: firstOf(ofProduct('product/ProductName', 'product_name'), text('lineItem/ProductCode')),
      sku_id: text('product/sku'),
      sku_meter: text('lineItem/UsageType'),
      sku_price_id: firstOf(text('pricing/RateCode'), text('pricing/RateId')),
      sub_account_id: text('lineItem/UsageAccountId'),
      sub_account_name: text('lineItem/UsageAccountName'),
      tags: tags(cells),
      x_cost_categories: nested(cells, 'cost_category', /^cost_?category[/_](.+)$/i),
      x_discounts: nested(cells, 'discount', /^discount[/_](.+)$/i),
      x_operation: text('lineItem/Operation'),
      x_service_code: firstOf(ofProduct('product/servicecode', 'servicecode'), text('lineItem/ProductCode')),
      x_usage_type: text('lineItem/UsageType'),
    };
  },
  notes(cells) {
    return [
      ...(cells.find('lineItem/CurrencyCode') ? [] : ['no column lineItem/CurrencyCode: USD is assumed']),
      ...(cells.find('lineItem/LineItemType')
        ? []
        : ['no column lineItem/LineItemType: all rows count as usage']),
      ...(cells.find('bill/BillingPeriodStartDate')
        ? []
        : ['no column bill/BillingPeriodStartDate: the month in which usage starts is taken']),
    ];
  },
  balances(cells) {
    if (!cells.find('lineItem/LineItemType')) return [];
    const type = lineItemType(cells);
    return [
      {
        sql: `case when ${type} in ('SavingsPlanCoveredUsage', 'SavingsPlanNegation')
          then ${cells.money('lineItem/UnblendedCost')} end`,
        warning:
          'SavingsPlanCoveredUsage and SavingsPlanNegation do not cancel out; both are billed as 0, which leaves out',
      },
    ];
  },
};

/**
 * Amortised: used commitment where it was used, the unused rest with the commitment's own fee. Null, for billed cost to
 * stand in, where the file lacks the columns.
 */
function effectiveCost(cells: Cells, type: string, billed: string): string {
  const unusedUpfront = netMoney(cells, 'reservation/UnusedAmortizedUpfrontFeeForBillingPeriod');
  const unusedFee = netMoney(cells, 'reservation/UnusedRecurringFee');
  const total = cells.money('savingsPlan/TotalCommitmentToDate');
  return `case ${type}
    when 'DiscountedUsage' then ${netMoney(cells, 'reservation/EffectiveCost')}
    when 'SavingsPlanCoveredUsage' then ${netMoney(cells, 'savingsPlan/SavingsPlanEffectiveCost')}
    when 'SavingsPlanNegation' then 0
    when 'SavingsPlanUpfrontFee' then 0
    when 'RIFee' then ${unusedUpfront === 'null' ? unusedFee : `coalesce(${unusedUpfront}, 0) + coalesce(${unusedFee}, 0)`}
    when 'SavingsPlanRecurringFee' then ${total} - coalesce(${cells.money('savingsPlan/UsedCommitment')}, 0)
    when 'Fee' then case when ${cells.text('reservation/ReservationARN')} is not null then 0 else ${billed} end
    else ${billed} end`;
}

/** CUR 2.0 has one map of product attributes where legacy CUR has columns. */
function readProduct(cells: Cells, key: string): string | undefined {
  const column = cells.find('product');
  if (!column) return undefined;
  const map = column.type.startsWith('MAP(') ? quoteName(column.name) : cells.map('product');
  return `nullif(${map}['${key}'], '')`;
}

function lineItemType(cells: Cells): string {
  return cells.find('lineItem/LineItemType') ? cells.text('lineItem/LineItemType') : `'Usage'`;
}

/** `reservation/EffectiveCost` as `reservation/NetEffectiveCost` where discounts make a net column appear. */
function netMoney(cells: Cells, name: string): string {
  return firstMoney(cells, name.replace('/', '/Net'), name);
}

function firstMoney(cells: Cells, ...names: string[]): string {
  return firstOf(...names.map((name) => cells.money(name)));
}

function firstOf(...values: (string | undefined)[]): string {
  const present = values.filter((value) => value !== undefined && value !== 'null');
  return present.length > 1 ? `coalesce(${present.join(', ')})` : (present[0] ?? 'null');
}

/** CUR 2.0 writes `user_team` and `aws_created_by`, legacy CUR `user:Team`: the prefix is made the same. */
function tags(cells: Cells): string {
  if (!cells.find('resource_tags'))
    return nested(cells, 'resource_tags', /^resource_?tags[/_](.+)$/i, toTagKey);
  return `map_of_entries(list_transform(map_entries(${cells.map('resource_tags')}), lambda p:
    struct_pack(key := regexp_replace(trim(p.key), '^(user|aws)_', '\\1:'), value := p.value)))`;
}

function toTagKey(name: string): string {
  return name.replace(/^(user|aws)_/, '$1:');
}

/** A nested column, or the columns into which a flat file spreads it. */
function nested(
  cells: Cells,
  name: string,
  pattern: RegExp,
  toKey: (rest: string) => string = (rest) => rest,
): string {
  if (cells.find(name)) return cells.map(name);
  const entries = cells.columns.flatMap((column: SourceColumn) => {
    const rest = pattern.exec(column.name)?.[1];
    return rest === undefined ? [] : [{ key: toKey(rest), column }];
  });
  return entries.length === 0 ? 'null' : mapOfColumns(entries);
}
