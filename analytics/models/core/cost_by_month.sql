-- Landing: what recurs day by day is scaled from the complete days to the whole month; what is billed once or for the
-- month as a whole, corrects, or lies before the month is known already and kept. In a complete month landing is the cost itself.
with paced as (
  select
    d.source,
    d.billing_period,
    d.provider_name,
    d.billing_account_id,
    d.sub_account_id,
    d.service_name,
    d.region_id,
    d.charge_category,
    d.pricing_category,
    d.billing_currency,
    d.team,
    d.service,
    d.environment,
    d.tier,
    d.cost_center,
    d.owner,
    d.shared_no,
    d.line_count,
    d.billed_cost,
    d.effective_cost,
    d.list_cost,
    d.contracted_cost,
    m.is_complete or m.complete_days = 0 or d.is_spread or coalesce(d.charge_frequency, '') = 'One-Time'
      or d.charge_category <> 'Usage' or coalesce(d.charge_class, '') = 'Correction'
      or d.charge_date < m.period_start_date as is_known,
    d.charge_date < m.complete_until_date as is_complete_day,
    m.month_factor
  from daily_cost as d
  join months as m on m.billing_period = d.billing_period
)
select
  source,
  billing_period,
  provider_name,
  billing_account_id,
  sub_account_id,
  service_name,
  region_id,
  charge_category,
  coalesce(pricing_category, '(none)') as pricing_category,
  billing_currency,
  team,
  service,
  environment,
  tier,
  cost_center,
  owner,
  shared_no,
  sum(billed_cost) as billed_cost,
  sum(effective_cost) as effective_cost,
  sum(list_cost) as list_cost,
  sum(contracted_cost) as contracted_cost,
  sum(case
    when is_known then billed_cost
    when is_complete_day then round(cast(billed_cost as decimal(28,12)) * month_factor, 12)
    else 0 end) as landing_billed_cost,
  sum(case
    when is_known then effective_cost
    when is_complete_day then round(cast(effective_cost as decimal(28,12)) * month_factor, 12)
    else 0 end) as landing_effective_cost,
  sum(case
    when is_known then list_cost
    when is_complete_day then round(cast(list_cost as decimal(28,12)) * month_factor, 12)
    else 0 end) as landing_list_cost,
  sum(case
    when is_known then contracted_cost
    when is_complete_day then round(cast(contracted_cost as decimal(28,12)) * month_factor, 12)
    else 0 end) as landing_contracted_cost,
  cast(sum(line_count) as bigint) as line_count
from paced
group by
  source, billing_period, provider_name, billing_account_id, sub_account_id, service_name, region_id, charge_category,
  coalesce(pricing_category, '(none)'), billing_currency, team, service, environment, tier, cost_center, owner, shared_no
