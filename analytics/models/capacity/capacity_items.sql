-- Resources, groups and quotas with the configuration's word: for each setting the first target that matches and has it.
-- Members of an auto scaling group come and go: where the group's limit is known, the group is what is planned.
with grouped as (
  select distinct m.account_id, m.region_id, m.resource_type, m.resource_id, g.metric
  from capacity_members as m
  join capacity_group_items as g
    on g.sub_account_id = m.account_id
    and g.region_id = m.region_id
    and g.kind = m.group_kind
    and g.resource_id = m.group_id
  where g.kind = 'autoscaling:group' and g.limit_value is not null
),
items as (
  select i.*
  from capacity_resource_items as i
  left join grouped as g
    on g.account_id = i.sub_account_id
    and g.region_id = i.region_id
    and g.resource_type = i.kind
    and g.resource_id = i.resource_id
    and g.metric = i.metric
  where g.resource_id is null
  union all
  select * from capacity_group_items
  union all
  select * from capacity_quota_items
),
settings as (
  select
    i.series_id,
    min_by(t.threshold_ratio, t.target_no) filter (where t.threshold_ratio is not null) as threshold_ratio,
    min_by(t.limit_value, t.target_no) filter (where t.limit_value is not null) as limit_value,
    min_by(t.statistic, t.target_no) filter (where t.statistic is not null) as statistic,
    min_by(t.next_unit, t.target_no) filter (where t.next_unit is not null) as next_unit,
    min_by(t.next_unit_cost, t.target_no) filter (where t.next_unit is not null) as next_unit_cost,
    min_by(t.next_unit_currency, t.target_no) filter (where t.next_unit is not null) as billing_currency
  from items as i
  join capacity_targets as t
    on (t.resource_type is null or (t.resource_type = i.kind and i.scope <> 'quota'))
    and (t.resource_id is null or t.resource_id in (i.resource_id, i.resource_name))
    and (t.metric is null or t.metric = i.metric)
    and (t.service_code is null or (t.service_code = i.kind and i.scope = 'quota'))
    and (t.quota_code is null or (t.quota_code = i.resource_id and i.scope = 'quota'))
  group by i.series_id
)
select
  i.series_id,
  i.scope,
  i.kind,
  i.sub_account_id,
  i.region_id,
  i.resource_id,
  i.resource_name,
  i.metric,
  i.unit,
  coalesce(s.statistic, i.statistic) as statistic,
  coalesce(s.limit_value, i.limit_value) as limit_value,
  coalesce(s.threshold_ratio, case when i.scope = 'quota' then d.quota_threshold_ratio else d.threshold_ratio end) as threshold_ratio,
  i.limit_name,
  i.saturation_ratio,
  i.missing,
  coalesce(s.next_unit, i.next_unit) as next_unit,
  case when s.next_unit is not null then s.next_unit_cost else i.next_unit_cost end as next_unit_cost,
  case when s.next_unit is not null then s.billing_currency else i.billing_currency end as billing_currency,
  i.team,
  i.service,
  i.environment,
  i.tier,
  i.cost_center,
  i.owner
from items as i
cross join capacity_defaults as d
left join settings as s on s.series_id = i.series_id
