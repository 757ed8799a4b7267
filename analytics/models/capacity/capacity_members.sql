-- Who was ever in a group: of an auto scaling group by the attribute or the tag that AWS sets, of a configured group by
-- its tags. A group has one resource type. A terminated instance still explains what its group carried.
with tags as (
  select distinct r.account_id, r.region_id, r.resource_type, r.resource_id, r.utilization_id, t.tag_key, element_at(r.tags, t.tag_key) as tag_value
  from resources as r
  cross join unnest(map_keys(r.tags)) as t (tag_key)
),
scaling as (
  select distinct
    account_id,
    region_id,
    resource_type,
    resource_id,
    coalesce(element_at(attributes, 'autoscaling_group'), element_at(tags, 'aws:autoscaling:groupName')) as group_id
  from resources
  where resource_type = 'ec2:instance'
),
tagged as (
  select t.account_id, t.region_id, t.resource_type, t.resource_id, g.group_name as group_id
  from tags as t
  join capacity_groups as g
    on g.resource_type = t.resource_type
    and g.tag_key = lower(trim(t.tag_key))
    and g.tag_value = lower(trim(t.tag_value))
  group by t.account_id, t.region_id, t.resource_type, t.resource_id, g.group_name
  having count(distinct g.tag_key) = max(g.tag_count)
)
select account_id, region_id, resource_type, resource_id, 'autoscaling:group' as group_kind, group_id
from scaling
where group_id is not null
union all
select account_id, region_id, resource_type, resource_id, 'capacity:group' as group_kind, group_id
from tagged
