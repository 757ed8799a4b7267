-- What the bridge starts and ends at, from the costs, budgets and forecasts themselves.
with bases as (
  select 'billed' as cost_basis
  union
  select cost_basis from run
),
amounts as (
  select
    p.billing_period, p.comparison, b.cost_basis, a.billing_currency,
    case when a.billing_period = p.base_period and p.comparison in ('prior_month', 'prior_year') then case b.cost_basis when 'billed' then a.billed_cost when 'list' then a.list_cost when 'contracted' then a.contracted_cost else a.effective_cost end else 0 end as base_cost,
    case when a.billing_period = p.billing_period then case b.cost_basis when 'billed' then a.billed_cost when 'list' then a.list_cost when 'contracted' then a.contracted_cost else a.effective_cost end else 0 end as actual_cost
  from bridge_pairs as p
  join allocated_cost as a on a.billing_period = p.billing_period or a.billing_period = p.base_period
  cross join bases as b
  union all
  select p.billing_period, p.comparison, b.cost_basis, v.billing_currency, v.budget_cost as base_cost, 0 as actual_cost
  from bridge_pairs as p
  join variance as v on v.billing_period = p.billing_period
  cross join bases as b
  where p.comparison = 'budget'
  union all
  select
    p.billing_period, p.comparison, b.cost_basis, f.billing_currency,
    case b.cost_basis when 'billed' then f.billed_cost when 'list' then f.list_cost when 'contracted' then f.contracted_cost else f.effective_cost end as base_cost,
    0 as actual_cost
  from bridge_pairs as p
  join month_forecasts as f on f.billing_period = p.billing_period
  cross join bases as b
  where p.comparison = 'forecast'
)
select
  billing_period, comparison, cost_basis, billing_currency,
  cast(sum(base_cost) as decimal(38,12)) as base_cost,
  cast(sum(actual_cost) as decimal(38,12)) as actual_cost
from amounts
group by billing_period, comparison, cost_basis, billing_currency
