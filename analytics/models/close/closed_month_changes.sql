-- What a closed month costs as known now, less what it cost as closed.
with signed as (
  select
    c.billing_period, c.source, c.billing_account_id, c.service_name, c.charge_category, c.team, c.cost_center, c.billing_currency,
    c.billed_cost, c.effective_cost, c.list_cost, c.contracted_cost
  from costs as c
  where c.billing_period in (select billing_period from closed_months)
  union all
  select
    billing_period, source, billing_account_id, service_name, charge_category, team, cost_center, billing_currency,
    -billed_cost as billed_cost, -effective_cost as effective_cost, -list_cost as list_cost, -contracted_cost as contracted_cost
  from closed_costs
)
select
  billing_period, source, billing_account_id, service_name, charge_category, team, cost_center, billing_currency,
  cast(sum(billed_cost) as decimal(38,12)) as billed_cost,
  cast(sum(effective_cost) as decimal(38,12)) as effective_cost,
  cast(sum(list_cost) as decimal(38,12)) as list_cost,
  cast(sum(contracted_cost) as decimal(38,12)) as contracted_cost
from signed
group by billing_period, source, billing_account_id, service_name, charge_category, team, cost_center, billing_currency
having sum(billed_cost) <> 0 or sum(effective_cost) <> 0 or sum(list_cost) <> 0 or sum(contracted_cost) <> 0
