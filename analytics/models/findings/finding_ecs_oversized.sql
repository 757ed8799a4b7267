with use as (
  select
    account_id,
    region_id,
    resource_id,
    max(case when metric = 'CPUUtilization' then peak end) as cpu_peak,
    max(case when metric = 'CPUUtilization' then hours end) as cpu_hours,
    max(case when metric = 'MemoryUtilization' then peak end) as memory_peak,
    max(case when metric = 'MemoryUtilization' then hours end) as memory_hours
  from managed_peaks
  where namespace = 'AWS/ECS'
  group by account_id, region_id, resource_id
),
-- What Fargate offers: CPU units, and from how much to how much memory in which steps.
offers as (
  select cast(cpu_units as double) as cpu_units, cast(memory_min as double) as memory_min,
    cast(memory_max as double) as memory_max, cast(memory_step as double) as memory_step
  from (
    values (256, 512, 2048, 512), (512, 1024, 4096, 1024), (1024, 2048, 8192, 1024), (2048, 4096, 16384, 1024),
      (4096, 8192, 30720, 1024), (8192, 16384, 61440, 4096), (16384, 32768, 122880, 8192)
  ) as offer (cpu_units, memory_min, memory_max, memory_step)
),
sized as (
  select
    r.account_id,
    r.region_id,
    r.resource_id,
    try_cast(element_at(r.attributes, 'cpu_units') as double) as cpu_units,
    try_cast(element_at(r.attributes, 'memory_mib') as double) as memory_mib,
    u.cpu_peak,
    u.cpu_hours,
    u.memory_peak,
    u.memory_hours,
    try_cast(element_at(r.attributes, 'cpu_units') as double) * u.cpu_peak / 100 / (1 - t.rightsize_cpu_headroom_ratio) as cpu_need,
    try_cast(element_at(r.attributes, 'memory_mib') as double) * u.memory_peak / 100
      / (1 - t.rightsize_memory_headroom_ratio) as memory_need
  from (select distinct account_id, region_id, resource_id, utilization_id, attributes from priced_resources
    where resource_type = 'ecs:service') as r
  left join use as u on u.account_id = r.account_id and u.region_id = r.region_id and u.resource_id = r.utilization_id
  cross join waste_thresholds as t
),
targets as (
  select
    z.account_id,
    z.region_id,
    z.resource_id,
    min(o.cpu_units) as cpu_units,
    min_by(greatest(ceil(z.memory_need / o.memory_step) * o.memory_step, o.memory_min), o.cpu_units) as memory_mib
  from sized as z
  join offers as o on o.cpu_units <= z.cpu_units and o.cpu_units >= z.cpu_need and o.memory_max >= z.memory_need
    and greatest(ceil(z.memory_need / o.memory_step) * o.memory_step, o.memory_min) <= z.memory_mib
  group by z.account_id, z.region_id, z.resource_id
),
parts as (
  select
    resource_id,
    sub_account_id,
    region_id,
    billing_currency,
    sum(effective_cost) as effective_cost,
    sum(uncommitted_cost) as uncommitted_cost,
    sum(committed_cost) as committed_cost,
    cast(sum(case when part = 'cpu' then effective_cost else 0 end) as double) as cpu_cost,
    cast(sum(case when part = 'memory' then effective_cost else 0 end) as double) as memory_cost
  from resource_parts
  where part in ('cpu', 'memory')
  group by resource_id, sub_account_id, region_id, billing_currency
),
judged as (
  select
    r.account_id,
    r.region_id,
    r.resource_type,
    r.resource_id,
    r.billing_currency,
    cast(p.effective_cost as decimal(38,12)) as part_cost,
    cast(p.uncommitted_cost as decimal(38,12)) as free_cost,
    cast(p.committed_cost as decimal(38,12)) as bound_cost,
    (p.cpu_cost * (1 - g.cpu_units / z.cpu_units) + p.memory_cost * (1 - g.memory_mib / z.memory_mib))
      / nullif(p.cpu_cost + p.memory_cost, 0) as share,
    round(z.cpu_peak, 2) as cpu_peak_percent,
    round(z.memory_peak, 2) as memory_peak_percent,
    z.cpu_units as cpu_units,
    z.memory_mib as memory_mib,
    g.cpu_units as target_cpu_units,
    g.memory_mib as target_memory_mib,
    least(z.cpu_hours, z.memory_hours) as hours,
    concat('CPU peak ', round(z.cpu_peak, 1), ' % of ', cast(z.cpu_units as integer), ' units, memory ', round(z.memory_peak, 1), ' % of ', cast(z.memory_mib as integer), ' MiB') as observed,
    concat('CPU <= ', 100 * (1 - t.rightsize_cpu_headroom_ratio), ' %, memory <= ', 100 * (1 - t.rightsize_memory_headroom_ratio), ' % of a smaller task') as threshold,
    concat('aws ecs register-task-definition --cli-input-json file://task-definition.json --cpu ', coalesce(cast(cast(g.cpu_units as integer) as varchar), 'UNITS'),
      ' --memory ', coalesce(cast(cast(g.memory_mib as integer) as varchar), 'MIB'), ' --region ', r.region_id, ' && aws ecs update-service --cluster ', element_at(r.attributes, 'cluster'), ' --service ', split_part(r.utilization_id, '/', 2), ' --task-definition NAME --region ', r.region_id) as remedy,
    'resize' as action,
    nullif(
      concat_ws(', ',
        case when coalesce(z.cpu_hours, 0) < t.rightsize_data_min_hours then 'CPUUtilization' end,
        case when coalesce(z.memory_hours, 0) < t.rightsize_data_min_hours then 'MemoryUtilization' end,
        case when z.cpu_units is null or z.memory_mib is null then 'size of the tasks' end
      ),
      ''
    ) as missing,
    case
      when z.cpu_need is not null and z.memory_need is not null
        then coalesce(g.cpu_units >= z.cpu_units and g.memory_mib >= z.memory_mib, true)
    end as is_used
  from priced_resources as r
  join parts as p
    on p.resource_id = r.resource_id
    and p.sub_account_id = r.account_id
    and p.region_id = r.region_id
    and p.billing_currency = r.billing_currency
  join sized as z on z.account_id = r.account_id and z.region_id = r.region_id and z.resource_id = r.resource_id
  left join targets as g on g.account_id = r.account_id and g.region_id = r.region_id and g.resource_id = r.resource_id
  cross join waste_thresholds as t
  where r.resource_type = 'ecs:service'
    and element_at(r.attributes, 'launch_type') = 'FARGATE'
    and coalesce(r.age_days, t.rightsize_min_age_days) >= t.rightsize_min_age_days
)
select
  'ecs_oversized' as detector,
  resource_type,
  resource_id,
  account_id as sub_account_id,
  region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  case when missing is null then 'waste' else 'unknown' end as judgement,
  action,
  'instance' as cost_part,
  case
    when missing is null
      then concat('Tasks of ', cast(cpu_units as integer), ' units and ', cast(memory_mib as integer), ' MiB peak at ', cpu_peak_percent, ' % and ', memory_peak_percent,
        ' %: ', cast(target_cpu_units as integer), ' units and ', cast(target_memory_mib as integer), ' MiB carry it.')
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
  cast(case when missing is null then 0.75 else 0 end as double) as confidence,
  remedy,
  cast(json_object(
    'cpu_peak_percent', cpu_peak_percent,
    'memory_peak_percent', memory_peak_percent,
    'cpu_units', cpu_units,
    'memory_mib', memory_mib,
    'target_cpu_units', target_cpu_units,
    'target_memory_mib', target_memory_mib,
    'hours', hours
  ) as varchar) as evidence
from judged
where part_cost > 0 and not coalesce(is_used, missing is null)
