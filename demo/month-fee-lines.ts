import { type FocusExpressions, selectList } from './focus-columns.ts';
import { commonExpressions, dollars, type MonthShape, PLAN_ID } from './month-common.ts';

/** Lines of the month's charges other than usage, from `fee_amount` (kind, account_id, product, start, end, amount_e10). */
export function feeLinesSql(shape: MonthShape): string {
  const isPlan = `f.kind = 'fee'`;
  const isPurchase = `f.kind in ('fee', 'support')`;
  const price = dollars(`case when ${isPurchase} then f.amount_e10 end`);
  const amount = dollars('f.amount_e10');
  const expressions: FocusExpressions = {
    ...commonExpressions(shape),
    BilledCost: amount,
    ChargeCategory: `case f.kind when 'tax' then 'Tax' when 'credit' then 'Credit' else 'Purchase' end`,
    ChargeDescription: `case f.kind when 'fee' then 'Compute Savings Plan recurring fee' else f.kind || ' for ' || k.service_name end`,
    ChargeFrequency: `case when ${isPurchase} then 'Recurring' else 'One-Time' end`,
    ChargePeriodStart: `timestamp '1970-01-01' + interval (f.start_hour) hour`,
    ChargePeriodEnd: `timestamp '1970-01-01' + interval (f.end_hour) hour`,
    CommitmentDiscountCategory: `case when ${isPlan} then 'Spend' end`,
    CommitmentDiscountId: `case when ${isPlan} then '${PLAN_ID}' end`,
    CommitmentDiscountName: `case when ${isPlan} then 'Compute Savings Plan' end`,
    CommitmentDiscountQuantity: `case when ${isPlan} then ${amount} end`,
    CommitmentDiscountType: `case when ${isPlan} then 'Savings Plan' end`,
    CommitmentDiscountUnit: `case when ${isPlan} then 'USD' end`,
    ContractedCost: amount,
    ContractedUnitPrice: price,
    EffectiveCost: `case when ${isPlan} then 0 else ${amount} end`,
    ListCost: amount,
    ListUnitPrice: price,
    PricingCategory: `case when ${isPurchase} then 'Standard' end`,
    PricingCurrencyContractedUnitPrice: price,
    PricingCurrencyEffectiveCost: `case when ${isPlan} then 0 else ${amount} end`,
    PricingCurrencyListUnitPrice: price,
    PricingQuantity: `case when ${isPurchase} then 1 end`,
    PricingUnit: `case when ${isPurchase} then 'Quantity' end`,
    ResourceId: `case when ${isPlan} then '${PLAN_ID}' end`,
    ServiceCategory: 'k.category',
    ServiceName: 'k.service_name',
    ServiceSubcategory: 'k.subcategory',
    SkuId: `case when ${isPurchase} then k.sku_id end`,
    SkuMeter: `case when ${isPurchase} then k.usage_type end`,
    SkuPriceId: `case when ${isPurchase} then k.sku_price_id end`,
    SubAccountId: 'a.account_id',
    SubAccountName: 'a.name',
    x_ServiceCode: 'k.service_code',
  };
  return `
    select ${selectList(expressions)}
    from ${shape.schema}.fee_amount f
    join ${shape.schema}.account a on a.account_id = f.account_id
    join (select service_name, min(sku_no) as sku_no from ${shape.schema}.sku group by service_name) n on n.service_name = f.service_name
    join ${shape.schema}.sku k on k.sku_no = n.sku_no
    order by hash(${shape.seed}, f.kind, f.account_id, f.service_name, f.start_hour)`;
}
