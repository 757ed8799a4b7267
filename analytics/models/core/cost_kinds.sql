-- How a charge goes on decides how it is forecast; docs/forecasting.md, "Which cost goes on how".
with classified as (
  select
    d.*,
    case
      when coalesce(d.charge_class, '') = 'Correction' or d.charge_category in ('Credit', 'Adjustment')
        or d.charge_date < m.period_start_date then 'once'
      when d.charge_category = 'Tax' then 'proportional'
      when d.charge_category = 'Purchase' and lower(d.service_name) like '%support%' then 'proportional'
      when coalesce(d.charge_frequency, '') = 'One-Time' then 'once'
      when d.charge_category = 'Purchase' and coalesce(d.charge_frequency, '') <> 'Recurring' then 'once'
      when d.charge_category = 'Purchase' or d.is_spread or coalesce(d.charge_frequency, '') = 'Recurring' then 'fee'
      when d.commitment_discount_id is not null or coalesce(d.pricing_category, '') = 'Committed' then 'committed'
      else 'usage'
    end as forecast_kind
  from daily_cost as d
  join months as m on m.billing_period = d.billing_period
)
select
  charge_date,
  billing_period,
  forecast_kind,
  case forecast_kind
    when 'usage' then ''
    when 'committed' then coalesce(commitment_discount_id, '')
    else concat(sub_account_id, ' ', service_name, ' ', coalesce(commitment_discount_id, ''))
  end as charge_key,
  is_spread,
  source,
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
  billed_cost,
  effective_cost,
  list_cost,
  contracted_cost
from classified
