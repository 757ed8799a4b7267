with use as (
  select
    u.account_id,
    u.region_id,
    u.resource_id,
    max(case when u.metric = 'CPUUtilization' then u.maximum end) as cpu,
    sum(case when u.metric = 'CPUUtilization' and u.maximum is not null then u.datapoint_count end) as cpu_hours,
    max(case when u.metric = 'MemoryUtilization' then u.maximum end) as memory,
    sum(case when u.metric = 'MemoryUtilization' and u.maximum is not null then u.datapoint_count end) as memory_hours
  from utilization_days as u
  cross join run as n
  cross join waste_thresholds as t
  where u.namespace = 'AWS/ECS' and date_diff('day', u.date, n.as_of_date) <= t.ecs_idle_window_days + 2
  group by u.account_id, u.region_id, u.resource_id
),
judged as (
  select
    r.account_id,
    r.region_id,
    r.resource_type,
    r.resource_id,
    r.billing_currency,
    r.effective_cost as part_cost,
    r.uncommitted_cost as free_cost,
    r.committed_cost as bound_cost,
    1 as share,
    round(u.cpu, 3) as cpu_max_percent,
    round(u.memory, 3) as memory_max_percent,
    try_cast(element_at(r.attributes, 'running_count') as integer) as running_count,
    cast(t.ecs_idle_window_days as integer) as window_days,
    concat('highest CPU ', round(u.cpu, 2), ' %, highest memory ', round(u.memory, 2), ' %') as observed,
    concat('CPU <= ', t.ecs_idle_cpu_max_percent, ' % and memory <= ', t.ecs_idle_memory_max_percent, ' % for ', cast(t.ecs_idle_window_days as integer), ' days') as threshold,
    concat('aws ecs update-service --cluster ', element_at(r.attributes, 'cluster'), ' --service ', split_part(r.utilization_id, '/', 2), ' --desired-count 0 --region ', r.region_id) as remedy,
    'stop' as action,
    nullif(
      concat_ws(', ',
        case when coalesce(u.cpu_hours, 0) < t.metric_coverage_min_ratio * 24 * t.ecs_idle_window_days then 'CPUUtilization' end,
        case when coalesce(u.memory_hours, 0) < t.metric_coverage_min_ratio * 24 * t.ecs_idle_window_days then 'MemoryUtilization' end
      ),
      ''
    ) as missing,
    u.cpu > t.ecs_idle_cpu_max_percent or u.memory > t.ecs_idle_memory_max_percent as is_used
  from priced_resources as r
  left join use as u on u.account_id = r.account_id and u.region_id = r.region_id and u.resource_id = r.utilization_id
  cross join waste_thresholds as t
  where r.resource_type = 'ecs:service'
    and element_at(r.attributes, 'launch_type') = 'FARGATE'
    and coalesce(r.age_days, t.ecs_idle_window_days) >= t.ecs_idle_window_days
)
select
  'ecs_idle' as detector,
  resource_type,
  resource_id,
  account_id as sub_account_id,
  region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  case when missing is null then 'waste' else 'unknown' end as judgement,
  action,
  'whole' as cost_part,
  case
    when missing is null
      then concat('Never more than ', cpu_max_percent, ' % of CPU and ', memory_max_percent, ' % of memory in ', window_days, ' days.')
    else concat('Not enough data of ', missing, ' to judge it.')
  end as reason,
  case when missing is null then observed else concat('no data: ', missing) end as observed,
  threshold,
  part_cost,
  cast(
    case when missing is null then least(greatest(free_cost, 0), part_cost) * cast(least(greatest(share, 0), 1) as decimal(9,6))
      else 0 end as decimal(38,12)
  ) as saving_cost,
  cast(
    case when missing is null then least(greatest(bound_cost, 0), part_cost) * cast(least(greatest(share, 0), 1) as decimal(9,6))
      else 0 end as decimal(38,12)
  ) as deferred_saving_cost,
  billing_currency,
  cast(case when missing is null then 0.9 else 0 end as double) as confidence,
  remedy,
  cast(json_object(
    'cpu_max_percent', cpu_max_percent,
    'memory_max_percent', memory_max_percent,
    'running_count', running_count,
    'window_days', window_days
  ) as varchar) as evidence
from judged
where part_cost > 0 and not coalesce(is_used, missing is null)
