-- The owner is who pays the most of it: of the resource; of a group, an environment or an account, of all that is in it.
with charges as (
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
  from resource_charges
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
ignored as (
  select
    f.detector, f.sub_account_id, f.resource_id, f.cost_part, f.billing_currency, min(i.ignore_no) as ignore_no
  from findings as f
  left join resource_costs as c
    on c.resource_id = f.resource_id
    and c.sub_account_id = f.sub_account_id
    and c.billing_currency = f.billing_currency
  cross join run as r
  join waste_ignored as i
    on (i.detector is null or f.detector like i.detector escape '\')
    and (i.resource_id is null or f.resource_id like i.resource_id escape '\')
    and (i.sub_account_id is null or f.sub_account_id like i.sub_account_id escape '\')
    and (i.region_id is null or f.region_id like i.region_id escape '\')
    and (i.team is null or c.team like i.team escape '\')
    and (i.service is null or c.service like i.service escape '\')
    and (i.environment is null or c.environment like i.environment escape '\')
    and (i.tier is null or c.tier like i.tier escape '\')
    and (i.cost_center is null or c.cost_center like i.cost_center escape '\')
    and (i.owner is null or c.owner like i.owner escape '\')
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
      coalesce(case when f.scope = 'resource' then c.effective_cost else p.place_cost end, 0),
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
  coalesce(c.team, p.team, '(unallocated)') as team,
  coalesce(c.service, p.service, '(unallocated)') as service,
  coalesce(c.environment, p.environment, '(unallocated)') as environment,
  coalesce(c.tier, p.tier, '(unallocated)') as tier,
  coalesce(c.cost_center, p.cost_center, '(unallocated)') as cost_center,
  coalesce(c.owner, p.owner, '(unallocated)') as owner,
  i.reason as ignored_reason,
  i.until_date as ignored_until_date
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
