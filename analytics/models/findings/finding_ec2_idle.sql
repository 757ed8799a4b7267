-- Peaks count, not averages: a machine that works one hour a night is not idle.
with activity as (
  select
    d.account_id,
    d.region_id,
    d.resource_id,
    max(d.cpu_max_percent) as month_cpu_max_percent,
    max(case when w.is_in_window then d.cpu_max_percent end) as cpu_max_percent,
    max(case when w.is_in_window then d.network_mib end) as network_mib,
    sum(case when w.is_in_window then d.cpu_hours else 0 end) as cpu_hours,
    sum(case when w.is_in_window then d.network_hours else 0 end) as network_hours,
    count(case when w.is_in_window and d.cpu_max_percent > t.ec2_idle_cpu_max_percent then 1 end) as busier_days,
    count(case when w.is_in_window and d.cpu_max_percent is not null then 1 end) as cpu_days
  from ec2_days as d
  cross join run as r
  cross join waste_thresholds as t
  cross join lateral (
    select date_diff('day', d.date, r.as_of_date) <= t.ec2_idle_window_days + 2 as is_in_window
  ) as w
  where date_diff('day', d.date, r.as_of_date) <= 37
  group by d.account_id, d.region_id, d.resource_id
),
judged as (
  select
    c.*,
    a.month_cpu_max_percent,
    a.cpu_max_percent,
    a.network_mib,
    coalesce(a.cpu_hours, 0) as cpu_hours,
    coalesce(a.network_hours, 0) as network_hours,
    t.ec2_idle_window_days as window_days,
    t.ec2_idle_cpu_max_percent as cpu_limit_percent,
    t.ec2_idle_cpu_spike_max_percent as spike_limit_percent,
    t.ec2_idle_network_mib_per_day as network_limit_mib,
    coalesce(a.cpu_hours, 0) >= t.metric_coverage_min_ratio * t.ec2_idle_window_days * 24
      and coalesce(a.network_hours, 0) >= t.metric_coverage_min_ratio * t.ec2_idle_window_days * 24 as is_known
  from costed_resources as c
  cross join waste_thresholds as t
  left join activity as a
    on a.account_id = c.account_id and a.region_id = c.region_id and a.resource_id = c.utilization_id
  where c.resource_type = 'ec2:instance'
    and c.state = 'running'
    and c.kept_reason is null
    and element_at(c.attributes, 'autoscaling_group') is null
    and coalesce(element_at(c.attributes, 'gpu_count'), '0') = '0'
    and not regexp_matches(coalesce(c.size_class, ''), '^(g[3-9]|gr[0-9]|p[2-9])')
    and coalesce(c.age_days, t.ec2_idle_window_days) >= t.ec2_idle_window_days
    and (c.state_since_date = c.first_seen_date or c.state_days >= t.ec2_idle_window_days)
    and coalesce(a.cpu_max_percent, 0) <= t.ec2_idle_cpu_spike_max_percent
    and coalesce(a.busier_days, 0) <= (1 - t.ec2_idle_days_min_ratio) * coalesce(a.cpu_days, 0)
    and coalesce(a.network_mib, 0) <= t.ec2_idle_network_mib_per_day
)
select
  'ec2_idle' as detector,
  j.resource_type as resource_type,
  j.resource_id as resource_id,
  j.account_id as sub_account_id,
  j.region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  case when j.is_known then 'waste' else 'unknown' end as judgement,
  'stop' as action,
  'whole' as cost_part,
  case
    when j.is_known
      then concat('CPU never rose above ', cast(round(j.cpu_max_percent, 1) as varchar), ' % and traffic never above ', cast(round(j.network_mib, 1) as varchar),
        ' MiB a day in ', cast(cast(j.window_days as integer) as varchar), ' days', j.commitment_note)
    else concat('not known whether it is idle: of the last ', cast(cast(j.window_days * 24 as integer) as varchar), ' hours CPU is known for ',
      cast(j.cpu_hours as varchar), ' and traffic for ', cast(j.network_hours as varchar))
  end as reason,
  concat('CPU peak ', coalesce(cast(round(j.cpu_max_percent, 1) as varchar), 'unknown'), ' %, traffic ', coalesce(cast(round(j.network_mib, 1) as varchar), 'unknown'), ' MiB/day') as observed,
  concat('CPU peak <= ', cast(j.cpu_limit_percent as varchar), ' % on nearly every day and never above ',
    cast(j.spike_limit_percent as varchar), ' %, traffic <= ', cast(j.network_limit_mib as varchar), ' MiB/day') as threshold,
  j.effective_cost as part_cost,
  cast(case when j.is_known then j.uncommitted_cost else 0 end as decimal(38,12)) as saving_cost,
  cast(case when j.is_known then j.committed_cost else 0 end as decimal(38,12)) as deferred_saving_cost,
  j.billing_currency,
  cast(case when j.is_known then case when j.month_cpu_max_percent > j.spike_limit_percent then 0.6 else 0.95 end else 0 end as double) as confidence,
  concat('aws ec2 stop-instances --region ', j.region_id, ' --instance-ids ', j.resource_id) as remedy,
  cast(json_object(
    'cpu_max_percent', round(j.cpu_max_percent, 2),
    'month_cpu_max_percent', round(j.month_cpu_max_percent, 2),
    'network_max_mib_per_day', round(j.network_mib, 2),
    'cpu_hours', j.cpu_hours,
    'network_hours', j.network_hours,
    'window_days', j.window_days,
    'age_days', j.age_days
  ) as varchar) as evidence
from judged as j
