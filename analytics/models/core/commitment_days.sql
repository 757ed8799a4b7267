select
  charge_date,
  billing_period,
  billing_account_id,
  commitment_discount_id,
  billing_currency,
  cast(sum(case when commitment_discount_status = 'Unused' then 0 else effective_cost end) as decimal(38,12)) as used_cost,
  cast(sum(case when commitment_discount_status = 'Unused' then effective_cost else 0 end) as decimal(38,12)) as unused_cost,
  cast(sum(case when commitment_discount_status = 'Unused' then 0 else contracted_cost end) as decimal(38,12)) as on_demand_cost,
  cast(sum(case when commitment_discount_status = 'Unused' then 0 else list_cost end) as decimal(38,12)) as list_cost,
  sum(case when regexp_matches(coalesce(sku_meter, ''), '(BoxUsage|DedicatedUsage|Fargate|Lambda-GB-Second|Lambda-Provisioned)')
    then 1 else 0 end) > 0 as is_compute
from daily_cost
where commitment_discount_id is not null and charge_category = 'Usage'
group by charge_date, billing_period, billing_account_id, commitment_discount_id, billing_currency
