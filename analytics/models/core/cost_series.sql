select
  billing_period,
  charge_date,
  forecast_kind,
  charge_key,
  is_spread,
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
  sum(contracted_cost) as contracted_cost
from cost_kinds
group by
  billing_period, charge_date, forecast_kind, charge_key, is_spread, billing_currency, team, service, environment, tier,
  cost_center, owner, shared_no
