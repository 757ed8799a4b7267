with stopped as (
  select
    c.*,
    date_diff('day', coalesce(
      try_cast(nullif(regexp_extract(element_at(c.attributes, 'state_changed'), '[0-9]{4}-[0-9]{2}-[0-9]{2}'), '') as date),
      c.state_since_date
    ), c.last_seen_date) + 1 as stopped_days
  from costed_resources as c
  where c.resource_type = 'ec2:instance' and c.state = 'stopped'
),
judged as (
  select
    v.*,
    s.resource_id as instance_id,
    s.stopped_days,
    t.ec2_stopped_days as limit_days
  from costed_resources as v
  cross join waste_thresholds as t
  join stopped as s
    on s.account_id = v.account_id
    and s.region_id = v.region_id
    and v.attachments = concat('["', s.resource_id, '"]')
  where v.resource_type = 'ec2:volume'
    and v.kept_reason is null
    and s.kept_reason is null
    and s.stopped_days > t.ec2_stopped_days
)
select
  'ebs_on_stopped_instance' as detector,
  j.resource_type as resource_type,
  j.resource_id as resource_id,
  j.account_id as sub_account_id,
  j.region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  'waste' as judgement,
  'delete' as action,
  'whole' as cost_part,
  concat('attached to ', j.instance_id, ', which has been stopped for ', cast(j.stopped_days as varchar), ' days', j.commitment_note) as reason,
  concat('instance stopped for ', cast(j.stopped_days as varchar), ' days') as observed,
  concat('stopped for > ', cast(cast(j.limit_days as integer) as varchar), ' days') as threshold,
  j.effective_cost as part_cost,
  cast(j.uncommitted_cost as decimal(38,12)) as saving_cost,
  cast(j.committed_cost as decimal(38,12)) as deferred_saving_cost,
  j.billing_currency,
  cast(0.9 as double) as confidence,
  concat('aws ec2 create-snapshot --region ', j.region_id, ' --volume-id ', j.resource_id, ' && aws ec2 detach-volume --region ',
    j.region_id, ' --volume-id ', j.resource_id, ' && aws ec2 delete-volume --region ', j.region_id, ' --volume-id ', j.resource_id) as remedy,
  cast(json_object(
    'stopped_days', j.stopped_days,
    'size_gib', j.size_gib
  ) as varchar) as evidence
from judged as j
