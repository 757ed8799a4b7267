-- A root volume does what its instance does, and is judged with it.
with operations as (
  select
    d.account_id,
    d.region_id,
    d.resource_id,
    d.date,
    sum(d.sum) as operation_count,
    case when count(d.sum) = 2 then min(d.datapoint_count) else 0 end as known_hours
  from utilization_days as d
  cross join run as r
  cross join waste_thresholds as t
  where d.namespace = 'AWS/EBS'
    and d.metric in ('VolumeReadOps', 'VolumeWriteOps')
    and date_diff('day', d.date, r.as_of_date) <= t.ebs_idle_window_days + 2
  group by d.account_id, d.region_id, d.resource_id, d.date
),
activity as (
  select
    account_id,
    region_id,
    resource_id,
    sum(operation_count) as operation_count,
    sum(known_hours) as known_hours
  from operations
  group by account_id, region_id, resource_id
),
running as (
  select account_id, region_id, concat('["', resource_id, '"]') as attachments, resource_id, attributes
  from costed_resources
  where resource_type = 'ec2:instance' and state = 'running'
),
judged as (
  select
    v.*,
    a.operation_count,
    coalesce(a.known_hours, 0) as known_hours,
    t.ebs_idle_window_days as window_days,
    t.ebs_idle_operations_per_day as limit_operations,
    coalesce(a.known_hours, 0) >= t.metric_coverage_min_ratio * t.ebs_idle_window_days * 24 as is_known
  from costed_resources as v
  cross join waste_thresholds as t
  join running as i
    on i.account_id = v.account_id and i.region_id = v.region_id and i.attachments = v.attachments
  left join activity as a
    on a.account_id = v.account_id and a.region_id = v.region_id and a.resource_id = v.utilization_id
  where v.resource_type = 'ec2:volume'
    and v.kept_reason is null
    and coalesce(element_at(v.attributes, 'is_root'), 'false') <> 'true'
    and coalesce(element_at(i.attributes, 'root_volume_id'), '') <> v.resource_id
    and coalesce(v.age_days, t.ebs_idle_window_days) >= t.ebs_idle_window_days
    and (v.state_since_date = v.first_seen_date or v.state_days >= t.ebs_idle_window_days)
    and coalesce(a.operation_count, 0) <= t.ebs_idle_operations_per_day * t.ebs_idle_window_days
)
select
  'ebs_idle' as detector,
  j.resource_type as resource_type,
  j.resource_id as resource_id,
  j.account_id as sub_account_id,
  j.region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  case when j.is_known then 'waste' else 'unknown' end as judgement,
  'delete' as action,
  'whole' as cost_part,
  case
    when j.is_known
      then concat(cast(cast(j.operation_count as bigint) as varchar), ' reads and writes in ', cast(cast(j.window_days as integer) as varchar),
        ' days although it is attached to a running instance', j.commitment_note)
    else concat('not known whether it is idle: VolumeReadOps and VolumeWriteOps are known for ', cast(j.known_hours as varchar),
      ' of the last ', cast(cast(j.window_days * 24 as integer) as varchar), ' hours')
  end as reason,
  concat(coalesce(cast(cast(j.operation_count as bigint) as varchar), 'unknown'), ' operations') as observed,
  concat('<= ', cast(j.limit_operations as varchar), ' operations a day') as threshold,
  j.effective_cost as part_cost,
  cast(case when j.is_known then j.uncommitted_cost else 0 end as decimal(38,12)) as saving_cost,
  cast(case when j.is_known then j.committed_cost else 0 end as decimal(38,12)) as deferred_saving_cost,
  j.billing_currency,
  cast(case when j.is_known then 0.9 else 0 end as double) as confidence,
  concat('aws ec2 create-snapshot --region ', j.region_id, ' --volume-id ', j.resource_id, ' && aws ec2 detach-volume --region ',
    j.region_id, ' --volume-id ', j.resource_id, ' && aws ec2 delete-volume --region ', j.region_id, ' --volume-id ', j.resource_id) as remedy,
  cast(json_object(
    'operation_count', j.operation_count,
    'known_hours', j.known_hours,
    'window_days', j.window_days,
    'size_gib', j.size_gib
  ) as varchar) as evidence
from judged as j
