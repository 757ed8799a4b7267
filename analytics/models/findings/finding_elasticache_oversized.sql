with use as (
  select
    account_id,
    region_id,
    resource_id,
    max(case when metric = 'CPUUtilization' then peak end) as cpu_peak,
    max(case when metric = 'CPUUtilization' then hours end) as cpu_hours,
    max(case when metric = 'EngineCPUUtilization' then peak end) as engine_cpu_peak,
    max(case when metric = 'DatabaseMemoryUsagePercentage' then peak end) as memory_peak,
    max(case when metric = 'DatabaseMemoryUsagePercentage' then hours end) as memory_hours
  from managed_peaks
  where namespace = 'AWS/ElastiCache'
  group by account_id, region_id, resource_id
),
targets as (
  select
    r.account_id,
    r.region_id,
    r.resource_id,
    r.billing_currency,
    max(c.factor) as current_factor,
    min_by(s.size, s.factor) as size,
    min(s.factor) as factor
  from priced_resources as r
  join managed_sizes as c on c.size = split_part(r.size_class, '.', 3)
  join use as u on u.account_id = r.account_id and u.region_id = r.region_id and u.resource_id = r.utilization_id
  join managed_sizes as s on s.factor < c.factor and (s.factor >= 4 or split_part(r.size_class, '.', 2) like 't%')
  cross join waste_thresholds as t
  where r.resource_type = 'elasticache:cluster'
    and greatest(u.cpu_peak, coalesce(u.engine_cpu_peak, 0)) * c.factor / s.factor <= 100 * (1 - t.rightsize_cpu_headroom_ratio)
    and u.memory_peak * c.factor / s.factor <= 100 * (1 - t.rightsize_memory_headroom_ratio)
  group by r.account_id, r.region_id, r.resource_id, r.billing_currency
),
judged as (
  select
    r.account_id,
    r.region_id,
    r.resource_type,
    r.resource_id,
    r.billing_currency,
    p.effective_cost as part_cost,
    p.uncommitted_cost as free_cost,
    p.committed_cost as bound_cost,
    1 - g.factor / c.factor as share,
    round(u.cpu_peak, 2) as cpu_peak_percent,
    round(u.engine_cpu_peak, 2) as engine_cpu_peak_percent,
    round(u.memory_peak, 2) as memory_peak_percent,
    r.size_class as size,
    concat('cache.', split_part(r.size_class, '.', 2), '.', g.size) as target_size,
    round(g.factor / c.factor, 4) as price_ratio,
    least(u.cpu_hours, u.memory_hours) as hours,
    concat('CPU peak ', round(u.cpu_peak, 1), ' %, memory peak ', round(u.memory_peak, 1), ' %') as observed,
    concat('CPU <= ', 100 * (1 - t.rightsize_cpu_headroom_ratio), ' %, memory <= ', 100 * (1 - t.rightsize_memory_headroom_ratio), ' % of a smaller node') as threshold,
    case when element_at(r.attributes, 'replication_group_id') is null
      then concat('aws elasticache modify-cache-cluster --cache-cluster-id ', r.utilization_id)
      else concat('aws elasticache modify-replication-group --replication-group-id ', element_at(r.attributes, 'replication_group_id')) end
      || concat(' --cache-node-type cache.', split_part(r.size_class, '.', 2), '.', coalesce(g.size, 'SMALLER'), ' --apply-immediately --region ', r.region_id) as remedy,
    'resize' as action,
    nullif(
      concat_ws(', ',
        case when coalesce(u.cpu_hours, 0) < t.rightsize_data_min_hours then 'CPUUtilization' end,
        case when coalesce(u.memory_hours, 0) < t.rightsize_data_min_hours then 'DatabaseMemoryUsagePercentage' end
      ),
      ''
    ) as missing,
    case when u.cpu_peak is not null and u.memory_peak is not null then g.size is null end as is_used
  from priced_resources as r
  join resource_parts as p
    on p.resource_id = r.resource_id
    and p.sub_account_id = r.account_id
    and p.region_id = r.region_id
    and p.billing_currency = r.billing_currency
    and p.part = 'instance'
  join managed_sizes as c on c.size = split_part(r.size_class, '.', 3)
  left join use as u on u.account_id = r.account_id and u.region_id = r.region_id and u.resource_id = r.utilization_id
  left join targets as g
    on g.account_id = r.account_id
    and g.region_id = r.region_id
    and g.resource_id = r.resource_id
    and g.billing_currency = r.billing_currency
  cross join waste_thresholds as t
  where r.resource_type = 'elasticache:cluster'
    and not r.is_replica
    and coalesce(r.age_days, t.rightsize_min_age_days) >= t.rightsize_min_age_days
)
select
  'elasticache_oversized' as detector,
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
      then concat('Highest CPU ', cpu_peak_percent, ' % and memory ', memory_peak_percent, ' %: ', target_size, ' carries it at ', cast(round(100 * price_ratio) as integer), ' % of the price of ', size, '.')
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
  cast(case when missing is null then 0.7 else 0 end as double) as confidence,
  remedy,
  cast(json_object(
    'cpu_peak_percent', cpu_peak_percent,
    'engine_cpu_peak_percent', engine_cpu_peak_percent,
    'memory_peak_percent', memory_peak_percent,
    'size', size,
    'target_size', target_size,
    'price_ratio', price_ratio,
    'hours', hours
  ) as varchar) as evidence
from judged
where part_cost > 0 and not coalesce(is_used, missing is null)
