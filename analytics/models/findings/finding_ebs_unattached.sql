with judged as (
  select c.*, t.ebs_unattached_days as limit_days
  from costed_resources as c
  cross join waste_thresholds as t
  where c.resource_type = 'ec2:volume'
    and c.state = 'available'
    and coalesce(c.attachments, '[]') = '[]'
    and c.kept_reason is null
    and c.state_days >= t.ebs_unattached_days
)
select
  'ebs_unattached' as detector,
  j.resource_type as resource_type,
  j.resource_id as resource_id,
  j.account_id as sub_account_id,
  j.region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  'waste' as judgement,
  'delete' as action,
  'whole' as cost_part,
  concat('attached to nothing for ', cast(j.state_days as varchar), ' days or more', j.commitment_note) as reason,
  concat('available for ', cast(j.state_days as varchar), ' days') as observed,
  concat('available for >= ', cast(cast(j.limit_days as integer) as varchar), ' days') as threshold,
  j.effective_cost as part_cost,
  cast(j.uncommitted_cost as decimal(38,12)) as saving_cost,
  cast(j.committed_cost as decimal(38,12)) as deferred_saving_cost,
  j.billing_currency,
  cast(0.95 as double) as confidence,
  concat('aws ec2 create-snapshot --region ', j.region_id, ' --volume-id ', j.resource_id, ' && aws ec2 delete-volume --region ',
    j.region_id, ' --volume-id ', j.resource_id) as remedy,
  cast(json_object(
    'state_days', j.state_days,
    'age_days', j.age_days,
    'size_gib', j.size_gib
  ) as varchar) as evidence
from judged as j
