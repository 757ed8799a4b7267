-- The weekend tells people's machines from batch: a job of the night runs on Saturdays, too. Its core is weekend in every time zone.
with candidates as (
  select c.*
  from costed_resources as c
  cross join waste_thresholds as t
  where c.resource_type = 'ec2:instance'
    and c.state = 'running'
    and c.kept_reason is null
    and coalesce(element_at(c.attributes, 'lifecycle'), 'on-demand') <> 'spot'
    and c.environment <> '(unallocated)'
    and lower(c.environment) not in (select environment from waste_production_environments)
    and coalesce(c.age_days, t.schedule_window_days) >= t.schedule_window_days
),
hours_of_week as (
  select
    u.account_id,
    u.region_id,
    u.resource_id,
    date_diff('day', date '1970-01-05', u.date) % 7 as weekday,
    extract(hour from u.measured_at) as hour_of_day,
    max(case when u.metric = 'CPUUtilization' then u.average end) as cpu_average_percent,
    max(case when u.metric = 'CPUUtilization' then u.maximum end) as cpu_max_percent,
    max(case when u.metric = 'NetworkIn' then u.sum / u.period_seconds * 3600 / 1048576 end) as in_mib,
    max(case when u.metric = 'NetworkOut' then u.sum / u.period_seconds * 3600 / 1048576 end) as out_mib,
    sum(case when u.metric = 'CPUUtilization' then u.period_seconds else 0 end) / 3600 as cpu_hours,
    sum(case when u.metric = 'NetworkIn' then u.period_seconds else 0 end) / 3600 as network_hours
  from utilization as u
  cross join run as r
  cross join waste_thresholds as t
  where u.namespace = 'AWS/EC2'
    and u.metric in ('CPUUtilization', 'NetworkIn', 'NetworkOut')
    and date_diff('day', u.date, r.as_of_date) between 3 and t.schedule_window_days + 2
    and u.resource_id in (select utilization_id from candidates)
  group by
    u.account_id, u.region_id, u.resource_id, date_diff('day', date '1970-01-05', u.date) % 7, extract(hour from u.measured_at)
),
marked as (
  select
    h.*,
    coalesce(
      h.cpu_average_percent <= t.schedule_idle_cpu_average_percent
        and h.cpu_max_percent <= t.schedule_idle_cpu_max_percent
        and h.in_mib + h.out_mib <= t.schedule_idle_network_mib_per_hour,
      false
    ) as is_unused,
    (h.weekday = 5 and h.hour_of_day >= 6) or (h.weekday = 6 and h.hour_of_day < 18) as is_weekend
  from hours_of_week as h
  cross join waste_thresholds as t
),
profile as (
  select
    account_id,
    region_id,
    resource_id,
    sum(cpu_hours) as cpu_hours,
    sum(network_hours) as network_hours,
    count(case when is_unused then 1 end) as unused_hours,
    count(case when not is_unused then 1 end) as used_hours,
    count(case when is_unused and is_weekend then 1 end) as weekend_hours
  from marked
  group by account_id, region_id, resource_id
),
judged as (
  select
    c.account_id,
    c.region_id,
    c.resource_type,
    c.resource_id,
    c.environment,
    element_at(c.attributes, 'autoscaling_group') as autoscaling_group,
    c.commitment_note,
    p.unused_hours,
    p.used_hours,
    coalesce(p.cpu_hours, 0) as cpu_hours,
    t.schedule_window_days as window_days,
    t.schedule_idle_min_hours_per_week as limit_hours,
    k.is_known,
    coalesce(p.unused_hours, 0) / 168.0 as saving_ratio,
    coalesce(i.effective_cost, c.effective_cost) as effective_cost,
    coalesce(i.uncommitted_cost, c.uncommitted_cost) as uncommitted_cost,
    coalesce(i.committed_cost, c.committed_cost) as committed_cost,
    c.billing_currency
  from candidates as c
  cross join waste_thresholds as t
  left join profile as p
    on p.account_id = c.account_id and p.region_id = c.region_id and p.resource_id = c.utilization_id
  left join instance_charges as i
    on i.sub_account_id = c.account_id and i.resource_id = c.resource_id and i.billing_currency = c.billing_currency
  cross join lateral (
    select coalesce(least(p.cpu_hours, p.network_hours) >= t.metric_coverage_min_ratio * t.schedule_window_days * 24, false) as is_known
  ) as k
  where not k.is_known
    or (
      p.unused_hours >= t.schedule_idle_min_hours_per_week
      and p.used_hours >= t.schedule_used_min_hours_per_week
      and p.weekend_hours >= t.schedule_weekend_idle_min_ratio * 36
    )
)
select
  'ec2_nonproduction_schedule' as detector,
  j.resource_type as resource_type,
  j.resource_id as resource_id,
  j.account_id as sub_account_id,
  j.region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  case when j.is_known then 'waste' else 'unknown' end as judgement,
  'schedule' as action,
  'instance' as cost_part,
  case
    when j.is_known
      then concat('runs all week in ', j.environment, ' but is unused in ', cast(j.unused_hours as varchar), ' of 168 hours, weekends among them',
        j.commitment_note)
    else concat('not known when it is used: CPU and traffic are known for ', cast(cast(j.cpu_hours as integer) as varchar), ' of the last ',
      cast(cast(j.window_days * 24 as integer) as varchar), ' hours')
  end as reason,
  concat(coalesce(cast(j.unused_hours as varchar), 'unknown'), ' unused hours a week') as observed,
  concat('>= ', cast(cast(j.limit_hours as integer) as varchar), ' unused hours a week, the weekend among them') as threshold,
  j.effective_cost as part_cost,
  cast(case when j.is_known then cast(j.uncommitted_cost as decimal(24,12)) * cast(j.saving_ratio as decimal(9,6)) else 0 end as decimal(38,12)) as saving_cost,
  cast(case when j.is_known then cast(j.committed_cost as decimal(24,12)) * cast(j.saving_ratio as decimal(9,6)) else 0 end as decimal(38,12)) as deferred_saving_cost,
  j.billing_currency,
  cast(case when j.is_known then 0.8 else 0 end as double) as confidence,
  case
    when j.autoscaling_group is null
      then concat('aws scheduler create-schedule --region ', j.region_id, ' --name stop-', j.resource_id,
        ' --schedule-expression "cron(0 20 ? * MON-FRI *)" --flexible-time-window Mode=OFF',
        ' --target "Arn=arn:aws:scheduler:::aws-sdk:ec2:stopInstances,RoleArn=$ROLE_ARN,Input=''{\"InstanceIds\":[\"', j.resource_id,
        '\"]}''"  # and one that starts it')
    else concat('aws autoscaling put-scheduled-update-group-action --region ', j.region_id, ' --auto-scaling-group-name ',
      j.autoscaling_group, ' --scheduled-action-name night --recurrence "0 20 * * 1-5" --min-size 0 --desired-capacity 0',
      '  # and one that starts it')
  end as remedy,
  cast(json_object(
    'unused_hours_per_week', j.unused_hours,
    'used_hours_per_week', j.used_hours,
    'cpu_hours', round(j.cpu_hours, 1),
    'window_days', j.window_days,
    'saving_ratio', round(j.saving_ratio, 4)
  ) as varchar) as evidence
from judged as j
