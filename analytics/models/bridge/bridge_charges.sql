-- What stands at its allocation: shared costs that have targets are bridged from where they arrive.
select
  d.billing_period, d.team, d.service, d.environment, d.tier, d.cost_center, d.owner, d.sub_account_id, d.service_name, d.region_id,
  case
    when d.charge_class = 'Correction' or d.charge_category = 'Adjustment' then 'refunds'
    when d.charge_category = 'Tax' then 'tax'
    when d.charge_category = 'Credit' then 'credits'
    when d.charge_category = 'Purchase' and coalesce(d.charge_frequency, 'One-Time') = 'One-Time' then 'one_off_purchases'
    when d.charge_category = 'Purchase' then 'fees'
    when d.commitment_discount_status = 'Unused' then 'unused_commitment'
    when d.charge_frequency = 'Recurring' and d.resource_id is null then 'fees'
    else 'usage'
  end as charge_kind,
  coalesce(d.sku_meter, '') as sku_meter,
  coalesce(d.consumed_unit, '') as consumed_unit,
  coalesce(d.resource_id, '') as resource_id,
  d.billing_currency,
  coalesce(sum(d.consumed_quantity), 0) as consumed_quantity,
  sum(d.billed_cost) as billed_cost,
  sum(d.effective_cost) as effective_cost,
  sum(d.list_cost) as list_cost,
  sum(d.contracted_cost) as contracted_cost
from daily_cost as d
left join (select distinct billing_period, billing_currency, shared_no from shared_cost_targets) as t
  on t.billing_period = d.billing_period and t.billing_currency = d.billing_currency and t.shared_no = d.shared_no
where t.shared_no is null
group by
  d.billing_period, d.team, d.service, d.environment, d.tier, d.cost_center, d.owner, d.sub_account_id, d.service_name, d.region_id, charge_kind, d.sku_meter,
  d.consumed_unit, d.resource_id, d.billing_currency
