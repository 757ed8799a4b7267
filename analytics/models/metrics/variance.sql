with actual as (
  select
    billing_period, team, service, environment, tier, cost_center, owner, billing_currency,
    0 as budget_cost, 0 as budget_currency_cost, 0 as flexed_budget_cost,
    billed_cost, effective_cost, list_cost, contracted_cost,
    landing_billed_cost, landing_effective_cost, landing_list_cost, landing_contracted_cost
  from allocated_cost
),
planned as (
  select
    b.billing_period, b.team, b.service, b.environment, b.tier, b.cost_center, b.owner, b.billing_currency,
    b.budget_cost,
    b.budget_currency_cost,
    -- Flexible budget: planned unit cost at the actual rate x actual volume; without a driver, or without a volume yet, the budget itself.
    case
      when b.driver is null or v.landing_volume is null then b.budget_cost + b.budget_currency_cost
      else round(cast(b.budget_cost + b.budget_currency_cost as decimal(38,12)) * cast(round(cast(v.landing_volume as double) / cast(b.planned_volume as double), 12) as decimal(24,12)), 12)
    end as flexed_budget_cost,
    0 as billed_cost, 0 as effective_cost, 0 as list_cost, 0 as contracted_cost, 0 as landing_billed_cost, 0 as landing_effective_cost, 0 as landing_list_cost, 0 as landing_contracted_cost
  from budgets as b
  left join (
    select b.budget_no, sum(v.landing_volume) as landing_volume
    from budgets as b
    join driver_months as v on v.driver = b.driver and v.billing_period = b.billing_period
      and (b.scope_team is null or v.team is null or v.team = b.scope_team)
      and (b.scope_service is null or v.service is null or v.service = b.scope_service)
      and (b.scope_environment is null or v.environment is null or v.environment = b.scope_environment)
      and (b.scope_tier is null or v.tier is null or v.tier = b.scope_tier)
      and (b.scope_cost_center is null or v.cost_center is null or v.cost_center = b.scope_cost_center)
      and (b.scope_owner is null or v.owner is null or v.owner = b.scope_owner)
    group by b.budget_no
  ) as v on v.budget_no = b.budget_no
),
parts as (
  select * from actual
  union all
  select * from planned
)
select
  billing_period, team, service, environment, tier, cost_center, owner, billing_currency,
  cast(sum(budget_cost) as decimal(38,12)) as budget_cost,
  cast(sum(budget_currency_cost) as decimal(38,12)) as budget_currency_cost,
  cast(sum(flexed_budget_cost) as decimal(38,12)) as flexed_budget_cost,
  cast(sum(billed_cost) as decimal(38,12)) as billed_cost,
  cast(sum(effective_cost) as decimal(38,12)) as effective_cost,
  cast(sum(list_cost) as decimal(38,12)) as list_cost,
  cast(sum(contracted_cost) as decimal(38,12)) as contracted_cost,
  cast(sum(landing_billed_cost) as decimal(38,12)) as landing_billed_cost,
  cast(sum(landing_effective_cost) as decimal(38,12)) as landing_effective_cost,
  cast(sum(landing_list_cost) as decimal(38,12)) as landing_list_cost,
  cast(sum(landing_contracted_cost) as decimal(38,12)) as landing_contracted_cost
from parts
group by billing_period, team, service, environment, tier, cost_center, owner, billing_currency
