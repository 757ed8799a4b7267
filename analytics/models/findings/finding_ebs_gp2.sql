-- gp3 with what the busiest hour needs in bursts or, where that is not known, with all that gp2 gives its size. List prices of
-- us-east-1, in proportion: a GiB of gp2 0.10, of gp3 0.08, an IOPS above 3000 0.005, a MiB/s above 125 0.04.
with candidates as (
  select *
  from costed_resources
  where resource_type = 'ec2:volume' and size_class = 'gp2' and size_gib > 0 and state in ('in-use', 'available')
),
hours as (
  select
    u.account_id,
    u.region_id,
    u.resource_id,
    u.measured_at,
    sum(case when u.metric in ('VolumeReadOps', 'VolumeWriteOps') then u.sum end) / max(u.period_seconds) as iops,
    sum(case when u.metric in ('VolumeReadBytes', 'VolumeWriteBytes') then u.sum end) / 1048576 / max(u.period_seconds) as mib_per_second
  from utilization as u
  cross join run as r
  cross join waste_thresholds as t
  where u.namespace = 'AWS/EBS'
    and u.metric in ('VolumeReadOps', 'VolumeWriteOps', 'VolumeReadBytes', 'VolumeWriteBytes')
    and date_diff('day', u.date, r.as_of_date) between 3 and t.ebs_idle_window_days + 2
    and u.resource_id in (select utilization_id from candidates where size_gib > 170)
  group by u.account_id, u.region_id, u.resource_id, u.measured_at
),
activity as (
  -- No operation moves more than a quarter of a MiB.
  select
    account_id,
    region_id,
    resource_id,
    count(iops) as known_hours,
    max(iops) as used_iops,
    max(coalesce(mib_per_second, 0.25 * iops)) as used_mib_per_second
  from hours
  group by account_id, region_id, resource_id
),
sized as (
  select
    c.*,
    a.used_iops,
    a.used_mib_per_second,
    least(
      greatest(3000, least(16000, 3 * c.size_gib)),
      case when k.is_known then greatest(3000, ceil(a.used_iops * t.ebs_burst_ratio)) else 16000 end
    ) as needed_iops,
    least(
      case when c.size_gib > 170 then 250 else 125 end,
      case when k.is_known then greatest(125, ceil(a.used_mib_per_second * t.ebs_burst_ratio)) else 250 end
    ) as needed_mib_per_second
  from candidates as c
  cross join waste_thresholds as t
  left join activity as a
    on a.account_id = c.account_id and a.region_id = c.region_id and a.resource_id = c.utilization_id
  cross join lateral (
    select coalesce(a.known_hours >= t.metric_coverage_min_ratio * t.ebs_idle_window_days * 24, false) as is_known
  ) as k
),
judged as (
  select
    *,
    1 - (0.08 * size_gib + 0.005 * (needed_iops - 3000) + 0.04 * (needed_mib_per_second - 125)) / (0.1 * size_gib) as saving_ratio
  from sized
)
select
  'ebs_gp2' as detector,
  j.resource_type as resource_type,
  j.resource_id as resource_id,
  j.account_id as sub_account_id,
  j.region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  'waste' as judgement,
  'configure' as action,
  'type' as cost_part,
  concat('gp3 serves its ', cast(cast(j.size_gib as bigint) as varchar), ' GiB with ', cast(cast(j.needed_iops as bigint) as varchar),
    ' IOPS and ', cast(cast(j.needed_mib_per_second as bigint) as varchar), ' MiB/s for ',
    cast(cast(round(100 * j.saving_ratio) as integer) as varchar), ' % less') as reason,
  concat('gp2, ', cast(cast(j.size_gib as bigint) as varchar), ' GiB') as observed,
  'gp3 that serves it is cheaper' as threshold,
  j.effective_cost as part_cost,
  cast(cast(j.uncommitted_cost as decimal(24,12)) * cast(j.saving_ratio as decimal(9,6)) as decimal(38,12)) as saving_cost,
  cast(cast(j.committed_cost as decimal(24,12)) * cast(j.saving_ratio as decimal(9,6)) as decimal(38,12)) as deferred_saving_cost,
  j.billing_currency,
  cast(0.98 as double) as confidence,
  concat('aws ec2 modify-volume --region ', j.region_id, ' --volume-id ', j.resource_id, ' --volume-type gp3 --iops ',
    cast(cast(j.needed_iops as bigint) as varchar), ' --throughput ', cast(cast(j.needed_mib_per_second as bigint) as varchar)) as remedy,
  cast(json_object(
    'size_gib', j.size_gib,
    'used_iops', round(j.used_iops, 1),
    'used_mib_per_second', round(j.used_mib_per_second, 1),
    'needed_iops', j.needed_iops,
    'needed_mib_per_second', j.needed_mib_per_second,
    'saving_ratio', round(j.saving_ratio, 4)
  ) as varchar) as evidence
from judged as j
where j.saving_ratio > 0
