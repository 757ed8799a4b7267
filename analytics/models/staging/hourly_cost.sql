-- The other scan of charges: few columns, of the newest periods only, and nothing where charges are daily. What costs less
-- than one in a whole period is left out: it is most of the rows, and never matters by the hour.
select
  date_trunc('hour', charge_period_start) as charge_hour,
  source,
  billing_period,
  billing_currency,
  coalesce(nullif(sub_account_id, ''), billing_account_id) as sub_account_id,
  coalesce(nullif(service_name, ''), '(none)') as service_name,
  coalesce(nullif(sku_meter, ''), nullif(x_usage_type, ''), sku_id, '(none)') as sku_meter,
  sum(contracted_cost) as contracted_cost
from charges
where charge_period_end <= charge_period_start + interval '1' hour
  and charge_category = 'Usage'
  and coalesce(charge_class, '') <> 'Correction'
  and coalesce(nullif(charge_frequency, ''), 'Usage-Based') = 'Usage-Based'
  and coalesce(commitment_discount_status, '') <> 'Unused'
  and contracted_cost <> 0
group by
  date_trunc('hour', charge_period_start), source, billing_period, billing_currency,
  coalesce(nullif(sub_account_id, ''), billing_account_id), coalesce(nullif(service_name, ''), '(none)'),
  coalesce(nullif(sku_meter, ''), nullif(x_usage_type, ''), sku_id, '(none)')
qualify sum(abs(sum(contracted_cost))) over (
  partition by
    source, billing_period, billing_currency, coalesce(nullif(sub_account_id, ''), billing_account_id),
    coalesce(nullif(service_name, ''), '(none)'), coalesce(nullif(sku_meter, ''), nullif(x_usage_type, ''), sku_id, '(none)')
) >= 1
