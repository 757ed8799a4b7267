with use as (
  select
    account_id,
    region_id,
    resource_id,
    max(case when metric = 'CPUUtilization' then peak end) as cpu_peak,
    max(case when metric = 'CPUUtilization' then hours end) as cpu_hours,
    min(case when metric = 'FreeableMemory' then minimum end) / 1073741824 as free_gib,
    max(case when metric = 'FreeableMemory' then hours end) as memory_hours
  from managed_peaks
  where namespace = 'AWS/RDS'
  group by account_id, region_id, resource_id
),
sized as (
  select
    r.account_id,
    r.region_id,
    r.resource_id,
    r.utilization_id,
    r.billing_currency,
    split_part(r.size_class, '.', 2) as family,
    s.factor,
    -- AWS gives a family the same memory for each unit of size.
    coalesce(
        try_cast(element_at(r.attributes, 'memory_mib') as double) / 1024,
        s.factor * case
          when regexp_matches(split_part(r.size_class, '.', 2), '^(t|m)') then 2
          when regexp_matches(split_part(r.size_class, '.', 2), '^(r|z)') then 4
          when regexp_matches(split_part(r.size_class, '.', 2), '^x') then 8
          when regexp_matches(split_part(r.size_class, '.', 2), '^c') then 1
        end
      ) as memory_gib
  from priced_resources as r
  join managed_sizes as s on s.size = split_part(r.size_class, '.', 3)
  where r.resource_type = 'rds:db'
),
targets as (
  select z.account_id, z.region_id, z.resource_id, z.billing_currency, min_by(s.size, s.factor) as size, min(s.factor) as factor
  from sized as z
  join use as u on u.account_id = z.account_id and u.region_id = z.region_id and u.resource_id = z.utilization_id
  join managed_sizes as s on s.factor < z.factor and (s.factor >= 4 or z.family like 't%')
  cross join waste_thresholds as t
  where u.cpu_peak * z.factor / s.factor <= 100 * (1 - t.rightsize_cpu_headroom_ratio)
    and (
      z.memory_gib - u.free_gib <= z.memory_gib * s.factor / z.factor * (1 - t.rightsize_memory_headroom_ratio)
      -- An engine sizes its cache by the class: one that leaves memory free does with half of it.
      or (u.free_gib >= z.memory_gib * t.rds_memory_free_min_ratio and s.factor >= z.factor / 2)
    )
  group by z.account_id, z.region_id, z.resource_id, z.billing_currency
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
    1 - g.factor / z.factor as share,
    round(u.cpu_peak, 2) as cpu_peak_percent,
    z.memory_gib as memory_gib,
    round(z.memory_gib - u.free_gib, 2) as memory_used_gib,
    least(u.cpu_hours, u.memory_hours) as hours,
    r.size_class as size,
    concat('db.', z.family, '.', g.size) as target_size,
    round(g.factor / z.factor, 4) as price_ratio,
    concat('CPU peak ', round(u.cpu_peak, 1), ' %, memory used ', round(z.memory_gib - u.free_gib, 1), ' of ', z.memory_gib, ' GiB') as observed,
    concat('CPU <= ', 100 * (1 - t.rightsize_cpu_headroom_ratio), ' % and memory <= ', 100 * (1 - t.rightsize_memory_headroom_ratio), ' % of the smaller class') as threshold,
    concat('aws rds modify-db-instance --db-instance-identifier ', r.utilization_id, ' --db-instance-class db.', z.family, '.', coalesce(g.size, 'SMALLER'), ' --region ', r.region_id) as remedy,
    'resize' as action,
    nullif(
      concat_ws(', ',
        case when coalesce(u.cpu_hours, 0) < t.rightsize_data_min_hours then 'CPUUtilization' end,
        case when coalesce(u.memory_hours, 0) < t.rightsize_data_min_hours then 'FreeableMemory' end,
        case when z.memory_gib is null then 'memory of the class' end
      ),
      ''
    ) as missing,
    case when u.cpu_peak is not null and u.free_gib is not null and z.memory_gib is not null then g.size is null end as is_used
  from priced_resources as r
  join resource_parts as p
    on p.resource_id = r.resource_id
    and p.sub_account_id = r.account_id
    and p.region_id = r.region_id
    and p.billing_currency = r.billing_currency
    and p.part = 'instance'
  join sized as z
    on z.account_id = r.account_id
    and z.region_id = r.region_id
    and z.resource_id = r.resource_id
    and z.billing_currency = r.billing_currency
  left join use as u on u.account_id = r.account_id and u.region_id = r.region_id and u.resource_id = r.utilization_id
  left join targets as g
    on g.account_id = r.account_id
    and g.region_id = r.region_id
    and g.resource_id = r.resource_id
    and g.billing_currency = r.billing_currency
  cross join waste_thresholds as t
  where r.resource_type = 'rds:db'
    and coalesce(r.state, 'available') = 'available'
    and not r.is_replica
    and coalesce(try_cast(element_at(r.attributes, 'cluster_member_count') as integer), 1) = 1
    and coalesce(r.age_days, t.rightsize_min_age_days) >= t.rightsize_min_age_days
)
select
  'rds_oversized' as detector,
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
      then concat('Highest CPU ', cpu_peak_percent, ' % and ', memory_used_gib, ' of ', memory_gib, ' GiB used: ', target_size, ' carries it at ', cast(round(100 * price_ratio) as integer), ' % of the price of ', size, '.')
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
    'memory_gib', memory_gib,
    'memory_used_gib', memory_used_gib,
    'hours', hours,
    'size', size,
    'target_size', target_size,
    'price_ratio', price_ratio
  ) as varchar) as evidence
from judged
where part_cost > 0 and not coalesce(is_used, missing is null)
