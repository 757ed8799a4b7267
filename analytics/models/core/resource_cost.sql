select
  d.billing_period,
  d.resource_id,
  d.sub_account_id,
  d.service_name,
  d.team,
  d.owner,
  d.missing_tags,
  d.billing_currency,
  d.charge_category = 'Usage' and d.resource_id is not null as is_taggable,
  sum(case r.cost_basis
    when 'billed' then d.billed_cost
    when 'list' then d.list_cost
    when 'contracted' then d.contracted_cost
    else d.effective_cost
  end) as cost
from daily_cost as d
cross join run as r
group by
  d.billing_period, d.resource_id, d.sub_account_id, d.service_name, d.team, d.owner, d.missing_tags,
  d.billing_currency, d.charge_category = 'Usage' and d.resource_id is not null
