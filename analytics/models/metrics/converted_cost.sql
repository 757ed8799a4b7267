-- Costs in the reporting currency at the rate of the month. Each amount is the difference of two rounded running totals,
-- so that the parts add up to the total of the month, which is rounded once. Without a rate a cost stays as it is.
with grouped as (
  select
    billing_period, billing_currency as bill_currency, team, service, environment, tier, cost_center, owner,
    cast(sum(billed_cost) as decimal(38,12)) as billed_cost,
    cast(sum(effective_cost) as decimal(38,12)) as effective_cost,
    cast(sum(list_cost) as decimal(38,12)) as list_cost,
    cast(sum(contracted_cost) as decimal(38,12)) as contracted_cost,
    cast(sum(landing_billed_cost) as decimal(38,12)) as landing_billed_cost,
    cast(sum(landing_effective_cost) as decimal(38,12)) as landing_effective_cost,
    cast(sum(landing_list_cost) as decimal(38,12)) as landing_list_cost,
    cast(sum(landing_contracted_cost) as decimal(38,12)) as landing_contracted_cost
  from allocated_cost
  group by billing_period, billing_currency, team, service, environment, tier, cost_center, owner
),
running as (
  select
    billing_period, bill_currency, team, service, environment, tier, cost_center, owner,
    billed_cost, cast(sum(billed_cost) over (partition by billing_period, bill_currency order by team, service, environment, tier, cost_center, owner rows between unbounded preceding and current row) as decimal(38,12)) as billed_cost_so_far,
    effective_cost, cast(sum(effective_cost) over (partition by billing_period, bill_currency order by team, service, environment, tier, cost_center, owner rows between unbounded preceding and current row) as decimal(38,12)) as effective_cost_so_far,
    list_cost, cast(sum(list_cost) over (partition by billing_period, bill_currency order by team, service, environment, tier, cost_center, owner rows between unbounded preceding and current row) as decimal(38,12)) as list_cost_so_far,
    contracted_cost, cast(sum(contracted_cost) over (partition by billing_period, bill_currency order by team, service, environment, tier, cost_center, owner rows between unbounded preceding and current row) as decimal(38,12)) as contracted_cost_so_far,
    landing_billed_cost, cast(sum(landing_billed_cost) over (partition by billing_period, bill_currency order by team, service, environment, tier, cost_center, owner rows between unbounded preceding and current row) as decimal(38,12)) as landing_billed_cost_so_far,
    landing_effective_cost, cast(sum(landing_effective_cost) over (partition by billing_period, bill_currency order by team, service, environment, tier, cost_center, owner rows between unbounded preceding and current row) as decimal(38,12)) as landing_effective_cost_so_far,
    landing_list_cost, cast(sum(landing_list_cost) over (partition by billing_period, bill_currency order by team, service, environment, tier, cost_center, owner rows between unbounded preceding and current row) as decimal(38,12)) as landing_list_cost_so_far,
    landing_contracted_cost, cast(sum(landing_contracted_cost) over (partition by billing_period, bill_currency order by team, service, environment, tier, cost_center, owner rows between unbounded preceding and current row) as decimal(38,12)) as landing_contracted_cost_so_far
  from grouped
),
rated as (
  select
    g.*, n.reporting_currency, c.rate, c.base_rate
  from running as g
  cross join run as n
  left join currency_rates as c on c.billing_period = g.billing_period and c.bill_currency = g.bill_currency
)
select
  billing_period, bill_currency, team, service, environment, tier, cost_center, owner,
  case when rate is null then bill_currency else reporting_currency end as billing_currency,
  cast(case when rate is null then billed_cost else cast(round(cast(billed_cost_so_far as decimal(38,12)) * cast(rate as decimal(24,12)), 12) as decimal(38,12)) - cast(round(cast(billed_cost_so_far - billed_cost as decimal(38,12)) * cast(rate as decimal(24,12)), 12) as decimal(38,12)) end as decimal(38,12)) as billed_cost,
  cast(case when rate is null then effective_cost else cast(round(cast(effective_cost_so_far as decimal(38,12)) * cast(rate as decimal(24,12)), 12) as decimal(38,12)) - cast(round(cast(effective_cost_so_far - effective_cost as decimal(38,12)) * cast(rate as decimal(24,12)), 12) as decimal(38,12)) end as decimal(38,12)) as effective_cost,
  cast(case when rate is null then list_cost else cast(round(cast(list_cost_so_far as decimal(38,12)) * cast(rate as decimal(24,12)), 12) as decimal(38,12)) - cast(round(cast(list_cost_so_far - list_cost as decimal(38,12)) * cast(rate as decimal(24,12)), 12) as decimal(38,12)) end as decimal(38,12)) as list_cost,
  cast(case when rate is null then contracted_cost else cast(round(cast(contracted_cost_so_far as decimal(38,12)) * cast(rate as decimal(24,12)), 12) as decimal(38,12)) - cast(round(cast(contracted_cost_so_far - contracted_cost as decimal(38,12)) * cast(rate as decimal(24,12)), 12) as decimal(38,12)) end as decimal(38,12)) as contracted_cost,
  cast(case when rate is null then landing_billed_cost else cast(round(cast(landing_billed_cost_so_far as decimal(38,12)) * cast(rate as decimal(24,12)), 12) as decimal(38,12)) - cast(round(cast(landing_billed_cost_so_far - landing_billed_cost as decimal(38,12)) * cast(rate as decimal(24,12)), 12) as decimal(38,12)) end as decimal(38,12)) as landing_billed_cost,
  cast(case when rate is null then landing_effective_cost else cast(round(cast(landing_effective_cost_so_far as decimal(38,12)) * cast(rate as decimal(24,12)), 12) as decimal(38,12)) - cast(round(cast(landing_effective_cost_so_far - landing_effective_cost as decimal(38,12)) * cast(rate as decimal(24,12)), 12) as decimal(38,12)) end as decimal(38,12)) as landing_effective_cost,
  cast(case when rate is null then landing_list_cost else cast(round(cast(landing_list_cost_so_far as decimal(38,12)) * cast(rate as decimal(24,12)), 12) as decimal(38,12)) - cast(round(cast(landing_list_cost_so_far - landing_list_cost as decimal(38,12)) * cast(rate as decimal(24,12)), 12) as decimal(38,12)) end as decimal(38,12)) as landing_list_cost,
  cast(case when rate is null then landing_contracted_cost else cast(round(cast(landing_contracted_cost_so_far as decimal(38,12)) * cast(rate as decimal(24,12)), 12) as decimal(38,12)) - cast(round(cast(landing_contracted_cost_so_far - landing_contracted_cost as decimal(38,12)) * cast(rate as decimal(24,12)), 12) as decimal(38,12)) end as decimal(38,12)) as landing_contracted_cost,
  cast(case when rate is null then 0 else cast(round(cast(landing_billed_cost_so_far as decimal(38,12)) * cast(rate as decimal(24,12)), 12) as decimal(38,12)) - cast(round(cast(landing_billed_cost_so_far - landing_billed_cost as decimal(38,12)) * cast(rate as decimal(24,12)), 12) as decimal(38,12)) - (cast(round(cast(landing_billed_cost_so_far as decimal(38,12)) * cast(base_rate as decimal(24,12)), 12) as decimal(38,12)) - cast(round(cast(landing_billed_cost_so_far - landing_billed_cost as decimal(38,12)) * cast(base_rate as decimal(24,12)), 12) as decimal(38,12))) end as decimal(38,12)) as currency_billed_cost,
  cast(case when rate is null then 0 else cast(round(cast(landing_effective_cost_so_far as decimal(38,12)) * cast(rate as decimal(24,12)), 12) as decimal(38,12)) - cast(round(cast(landing_effective_cost_so_far - landing_effective_cost as decimal(38,12)) * cast(rate as decimal(24,12)), 12) as decimal(38,12)) - (cast(round(cast(landing_effective_cost_so_far as decimal(38,12)) * cast(base_rate as decimal(24,12)), 12) as decimal(38,12)) - cast(round(cast(landing_effective_cost_so_far - landing_effective_cost as decimal(38,12)) * cast(base_rate as decimal(24,12)), 12) as decimal(38,12))) end as decimal(38,12)) as currency_effective_cost,
  cast(case when rate is null then 0 else cast(round(cast(landing_list_cost_so_far as decimal(38,12)) * cast(rate as decimal(24,12)), 12) as decimal(38,12)) - cast(round(cast(landing_list_cost_so_far - landing_list_cost as decimal(38,12)) * cast(rate as decimal(24,12)), 12) as decimal(38,12)) - (cast(round(cast(landing_list_cost_so_far as decimal(38,12)) * cast(base_rate as decimal(24,12)), 12) as decimal(38,12)) - cast(round(cast(landing_list_cost_so_far - landing_list_cost as decimal(38,12)) * cast(base_rate as decimal(24,12)), 12) as decimal(38,12))) end as decimal(38,12)) as currency_list_cost,
  cast(case when rate is null then 0 else cast(round(cast(landing_contracted_cost_so_far as decimal(38,12)) * cast(rate as decimal(24,12)), 12) as decimal(38,12)) - cast(round(cast(landing_contracted_cost_so_far - landing_contracted_cost as decimal(38,12)) * cast(rate as decimal(24,12)), 12) as decimal(38,12)) - (cast(round(cast(landing_contracted_cost_so_far as decimal(38,12)) * cast(base_rate as decimal(24,12)), 12) as decimal(38,12)) - cast(round(cast(landing_contracted_cost_so_far - landing_contracted_cost as decimal(38,12)) * cast(base_rate as decimal(24,12)), 12) as decimal(38,12))) end as decimal(38,12)) as currency_contracted_cost
from rated
