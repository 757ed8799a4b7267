-- Meters and resources are named where they moved most; the rest of a product stands together as '(other)'.
with ranked as (
  select
    p.*,
    row_number() over (
      partition by billing_period, comparison, cost_basis
      order by abs(actual_cost - base_cost) desc, team, service, environment, tier, cost_center, owner, sub_account_id, service_name, region_id, charge_kind, sku_meter, consumed_unit, resource_key, billing_currency
    ) <= 250 as is_named
  from bridge_leaf_parts as p
),
parts as (
  select
    billing_period, comparison, cost_basis, team, service, environment, tier, cost_center, owner, sub_account_id, service_name,
    case when is_named then sku_meter else '(other)' end as sku_meter,
    case when is_named then resource_key else '(other)' end as resource_id,
    billing_currency,
    sum(case when comparison = 'budget' then 0 else base_cost end) as base_cost,
    0 as currency_cost,
    0 as driver_volume_cost,
    sum(case when comparison = 'budget' then base_cost else 0 end) as plan_gap_cost,
    sum(volume_cost) as volume_cost,
    sum(mix_cost) as mix_cost,
    sum(price_cost) as price_cost,
    sum(negotiated_discount_cost) as negotiated_discount_cost,
    sum(commitment_discount_cost) as commitment_discount_cost,
    sum(case when charge_kind = 'unused_commitment' then other_cost else 0 end) as unused_commitment_cost,
    sum(new_resources_cost) as new_resources_cost,
    sum(ended_resources_cost) as ended_resources_cost,
    sum(case when charge_kind = 'one_off_purchases' then other_cost else 0 end) as one_off_purchases_cost,
    sum(case when charge_kind = 'fees' then other_cost else 0 end) as fees_cost,
    sum(case when charge_kind = 'tax' then other_cost else 0 end) as tax_cost,
    sum(case when charge_kind = 'credits' then other_cost else 0 end) as credits_cost,
    sum(case when charge_kind = 'refunds' then other_cost else 0 end) as refunds_cost,
    0 as shared_cost,
    0 as shared_reallocation_cost,
    sum(actual_cost) as actual_cost
  from ranked
  group by billing_period, comparison, cost_basis, team, service, environment, tier, cost_center, owner, sub_account_id, service_name, case when is_named then sku_meter else '(other)' end, case when is_named then resource_key else '(other)' end, billing_currency
  union all
  select
    billing_period, comparison, cost_basis, team, service, environment, tier, cost_center, owner, sub_account_id, service_name, '(shared)' as sku_meter, '' as resource_id, billing_currency,
    sum(case when comparison = 'budget' then 0 else base_cost end) as base_cost,
    0 as currency_cost,
    0 as driver_volume_cost,
    sum(case when comparison = 'budget' then base_cost else 0 end) as plan_gap_cost,
    0 as volume_cost,
    0 as mix_cost,
    0 as price_cost,
    0 as negotiated_discount_cost,
    0 as commitment_discount_cost,
    0 as unused_commitment_cost,
    0 as new_resources_cost,
    0 as ended_resources_cost,
    0 as one_off_purchases_cost,
    0 as fees_cost,
    0 as tax_cost,
    0 as credits_cost,
    0 as refunds_cost,
    sum(shared_cost) as shared_cost,
    sum(shared_reallocation_cost) as shared_reallocation_cost,
    sum(actual_cost) as actual_cost
  from bridge_shared_parts
  group by billing_period, comparison, cost_basis, team, service, environment, tier, cost_center, owner, sub_account_id, service_name, billing_currency
  union all
  select
    p.billing_period, p.comparison, b.cost_basis, v.team, v.service, v.environment, v.tier, v.cost_center, v.owner, '(all)' as sub_account_id, '(budget)' as service_name,
    '' as sku_meter, '' as resource_id, v.billing_currency,
    v.budget_cost as base_cost,
    v.budget_currency_cost as currency_cost,
    v.flexed_budget_cost - v.budget_cost - v.budget_currency_cost as driver_volume_cost,
    -v.flexed_budget_cost as plan_gap_cost,
    0 as volume_cost,
    0 as mix_cost,
    0 as price_cost,
    0 as negotiated_discount_cost,
    0 as commitment_discount_cost,
    0 as unused_commitment_cost,
    0 as new_resources_cost,
    0 as ended_resources_cost,
    0 as one_off_purchases_cost,
    0 as fees_cost,
    0 as tax_cost,
    0 as credits_cost,
    0 as refunds_cost,
    0 as shared_cost,
    0 as shared_reallocation_cost,
    0 as actual_cost
  from bridge_pairs as p
  join variance as v on v.billing_period = p.billing_period
  cross join (select 'billed' as cost_basis union select cost_basis from run) as b
  where p.comparison = 'budget' and (v.budget_cost <> 0 or v.budget_currency_cost <> 0 or v.flexed_budget_cost <> 0)
)
select
  billing_period, comparison, cost_basis, team, service, environment, tier, cost_center, owner, sub_account_id, service_name, sku_meter, resource_id, billing_currency,
  cast(base_cost as decimal(38,12)) as base_cost,
  cast(currency_cost as decimal(38,12)) as currency_cost,
  cast(driver_volume_cost as decimal(38,12)) as driver_volume_cost,
  cast(plan_gap_cost as decimal(38,12)) as plan_gap_cost,
  cast(volume_cost as decimal(38,12)) as volume_cost,
  cast(mix_cost as decimal(38,12)) as mix_cost,
  cast(price_cost as decimal(38,12)) as price_cost,
  cast(negotiated_discount_cost as decimal(38,12)) as negotiated_discount_cost,
  cast(commitment_discount_cost as decimal(38,12)) as commitment_discount_cost,
  cast(unused_commitment_cost as decimal(38,12)) as unused_commitment_cost,
  cast(new_resources_cost as decimal(38,12)) as new_resources_cost,
  cast(ended_resources_cost as decimal(38,12)) as ended_resources_cost,
  cast(one_off_purchases_cost as decimal(38,12)) as one_off_purchases_cost,
  cast(fees_cost as decimal(38,12)) as fees_cost,
  cast(tax_cost as decimal(38,12)) as tax_cost,
  cast(credits_cost as decimal(38,12)) as credits_cost,
  cast(refunds_cost as decimal(38,12)) as refunds_cost,
  cast(shared_cost as decimal(38,12)) as shared_cost,
  cast(shared_reallocation_cost as decimal(38,12)) as shared_reallocation_cost,
  cast(actual_cost as decimal(38,12)) as actual_cost
from parts
where base_cost <> 0 or actual_cost <> 0 or currency_cost <> 0 or driver_volume_cost <> 0 or plan_gap_cost <> 0 or volume_cost <> 0 or mix_cost <> 0 or price_cost <> 0 or negotiated_discount_cost <> 0 or commitment_discount_cost <> 0 or unused_commitment_cost <> 0 or new_resources_cost <> 0 or ended_resources_cost <> 0 or one_off_purchases_cost <> 0 or fees_cost <> 0 or tax_cost <> 0 or credits_cost <> 0 or refunds_cost <> 0 or shared_cost <> 0 or shared_reallocation_cost <> 0
