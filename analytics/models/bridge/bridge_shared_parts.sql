-- A target's part of a shared cost changes because the cost changes, at the share of the base, and because the share does.
with bases as (
  select 'billed' as cost_basis
  union
  select cost_basis from run
),
arrived as (
  select
    p.billing_period, p.comparison, b.cost_basis, a.team, a.service, a.environment, a.tier, a.cost_center, a.owner, a.sub_account_id, a.service_name, a.charge_category, a.billing_currency,
    sum(case when a.billing_period = p.base_period then case b.cost_basis when 'billed' then a.billed_cost when 'list' then a.list_cost when 'contracted' then a.contracted_cost else a.effective_cost end else 0 end) as base_cost,
    sum(case when a.billing_period = p.billing_period then case b.cost_basis when 'billed' then a.billed_cost when 'list' then a.list_cost when 'contracted' then a.contracted_cost else a.effective_cost end else 0 end) as actual_cost
  from bridge_pairs as p
  join allocated_cost as a on a.allocation_kind = 'shared' and (a.billing_period = p.billing_period or a.billing_period = p.base_period)
  cross join bases as b
  where p.comparison in ('prior_month', 'prior_year')
  group by p.billing_period, p.comparison, b.cost_basis, a.team, a.service, a.environment, a.tier, a.cost_center, a.owner, a.sub_account_id, a.service_name, a.charge_category, a.billing_currency
),
pooled as (
  select
    arrived.*,
    sum(base_cost) over pool as pool_base_cost,
    sum(actual_cost) over pool as pool_actual_cost
  from arrived
  window pool as (partition by billing_period, comparison, cost_basis, sub_account_id, service_name, charge_category, billing_currency)
),
levels as (
  select
    pooled.*,
    case when pool_base_cost = 0 or abs(pool_actual_cost) > abs(pool_base_cost) * 1000000 then actual_cost
      else cast(round(cast(base_cost as double) * (cast(pool_actual_cost as double) / cast(pool_base_cost as double)), 6) as decimal(38,12))
    end as shared_level
  from pooled
)
select
  billing_period, comparison, cost_basis, team, service, environment, tier, cost_center, owner, sub_account_id, service_name, charge_category, billing_currency,
  base_cost, actual_cost,
  shared_level - base_cost as shared_cost,
  actual_cost - shared_level as shared_reallocation_cost
from levels
