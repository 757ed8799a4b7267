-- The owner is who pays the most of it: of the resource; of a group, an environment or an account, of all that is in it. An
-- ECS service is not in the bill, its tasks are: it belongs to who pays for those of its cluster that its own tags name.
with charges_by_region as (
  select
    sub_account_id,
    region_id,
    resource_id,
    billing_currency,
    team,
    service,
    environment,
    tier,
    cost_center,
    owner,
    sum(effective_cost) as effective_cost
  from resource_charges
  group by
    sub_account_id, region_id, resource_id, billing_currency, team, service, environment, tier, cost_center, owner
),
charges as (
  select
    sub_account_id,
    resource_id,
    billing_currency,
    team,
    service,
    environment,
    tier,
    cost_center,
    owner,
    sum(effective_cost) as effective_cost
  from charges_by_region
  group by
    sub_account_id, resource_id, billing_currency, team, service, environment, tier, cost_center, owner
),
memberships as (
  select account_id, resource_id, min(group_id) as group_id
  from resource_groups
  group by account_id, resource_id
),
places as (
  select 'group' as scope, c.sub_account_id as account_id, m.group_id as place, c.*
  from charges as c
  join memberships as m on m.account_id = c.sub_account_id and m.resource_id = c.resource_id
  union all
  select 'environment' as scope, '' as account_id, concat(c.service, '|', c.environment) as place, c.*
  from charges as c
  union all
  select 'account' as scope, c.sub_account_id as account_id, c.sub_account_id as place, c.*
  from charges as c
),
place_shares as (
  select
    scope,
    account_id,
    place,
    billing_currency,
    team,
    service,
    environment,
    tier,
    cost_center,
    owner,
    sum(effective_cost) as effective_cost
  from places
  group by
    scope, account_id, place, billing_currency, team, service, environment, tier, cost_center, owner
),
place_owners as (
  select
    *,
    sum(effective_cost) over (partition by scope, account_id, place, billing_currency) as place_cost,
    row_number() over (
      partition by scope, account_id, place, billing_currency
      order by effective_cost desc, team, service, environment, tier, cost_center, owner
    ) as rank_no
  from place_shares
),
named as (
  select account_id, resource_type, resource_id, min(arn) as arn, min(resource_name) as resource_name
  from stg_resources
  group by account_id, resource_type, resource_id
),
service_tags as (
  select
    s.account_id,
    s.region_id,
    s.resource_id,
    element_at(s.attributes, 'cluster') as cluster,
    lower(trim(k.tag_value)) as tag_value
  from stg_resources as s
  cross join unnest(map_values(s.tags)) as k (tag_value)
  where s.resource_type = 'ecs:service'
),
tasks as (
  select
    sub_account_id,
    region_id,
    regexp_extract(resource_id, ':task/([^/]+)/', 1) as cluster,
    billing_currency,
    team,
    service,
    environment,
    tier,
    cost_center,
    owner,
    sum(effective_cost) as effective_cost
  from charges_by_region
  where regexp_matches(resource_id, ':task/[^/]+/')
  group by
    sub_account_id, region_id, regexp_extract(resource_id, ':task/([^/]+)/', 1), billing_currency,
    team, service, environment, tier, cost_center, owner
),
task_owners as (
  select
    s.account_id,
    s.resource_id,
    t.billing_currency,
    t.team,
    t.service,
    t.environment,
    t.tier,
    t.cost_center,
    t.owner,
    row_number() over (
      partition by s.account_id, s.resource_id, t.billing_currency
      order by t.effective_cost desc, t.team, t.service, t.environment, t.tier, t.cost_center, t.owner
    ) as rank_no
  from service_tags as s
  join tasks as t
    on t.sub_account_id = s.account_id
    and t.region_id = s.region_id
    and t.cluster = s.cluster
    and lower(t.service) = s.tag_value
),
owned as (
  select
    f.*,
    c.effective_cost as own_cost,
    p.place_cost,
    coalesce(c.team, p.team, o.team, '(unallocated)') as team,
    coalesce(c.service, p.service, o.service, '(unallocated)') as service,
    coalesce(c.environment, p.environment, o.environment, '(unallocated)') as environment,
    coalesce(c.tier, p.tier, o.tier, '(unallocated)') as tier,
    coalesce(c.cost_center, p.cost_center, o.cost_center, '(unallocated)') as cost_center,
    coalesce(c.owner, p.owner, o.owner, '(unallocated)') as owner
  from findings as f
  left join resource_costs as c
    on c.resource_id = f.resource_id
    and c.sub_account_id = f.sub_account_id
    and c.billing_currency = f.billing_currency
  left join place_owners as p
    on p.scope = f.scope
    and p.place = f.group_id
    and p.account_id = case when f.scope = 'environment' then '' else f.sub_account_id end
    and p.billing_currency = f.billing_currency
    and p.rank_no = 1
  left join task_owners as o
    on f.resource_type = 'ecs:service'
    and o.account_id = f.sub_account_id
    and o.resource_id = f.resource_id
    and o.billing_currency = f.billing_currency
    and o.rank_no = 1
),
ignored as (
  select
    f.detector, f.sub_account_id, f.resource_id, f.cost_part, f.billing_currency, min(i.ignore_no) as ignore_no
  from owned as f
  cross join run as r
  join waste_ignored as i
    on (i.detector is null or f.detector like i.detector escape '\')
    and (i.resource_id is null or f.resource_id like i.resource_id escape '\')
    and (i.sub_account_id is null or f.sub_account_id like i.sub_account_id escape '\')
    and (i.region_id is null or f.region_id like i.region_id escape '\')
    and (i.team is null or f.team like i.team escape '\')
    and (i.service is null or f.service like i.service escape '\')
    and (i.environment is null or f.environment like i.environment escape '\')
    and (i.tier is null or f.tier like i.tier escape '\')
    and (i.cost_center is null or f.cost_center like i.cost_center escape '\')
    and (i.owner is null or f.owner like i.owner escape '\')
    and (i.until_date is null or i.until_date > r.as_of_date)
  group by f.detector, f.sub_account_id, f.resource_id, f.cost_part, f.billing_currency
)
select
  f.detector,
  f.resource_type,
  f.resource_id,
  n.resource_name,
  n.arn,
  f.sub_account_id,
  f.region_id,
  f.scope,
  f.group_id,
  m.group_id as parent_group_id,
  f.judgement,
  f.action,
  f.cost_part,
  f.reason,
  f.observed,
  f.threshold,
  -- What a detector shares out of a cluster's cost can be more than the bill says of the resource itself.
  case
    when f.scope = 'account' then null
    else cast(greatest(
      coalesce(case when f.scope = 'resource' then f.own_cost else f.place_cost end, 0),
      max(f.part_cost) over (partition by f.sub_account_id, f.resource_id, f.billing_currency)
    ) as decimal(38,12))
  end as resource_cost,
  f.part_cost,
  f.saving_cost,
  f.deferred_saving_cost,
  f.billing_currency,
  f.confidence,
  f.remedy,
  f.evidence,
  f.team,
  f.service,
  f.environment,
  f.tier,
  f.cost_center,
  f.owner,
  i.reason as ignored_reason,
  i.until_date as ignored_until_date
from owned as f
left join named as n
  on n.account_id = f.sub_account_id and n.resource_type = f.resource_type and n.resource_id = f.resource_id
left join memberships as m
  on m.account_id = f.sub_account_id and m.resource_id = f.resource_id
left join ignored as g
  on g.detector = f.detector
  and g.sub_account_id = f.sub_account_id
  and g.resource_id = f.resource_id
  and g.cost_part = f.cost_part
  and g.billing_currency = f.billing_currency
left join waste_ignored as i on i.ignore_no = g.ignore_no
