-- The one scan of charges: lines of a day that differ in nothing that is looked at later are summed, as delivered.
with charge as (
  select
    cast(charge_period_start as date) as charge_start_date,
    -- Only a charge that covers more than a day needs its end.
    case when charge_period_end > charge_period_start + interval '1' day then charge_period_end end as long_end_at,
    case when charge_period_end > charge_period_start + interval '1' day then cast(billing_period_start as date) end
      as long_billing_start_date,
    case when charge_period_end > charge_period_start + interval '1' day then cast(billing_period_end as date) end
      as long_billing_end_date,
    source,
    billing_period,
    provider_name,
    billing_account_id,
    sub_account_id,
    service_name,
    region_id,
    resource_id,
    sku_meter,
    case when sku_meter is null or sku_meter = '' then coalesce(nullif(x_usage_type, ''), sku_id) end as other_meter,
    charge_category,
    charge_class,
    charge_frequency,
    pricing_category,
    commitment_discount_id,
    commitment_discount_status,
    consumed_unit,
    billing_currency,
    tags,
    billed_cost,
    effective_cost,
    list_cost,
    contracted_cost,
    consumed_quantity
  from charges
)
select
  charge_start_date,
  long_end_at,
  long_billing_start_date,
  long_billing_end_date,
  source,
  billing_period,
  provider_name,
  billing_account_id,
  sub_account_id,
  service_name,
  region_id,
  resource_id,
  sku_meter,
  other_meter,
  charge_category,
  charge_class,
  charge_frequency,
  pricing_category,
  commitment_discount_id,
  commitment_discount_status,
  consumed_unit,
  billing_currency,
  tags,
  sum(billed_cost) as billed_cost,
  sum(effective_cost) as effective_cost,
  sum(list_cost) as list_cost,
  sum(contracted_cost) as contracted_cost,
  -- Quantities are floating point, as delivered: without the cast their sum would depend on the order of rows.
  sum(try_cast(consumed_quantity as decimal(38,12))) as consumed_quantity,
  count(*) as line_count
from charge
group by
  charge_start_date, long_end_at, long_billing_start_date, long_billing_end_date, source, billing_period, provider_name,
  billing_account_id, sub_account_id, service_name, region_id, resource_id, sku_meter, other_meter,
  charge_category, charge_class, charge_frequency, pricing_category, commitment_discount_id, commitment_discount_status,
  consumed_unit, billing_currency, tags
