with parts as (
  select
    billing_period, team, service, environment, tier, cost_center, owner, bill_currency, billing_currency,
    0 as budget_cost, 0 as budget_currency_cost, 0 as flexed_budget_cost,
    billed_cost, effective_cost, list_cost, contracted_cost, landing_billed_cost, landing_effective_cost, landing_list_cost, landing_contracted_cost,
    currency_billed_cost, currency_effective_cost, currency_list_cost, currency_contracted_cost
  from converted_cost
  union all
  select
    billing_period, team, service, environment, tier, cost_center, owner, '(budget)' as bill_currency, billing_currency,
    budget_cost, budget_currency_cost, flexed_budget_cost,
    0 as billed_cost, 0 as effective_cost, 0 as list_cost, 0 as contracted_cost, 0 as landing_billed_cost, 0 as landing_effective_cost, 0 as landing_list_cost, 0 as landing_contracted_cost,
    0 as currency_billed_cost, 0 as currency_effective_cost, 0 as currency_list_cost, 0 as currency_contracted_cost
  from variance
  where budget_cost <> 0 or budget_currency_cost <> 0 or flexed_budget_cost <> 0
)
select
  billing_period, team, service, environment, tier, cost_center, owner, bill_currency, billing_currency,
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
  cast(sum(landing_contracted_cost) as decimal(38,12)) as landing_contracted_cost,
  cast(sum(currency_billed_cost) as decimal(38,12)) as currency_billed_cost,
  cast(sum(currency_effective_cost) as decimal(38,12)) as currency_effective_cost,
  cast(sum(currency_list_cost) as decimal(38,12)) as currency_list_cost,
  cast(sum(currency_contracted_cost) as decimal(38,12)) as currency_contracted_cost
from parts
group by billing_period, team, service, environment, tier, cost_center, owner, bill_currency, billing_currency
