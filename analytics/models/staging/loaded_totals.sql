-- What daily_cost must add up to.
select
  source,
  billing_period,
  provider_name,
  billing_account_id,
  billing_currency,
  charge_category,
  row_count as line_count,
  billed_cost,
  effective_cost,
  list_cost,
  contracted_cost
from stg_control_totals
where stage = 'loaded'
