-- Complete months, each with the months it is compared with. Against a budget or a forecast, the month before tells why.
with complete as (
  select billing_period, period_start_date
  from months
  where is_complete
),
pairs as (
  select n.billing_period, 'prior_month' as comparison, b.billing_period as base_period
  from complete as n
  join complete as b on b.period_start_date = n.period_start_date - interval '1' month
  union all
  select n.billing_period, 'prior_year' as comparison, b.billing_period as base_period
  from complete as n
  join complete as b on b.period_start_date = n.period_start_date - interval '1' year
  union all
  select n.billing_period, 'budget' as comparison, b.billing_period as base_period
  from complete as n
  join complete as b on b.period_start_date = n.period_start_date - interval '1' month
  where n.billing_period in (select billing_period from budgets)
  union all
  select n.billing_period, 'forecast' as comparison, b.billing_period as base_period
  from complete as n
  join complete as b on b.period_start_date = n.period_start_date - interval '1' month
  where n.billing_period in (select billing_period from month_forecasts)
)
select billing_period, comparison, base_period
from pairs
