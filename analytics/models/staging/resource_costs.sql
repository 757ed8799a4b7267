with allocated as (
  select
    resource_id,
    sub_account_id,
    billing_currency,
    region_id,
    team,
    service,
    environment,
    tier,
    cost_center,
    owner,
    sum(effective_cost) as effective_cost,
    sum(case when pricing_category = 'Committed' then 0 else effective_cost end) as uncommitted_cost
  from resource_charges
  where resource_id is not null
  group by
    resource_id, sub_account_id, billing_currency, region_id, team, service, environment, tier, cost_center, owner
),
ranked as (
  select
    *,
    sum(effective_cost) over resource as resource_effective_cost,
    sum(uncommitted_cost) over resource as resource_uncommitted_cost,
    row_number() over (
      partition by resource_id, sub_account_id, billing_currency
      order by effective_cost desc, region_id, team, service, environment, tier, cost_center, owner
    ) as place
  from allocated
  window resource as (partition by resource_id, sub_account_id, billing_currency)
)
select
  resource_id,
  sub_account_id,
  billing_currency,
  region_id,
  team,
  service,
  environment,
  tier,
  cost_center,
  owner,
  cast(resource_effective_cost as decimal(38,12)) as effective_cost,
  cast(resource_uncommitted_cost as decimal(38,12)) as uncommitted_cost,
  cast(resource_effective_cost - resource_uncommitted_cost as decimal(38,12)) as committed_cost
from ranked
where place = 1
