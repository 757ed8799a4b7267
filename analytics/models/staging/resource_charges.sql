-- A bill names a resource by its id, its ARN or the last part of the ARN; where the inventory knows it, its id counts.
with names as (
  select account_id, resource_id, arn as alias from stg_resources where arn is not null
  union all
  select account_id, resource_id, regexp_extract(arn, '[a-z]+-[0-9a-f]{8,17}$') as alias
  from stg_resources
  where arn is not null
),
aliases as (
  select account_id, alias, min(resource_id) as resource_id
  from names
  where alias <> '' and alias <> resource_id
  group by account_id, alias
),
days as (
  select
    d.resource_id,
    d.sub_account_id,
    d.region_id,
    d.service_name,
    d.sku_meter,
    d.pricing_category,
    d.commitment_discount_id,
    d.consumed_unit,
    d.billing_currency,
    d.team,
    d.service,
    d.environment,
    d.tier,
    d.cost_center,
    d.owner,
    d.charge_date,
    sum(d.effective_cost) as effective_cost,
    sum(d.billed_cost) as billed_cost,
    sum(d.list_cost) as list_cost,
    sum(d.consumed_quantity) as consumed_quantity
  from daily_cost as d
  cross join run as r
  where d.charge_category = 'Usage'
    and d.charge_date >= r.as_of_date - interval '32' day
    and d.charge_date < r.as_of_date - interval '2' day
  group by
    d.resource_id, d.sub_account_id, d.region_id, d.service_name, d.sku_meter, d.pricing_category,
    d.commitment_discount_id, d.consumed_unit, d.billing_currency, d.team, d.service, d.environment, d.tier,
    d.cost_center, d.owner, d.charge_date
),
sums as (
  select
    resource_id,
    sub_account_id,
    region_id,
    service_name,
    sku_meter,
    pricing_category,
    commitment_discount_id,
    consumed_unit,
    billing_currency,
    team,
    service,
    environment,
    tier,
    cost_center,
    owner,
    sum(effective_cost) as effective_cost,
    sum(billed_cost) as billed_cost,
    sum(list_cost) as list_cost,
    sum(consumed_quantity) as consumed_quantity,
    count(*) as charged_days
  from days
  group by
    resource_id, sub_account_id, region_id, service_name, sku_meter, pricing_category, commitment_discount_id,
    consumed_unit, billing_currency, team, service, environment, tier, cost_center, owner
)
select
  coalesce(a.resource_id, s.resource_id) as resource_id,
  s.sub_account_id,
  s.region_id,
  s.service_name,
  s.sku_meter,
  s.pricing_category,
  s.commitment_discount_id,
  s.billing_currency,
  s.team,
  s.service,
  s.environment,
  s.tier,
  s.cost_center,
  s.owner,
  s.effective_cost,
  s.billed_cost,
  s.list_cost,
  s.consumed_quantity,
  s.consumed_unit,
  s.charged_days
from sums as s
left join aliases as a on a.account_id = s.sub_account_id and a.alias = s.resource_id
