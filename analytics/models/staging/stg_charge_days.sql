-- A delivered '' is an absent value; the columns that allocation joins on are never null.
select
  source,
  billing_period,
  coalesce(nullif(provider_name, ''), '(none)') as provider_name,
  billing_account_id,
  coalesce(nullif(sub_account_id, ''), billing_account_id) as sub_account_id,
  coalesce(nullif(service_name, ''), '(none)') as service_name,
  coalesce(nullif(region_id, ''), '(none)') as region_id,
  nullif(resource_id, '') as resource_id,
  coalesce(nullif(sku_meter, ''), other_meter) as sku_meter,
  charge_category,
  nullif(charge_class, '') as charge_class,
  nullif(charge_frequency, '') as charge_frequency,
  nullif(pricing_category, '') as pricing_category,
  nullif(commitment_discount_id, '') as commitment_discount_id,
  nullif(commitment_discount_status, '') as commitment_discount_status,
  nullif(consumed_unit, '') as consumed_unit,
  billing_currency,
  coalesce(tags, map()) as tags,
  charge_start_date,
  -- What recurs and covers more than a day is spread over the part of its period that lies in the billing period.
  case
    when long_end_at is not null and coalesce(charge_frequency, '') <> 'One-Time'
      then greatest(charge_start_date, long_billing_start_date)
  end as spread_from_date,
  case
    when long_end_at is not null and coalesce(charge_frequency, '') <> 'One-Time'
      then least(cast(long_end_at + interval '1' day - interval '1' second as date), long_billing_end_date,
        cast(long_billing_start_date + interval '1' month as date))
  end as spread_until_date,
  billed_cost,
  effective_cost,
  list_cost,
  contracted_cost,
  consumed_quantity,
  line_count
from charge_days
