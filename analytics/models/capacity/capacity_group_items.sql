-- Groups that still have a member. Percentages become instances, of which an auto scaling group may have its maximum, and a
-- configured group those that it has; other units add up. One more costs what the members cost on average; the members'
-- largest bill says who answers.
with members as (
  select
    m.group_kind,
    m.group_id,
    i.series_id,
    i.sub_account_id,
    i.region_id,
    i.kind as resource_type,
    i.metric,
    i.unit,
    i.statistic,
    i.limit_value,
    i.limit_name,
    i.saturation_ratio,
    i.missing,
    i.next_unit,
    i.next_unit_cost,
    i.billing_currency,
    o.effective_cost,
    o.team,
    o.service,
    o.environment,
    o.tier,
    o.cost_center,
    o.owner
  from capacity_members as m
  join capacity_resource_items as i
    on i.sub_account_id = m.account_id
    and i.region_id = m.region_id
    and i.kind = m.resource_type
    and i.resource_id = m.resource_id
  left join capacity_owners as o on o.resource_id = i.resource_id and o.sub_account_id = i.sub_account_id
),
ranked as (
  select
    *,
    row_number() over (
      partition by group_kind, group_id, sub_account_id, region_id, metric
      order by coalesce(effective_cost, 0) desc, series_id
    ) as place
  from members
),
sums as (
  select
    group_kind,
    group_id,
    sub_account_id,
    region_id,
    metric,
    count(*) as member_count,
    count(limit_value) as limit_count,
    sum(limit_value) as limit_value,
    count(distinct billing_currency) as currency_count,
    divide_cost(sum(next_unit_cost), count(next_unit_cost)) as next_unit_cost
  from members
  group by group_kind, group_id, sub_account_id, region_id, metric
),
scaling as (
  select
    account_id,
    region_id,
    coalesce(resource_name, resource_id) as group_id,
    max(try_cast(element_at(attributes, 'max_size') as double)) as max_size
  from stg_resources
  where resource_type = 'autoscaling:group'
  group by account_id, region_id, coalesce(resource_name, resource_id)
)
select
  concat('group|', s.sub_account_id, '|', s.region_id, '|', s.group_kind, '|', s.group_id, '|', s.metric) as series_id,
  'group' as scope,
  s.group_kind as kind,
  s.sub_account_id,
  s.region_id,
  s.group_id as resource_id,
  s.group_id as resource_name,
  s.metric,
  case when r.unit = 'percent' then 'instances' else r.unit end as unit,
  r.statistic,
  case
    when r.unit = 'percent' and s.group_kind = 'autoscaling:group' then a.max_size
    when r.unit = 'percent' then cast(s.member_count as double)
    when s.limit_count = s.member_count then s.limit_value
  end as limit_value,
  case
    when r.unit = 'percent' and s.group_kind = 'autoscaling:group' then 'the maximum size of the group'
    when r.unit = 'percent' then 'the capacity of its members'
    else concat(r.limit_name, ' of its members')
  end as limit_name,
  r.saturation_ratio,
  r.missing,
  r.next_unit,
  case when s.currency_count = 1 then s.next_unit_cost end as next_unit_cost,
  case when s.currency_count = 1 then r.billing_currency end as billing_currency,
  r.team,
  r.service,
  r.environment,
  r.tier,
  r.cost_center,
  r.owner
from sums as s
join ranked as r
  on r.group_kind = s.group_kind
  and r.group_id = s.group_id
  and r.sub_account_id = s.sub_account_id
  and r.region_id = s.region_id
  and r.metric = s.metric
  and r.place = 1
left join scaling as a
  on a.account_id = s.sub_account_id and a.region_id = s.region_id and a.group_id = s.group_id
