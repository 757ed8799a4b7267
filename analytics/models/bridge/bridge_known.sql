-- As known now. Against a budget or a forecast the change since the month before tells why, after the gap from what was planned to
-- that month. Meters and resources are named where they moved most, of all and of each allocation; the rest of a product stands
-- together as '(other)'.
with ranked as (
  select
    p.*,
    row_number() over (
      partition by billing_period, comparison, cost_basis
      order by abs(actual_cost - base_cost) desc, team, service, environment, tier, cost_center, owner, sub_account_id, service_name, region_id, charge_kind, sku_meter, consumed_unit, resource_key, billing_currency
    ) as move_rank,
    row_number() over (
      partition by billing_period, comparison, cost_basis, team, service, environment, tier, cost_center, owner, billing_currency
      order by abs(actual_cost - base_cost) desc, sub_account_id, service_name, region_id, charge_kind, sku_meter, consumed_unit, resource_key
    ) as own_rank
  from bridge_leaf_parts as p
),
compared as (
  select
    r.billing_period, c.comparison, r.cost_basis, r.team, r.service, r.environment, r.tier, r.cost_center, r.owner, r.service_name, r.charge_kind, r.billing_currency,
    -- A forecast knows no account.
    case when c.comparison = 'forecast' then '(all)' else r.sub_account_id end as sub_account_id,
    case when r.move_rank <= 50 or (c.comparison <> 'forecast' and (r.move_rank <= 250 or r.own_rank <= 5)) then r.sku_meter else '(other)' end as sku_meter,
    case when r.move_rank <= 50 or (c.comparison <> 'forecast' and (r.move_rank <= 250 or r.own_rank <= 5)) then r.resource_key else '(other)' end as resource_id,
    c.comparison in ('budget', 'forecast') as is_planned,
    -- No forecast foresees what is charged once: it counts whole.
    case when c.comparison = 'forecast' and r.charge_kind in ('one_off_purchases', 'credits', 'refunds') then 0 else r.base_cost end as base_cost,
    case when c.comparison = 'forecast' and r.charge_kind in ('one_off_purchases', 'credits', 'refunds') then r.actual_cost else r.other_cost end as other_cost,
    r.volume_cost, r.mix_cost, r.price_cost, r.negotiated_discount_cost, r.commitment_discount_cost, r.new_resources_cost, r.ended_resources_cost, r.actual_cost
  from ranked as r
  join bridge_pairs as c
    on c.billing_period = r.billing_period
    and (c.comparison = r.comparison or (c.comparison in ('budget', 'forecast') and r.comparison = 'prior_month'))
),
planned as (
  select
    p.billing_period, p.comparison, b.cost_basis, v.team, v.service, v.environment, v.tier, v.cost_center, v.owner, '(budget)' as service_name, '' as sku_meter, v.billing_currency,
    v.budget_cost as base_cost,
    v.budget_currency_cost as currency_cost,
    v.flexed_budget_cost - v.budget_cost - v.budget_currency_cost as driver_volume_cost,
    -v.flexed_budget_cost as plan_gap_cost
  from bridge_pairs as p
  join variance as v on v.billing_period = p.billing_period
  cross join (select 'billed' as cost_basis union select cost_basis from run) as b
  where p.comparison = 'budget' and (v.budget_cost <> 0 or v.budget_currency_cost <> 0 or v.flexed_budget_cost <> 0)
  union all
  select
    p.billing_period, p.comparison, b.cost_basis, f.team, f.service, f.environment, f.tier, f.cost_center, f.owner, '(forecast)' as service_name,
    concat(case when f.forecast_kind = 'forecast' then '' else concat(f.forecast_kind, ' ') end, 'as of ', cast(f.forecast_as_of_date as varchar)) as sku_meter,
    f.billing_currency,
    case b.cost_basis when 'billed' then f.billed_cost when 'list' then f.list_cost when 'contracted' then f.contracted_cost else f.effective_cost end as base_cost,
    0 as currency_cost,
    0 as driver_volume_cost,
    -case b.cost_basis when 'billed' then f.billed_cost when 'list' then f.list_cost when 'contracted' then f.contracted_cost else f.effective_cost end as plan_gap_cost
  from bridge_pairs as p
  join month_forecasts as f on f.billing_period = p.billing_period
  cross join (select 'billed' as cost_basis union select cost_basis from run) as b
  where p.comparison = 'forecast'
),
parts as (
  select
    billing_period, comparison, cost_basis, team, service, environment, tier, cost_center, owner, sub_account_id, service_name, sku_meter, resource_id, billing_currency,
    sum(case when is_planned then 0 else base_cost end) as base_cost,
    0 as currency_cost,
    0 as driver_volume_cost,
    sum(case when is_planned then base_cost else 0 end) as plan_gap_cost,
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
  from compared
  group by billing_period, comparison, cost_basis, team, service, environment, tier, cost_center, owner, sub_account_id, service_name, sku_meter, resource_id, billing_currency
  union all
  select
    s.billing_period, c.comparison, s.cost_basis, s.team, s.service, s.environment, s.tier, s.cost_center, s.owner,
    case when c.comparison = 'forecast' then '(all)' else s.sub_account_id end as sub_account_id,
    s.service_name, '(shared)' as sku_meter, '' as resource_id, s.billing_currency,
    sum(case when c.comparison in ('budget', 'forecast') then 0 else s.base_cost end) as base_cost,
    0 as currency_cost,
    0 as driver_volume_cost,
    sum(case when c.comparison in ('budget', 'forecast') then s.base_cost else 0 end) as plan_gap_cost,
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
    sum(s.shared_cost) as shared_cost,
    sum(s.shared_reallocation_cost) as shared_reallocation_cost,
    sum(s.actual_cost) as actual_cost
  from bridge_shared_parts as s
  join bridge_pairs as c
    on c.billing_period = s.billing_period
    and (c.comparison = s.comparison or (c.comparison in ('budget', 'forecast') and s.comparison = 'prior_month'))
  group by
    s.billing_period, c.comparison, s.cost_basis, s.team, s.service, s.environment, s.tier, s.cost_center, s.owner,
    case when c.comparison = 'forecast' then '(all)' else s.sub_account_id end, s.service_name, s.billing_currency
  union all
  select
    billing_period, comparison, cost_basis, team, service, environment, tier, cost_center, owner, '(all)' as sub_account_id, service_name, sku_meter, '' as resource_id, billing_currency,
    base_cost as base_cost,
    currency_cost as currency_cost,
    driver_volume_cost as driver_volume_cost,
    plan_gap_cost as plan_gap_cost,
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
  from planned
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
