select
  source,
  billing_period,
  stage,
  coalesce(nullif(provider_name, ''), '(none)') as provider_name,
  coalesce(billing_account_id, '(none)') as billing_account_id,
  coalesce(billing_currency, '(none)') as billing_currency,
  coalesce(charge_category, '(none)') as charge_category,
  row_count,
  billed_cost,
  effective_cost,
  list_cost,
  contracted_cost
from control_totals
