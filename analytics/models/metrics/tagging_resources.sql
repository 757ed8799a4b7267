with ranked as (
  select
    *,
    row_number() over (
      partition by billing_period, billing_currency
      order by cost desc, resource_id, sub_account_id, service_name, team, owner, missing_tags
    ) as place
  from resource_cost
  where is_taggable and missing_tags <> '' and cost > 0
)
select
  billing_period,
  resource_id,
  sub_account_id,
  service_name,
  team,
  owner,
  missing_tags,
  billing_currency,
  cost as taggable_cost
from ranked
where place <= 200
