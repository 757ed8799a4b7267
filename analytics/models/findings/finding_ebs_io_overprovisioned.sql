-- Prices of us-east-1 in proportion: a GiB and an IOPS of io1 and io2 against gp3 with the same IOPS. Above 32,000 an IOPS
-- of io2 costs 0.046 instead of 0.065.
with candidates as (
  select
    c.*,
    try_cast(element_at(c.attributes, 'iops') as double) as iops
  from costed_resources as c
  where c.resource_type = 'ec2:volume'
    and c.size_class in ('io1', 'io2')
    and c.state in ('in-use', 'available')
    and c.kept_reason is null
    and coalesce(c.attachments, '[]') not like '%,%'
    and c.size_gib > 0
),
hours as (
  select u.account_id, u.region_id, u.resource_id, u.measured_at, sum(u.sum) / max(u.period_seconds) as iops
  from utilization as u
  cross join run as r
  cross join waste_thresholds as t
  where u.namespace = 'AWS/EBS'
    and u.metric in ('VolumeReadOps', 'VolumeWriteOps')
    and date_diff('day', u.date, r.as_of_date) between 3 and t.ebs_idle_window_days + 2
    and u.resource_id in (select utilization_id from candidates where iops > t.ebs_gp3_max_iops)
  group by u.account_id, u.region_id, u.resource_id, u.measured_at
),
activity as (
  select account_id, region_id, resource_id, max(iops) as used_iops, count(*) as known_hours
  from hours
  group by account_id, region_id, resource_id
),
sized as (
  select
    c.*,
    a.used_iops,
    t.ebs_gp3_max_iops as limit_iops,
    case
      when c.iops <= t.ebs_gp3_max_iops then greatest(3000, c.iops)
      when a.known_hours >= t.metric_coverage_min_ratio * t.ebs_idle_window_days * 24
        then greatest(3000, ceil(a.used_iops * (1 + t.ebs_iops_headroom_ratio)))
    end as needed_iops
  from candidates as c
  cross join waste_thresholds as t
  left join activity as a
    on a.account_id = c.account_id and a.region_id = c.region_id and a.resource_id = c.utilization_id
  where c.iops is not null
),
throughput as (
  select *, least(1000, greatest(125, 0.25 * needed_iops)) as needed_mib_per_second
  from sized
  where needed_iops <= limit_iops
),
priced as (
  select
    *,
    1 - (0.08 * size_gib + 0.005 * (needed_iops - 3000) + 0.04 * (needed_mib_per_second - 125))
      / (0.125 * size_gib + 0.065 * iops - case when size_class = 'io2' then 0.019 * greatest(iops - 32000, 0) else 0 end) as saving_ratio
  from throughput
),
judged as (
  select * from priced where saving_ratio > 0
)
select
  'ebs_io_overprovisioned' as detector,
  j.resource_type as resource_type,
  j.resource_id as resource_id,
  j.account_id as sub_account_id,
  j.region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  'waste' as judgement,
  'configure' as action,
  'type' as cost_part,
  concat(j.size_class, ' with ', cast(cast(j.iops as bigint) as varchar), ' IOPS',
    case when j.iops > j.limit_iops then concat(', of which at most ', cast(cast(ceil(j.used_iops) as bigint) as varchar), ' were used;') else ':' end,
    ' gp3 serves that for ', cast(cast(round(100 * j.saving_ratio) as integer) as varchar), ' % less') as reason,
  concat(j.size_class, ', ', cast(cast(j.iops as bigint) as varchar), ' IOPS') as observed,
  concat('needs <= ', cast(cast(j.limit_iops as integer) as varchar), ' IOPS') as threshold,
  j.effective_cost as part_cost,
  cast(cast(j.uncommitted_cost as decimal(24,12)) * cast(j.saving_ratio as decimal(9,6)) as decimal(38,12)) as saving_cost,
  cast(cast(j.committed_cost as decimal(24,12)) * cast(j.saving_ratio as decimal(9,6)) as decimal(38,12)) as deferred_saving_cost,
  j.billing_currency,
  cast(case when j.iops > j.limit_iops then 0.7 else 0.85 end as double) as confidence,
  concat('aws ec2 modify-volume --region ', j.region_id, ' --volume-id ', j.resource_id, ' --volume-type gp3 --iops ',
    cast(cast(j.needed_iops as bigint) as varchar), ' --throughput ', cast(cast(j.needed_mib_per_second as bigint) as varchar)) as remedy,
  cast(json_object(
    'iops', j.iops,
    'used_iops', round(j.used_iops, 1),
    'needed_iops', j.needed_iops,
    'size_gib', j.size_gib,
    'saving_ratio', round(j.saving_ratio, 4)
  ) as varchar) as evidence
from judged as j
