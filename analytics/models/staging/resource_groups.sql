-- Also of resources that are gone: instances of an Auto Scaling group come and go. What hangs on a stopped instance goes
-- with it.
with members as (
  select
    account_id,
    resource_type,
    resource_id,
    arn,
    coalesce(
      element_at(attributes, 'autoscaling_group'),
      element_at(attributes, 'cluster'),
      element_at(attributes, 'cluster_id')
    ) as group_id
  from resources
),
attached as (
  select a.account_id, a.resource_type, a.resource_id, a.arn, i.resource_id as group_id
  from stg_resources as a
  join stg_resources as i
    on i.account_id = a.account_id
    and i.region_id = a.region_id
    and a.attachments = concat('["', i.resource_id, '"]')
  where a.resource_type in ('ec2:volume', 'ec2:elastic-ip')
    and i.resource_type = 'ec2:instance'
    and i.state = 'stopped'
)
select distinct account_id, resource_type, resource_id, arn, group_id
from members
where group_id is not null
union
select account_id, resource_type, resource_id, arn, group_id
from attached
