import { dayStart, type FocusExpressions, selectList } from './focus-columns.ts';
import { PAYER } from './world.ts';

const AWS = "'Amazon Web Services, Inc.'";
const isMetered = "kind in ('usage', 'covered', 'unused', 'free', 'refund')";
const isPriced = "kind not in ('tax', 'credit')";
const hasResource = 'k.resource_type is not null and s.resource_id is not null';
const dollars = (e10: string) => `${e10} / 1e10`;
/** For charges that are one of something, the price is the amount. */
const price = (column: string, amount: string) =>
  dollars(
    `case when not (${isPriced}) then null when kind = 'unused' then 0 when c.sku_no is null or kind = 'upfront' then abs(${amount}) else k.${column} end`,
  );

const EXPRESSIONS: FocusExpressions = {
  AvailabilityZone: `case when ${isMetered} then s.zone end`,
  BilledCost: dollars('c.billed_e10'),
  BillingAccountId: `'${PAYER.id}'`,
  BillingAccountName: `'${PAYER.name}'`,
  BillingAccountType: `'Management Account'`,
  BillingCurrency: `'USD'`,
  BillingPeriodEnd: dayStart('p.end_day'),
  BillingPeriodStart: dayStart('p.start_day'),
  CapacityReservationId: 'null',
  CapacityReservationStatus: 'null',
  ChargeCategory: `case kind when 'tax' then 'Tax' when 'credit' then 'Credit' when 'fee' then 'Purchase' when 'upfront' then 'Purchase'
    when 'support' then 'Purchase' when 'marketplace' then 'Purchase' else 'Usage' end`,
  ChargeClass: `case kind when 'refund' then 'Correction' end`,
  ChargeDescription: `coalesce(c.note, case kind when 'fee' then m.name || ' recurring fee' when 'upfront' then m.name || ' upfront fee'
    when 'unused' then m.name || ' unused' else k.description end)`,
  ChargeFrequency: `case kind when 'fee' then 'Recurring' when 'support' then 'Recurring' when 'tax' then 'One-Time' when 'credit' then 'One-Time'
    when 'upfront' then 'One-Time' when 'marketplace' then 'One-Time' else 'Usage-Based' end`,
  ChargePeriodEnd: `case when c.start_hour is null then ${dayStart('c.end_day')} else ${dayStart('c.start_day')} + to_hours(c.start_hour + 1) end`,
  ChargePeriodStart: `${dayStart('c.start_day')} + to_hours(coalesce(c.start_hour, 0))`,
  CommitmentDiscountCategory: 'm.category',
  CommitmentDiscountId: 'm.id',
  CommitmentDiscountName: 'm.name',
  CommitmentDiscountQuantity: 'c.commitment_micro / 1e6',
  CommitmentDiscountStatus: `case kind when 'covered' then 'Used' when 'unused' then 'Unused' end`,
  CommitmentDiscountType: 'm.type',
  CommitmentDiscountUnit: 'm.unit',
  ConsumedQuantity: `case when ${isMetered} and kind <> 'unused' then c.quantity_micro / 1e6 end`,
  ConsumedUnit: `case when ${isMetered} and kind <> 'unused' then k.unit end`,
  ContractedCost: dollars('c.contracted_e10'),
  ContractedUnitPrice: price('contracted_price_e10', 'c.contracted_e10'),
  EffectiveCost: dollars('c.effective_e10'),
  InvoiceId: 'p.invoice_id',
  InvoiceIssuerName: AWS,
  ListCost: dollars('c.list_e10'),
  ListUnitPrice: price('list_price_e10', 'c.list_e10'),
  PricingCategory: `case when not (${isPriced}) then null when kind in ('covered', 'unused') then 'Committed'
    when k.is_spot then 'Dynamic' else 'Standard' end`,
  PricingCurrency: `'USD'`,
  PricingCurrencyContractedUnitPrice: price('contracted_price_e10', 'c.contracted_e10'),
  PricingCurrencyEffectiveCost: dollars('c.effective_e10'),
  PricingCurrencyListUnitPrice: price('list_price_e10', 'c.list_e10'),
  PricingQuantity: `case when ${isPriced} then c.quantity_micro / 1e6 end`,
  PricingUnit: `case when not (${isPriced}) then null when kind = 'upfront' then 'Quantity' else k.unit end`,
  ProviderName: `'AWS'`,
  PublisherName: `case kind when 'marketplace' then 'Northwind Software (generated)' else ${AWS} end`,
  RegionId: 'case when c.sku_no is not null then k.region end',
  RegionName: 'case when c.sku_no is not null then k.region_name end',
  ResourceId: `case when kind = 'upfront' then m.id when kind in ('fee', 'unused') then m.id
    when not (${hasResource}) then null
    when s.slot is not null then 'i-0' || left(md5(concat_ws('/', s.resource_id, s.slot, c.start_day // 7)), 16)
    else s.resource_id end`,
  ResourceName: `case when ${isMetered} and kind <> 'unused' and ${hasResource} then s.resource_name end`,
  ResourceType: `case when kind in ('fee', 'upfront', 'unused') then 'commitment' when not (${hasResource}) then null
    when kind <> 'free' then k.resource_type
    else list_value('', null, k.resource_type)[1 + (c.stream_no + c.line_no + c.start_day) % 3] end`,
  ServiceCategory: 'k.category',
  ServiceName: 'k.service_name',
  ServiceSubcategory: 'k.subcategory',
  SkuId: `case when ${isPriced} then k.sku_id end`,
  SkuMeter: `case when ${isPriced} then k.usage_type end`,
  SkuPriceDetails: `case when ${isPriced} then k.details end`,
  SkuPriceId: `case when ${isPriced} then k.sku_price_id end`,
  SubAccountId: 'c.account_id',
  SubAccountName: 'a.name',
  SubAccountType: `'Linked Account'`,
  Tags: `case when ${isMetered} and kind <> 'unused' and ${hasResource}
    then case when c.start_day >= s.tags_fixed_day then tl.tags else tf.tags end else map([], []) end`,
  x_Discounts: `case when ${isMetered} and not k.is_spot and c.list_e10 > c.contracted_e10
    then map {'privateRateDiscount': ${dollars('(c.contracted_e10 - c.list_e10)')}} else map([], []) end`,
  x_Operation: `case when ${isMetered} then k.operation end`,
  x_ServiceCode: 'k.service_code',
};

/** SQL that gives the lines of `relation` (rows of `line`, see lines.ts) as AWS exports them, in their order. */
export function projectLines(schema: string, relation: string, options: { isInvoiced: boolean }): string {
  const expressions = options.isInvoiced ? EXPRESSIONS : { ...EXPRESSIONS, InvoiceId: 'null' };
  return `
    select ${selectList(expressions)}
    from ${relation} c
    join ${schema}.period p on p.period_no = c.period_no
    join ${schema}.account a on a.account_id = c.account_id
    left join ${schema}.stream s on s.stream_no = c.stream_no
    left join ${schema}.tag_set tf on tf.tag_no = s.tags_first_no
    left join ${schema}.tag_set tl on tl.tag_no = s.tags_later_no
    left join ${schema}.commitment m on m.commitment_no = c.commitment_no
    join ${schema}.sku k on k.sku_no = c.display_sku_no
    order by c.order_key`;
}
