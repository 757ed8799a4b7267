-- What each month comes to in the currency of its bill and in the reporting currency: each total is rounded once.
with totals as (
  select
    billing_period, billing_currency as bill_currency,
    sum(billed_cost) as billed_cost,
    sum(effective_cost) as effective_cost,
    sum(list_cost) as list_cost,
    sum(contracted_cost) as contracted_cost,
    sum(landing_billed_cost) as landing_billed_cost,
    sum(landing_effective_cost) as landing_effective_cost,
    sum(landing_list_cost) as landing_list_cost,
    sum(landing_contracted_cost) as landing_contracted_cost
  from allocated_cost
  group by billing_period, billing_currency
)
select
  t.billing_period || ' ' || t.bill_currency as currency_key,
  t.billing_period, t.bill_currency,
  case when c.rate is null then t.bill_currency else n.reporting_currency end as billing_currency,
  case when t.bill_currency = n.reporting_currency then 'reporting currency' when c.rate is null then 'no rate' when c.actual_rate is null then 'at the budget rate' else 'at the actual rate' end as conversion,
  c.actual_rate,
  c.budget_rate,
  cast(t.billed_cost as decimal(38,12)) as bill_billed_cost,
  cast(t.effective_cost as decimal(38,12)) as bill_effective_cost,
  case when c.rate is null then cast(t.billed_cost as decimal(38,12)) else cast(round(cast(t.billed_cost as decimal(38,12)) * cast(c.rate as decimal(24,12)), 12) as decimal(38,12)) end as billed_cost,
  case when c.rate is null then cast(t.effective_cost as decimal(38,12)) else cast(round(cast(t.effective_cost as decimal(38,12)) * cast(c.rate as decimal(24,12)), 12) as decimal(38,12)) end as effective_cost,
  case when c.rate is null then cast(t.list_cost as decimal(38,12)) else cast(round(cast(t.list_cost as decimal(38,12)) * cast(c.rate as decimal(24,12)), 12) as decimal(38,12)) end as list_cost,
  case when c.rate is null then cast(t.contracted_cost as decimal(38,12)) else cast(round(cast(t.contracted_cost as decimal(38,12)) * cast(c.rate as decimal(24,12)), 12) as decimal(38,12)) end as contracted_cost,
  case when c.rate is null then cast(t.landing_billed_cost as decimal(38,12)) else cast(round(cast(t.landing_billed_cost as decimal(38,12)) * cast(c.rate as decimal(24,12)), 12) as decimal(38,12)) end as landing_billed_cost,
  case when c.rate is null then cast(t.landing_effective_cost as decimal(38,12)) else cast(round(cast(t.landing_effective_cost as decimal(38,12)) * cast(c.rate as decimal(24,12)), 12) as decimal(38,12)) end as landing_effective_cost,
  case when c.rate is null then cast(t.landing_list_cost as decimal(38,12)) else cast(round(cast(t.landing_list_cost as decimal(38,12)) * cast(c.rate as decimal(24,12)), 12) as decimal(38,12)) end as landing_list_cost,
  case when c.rate is null then cast(t.landing_contracted_cost as decimal(38,12)) else cast(round(cast(t.landing_contracted_cost as decimal(38,12)) * cast(c.rate as decimal(24,12)), 12) as decimal(38,12)) end as landing_contracted_cost
from totals as t
cross join run as n
left join currency_rates as c on c.billing_period = t.billing_period and c.bill_currency = t.bill_currency
