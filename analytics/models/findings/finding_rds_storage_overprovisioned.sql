with use as (
  select
    u.account_id,
    u.region_id,
    u.resource_id,
    min(u.minimum) / 1073741824 as free_gib,
    sum(u.datapoint_count) as free_hours
  from utilization_days as u
  cross join run as n
  cross join waste_thresholds as t
  where u.namespace = 'AWS/RDS'
    and u.metric = 'FreeStorageSpace'
    and date_diff('day', u.date, n.as_of_date) <= t.rightsize_window_days + 2
  group by u.account_id, u.region_id, u.resource_id
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
    1 - greatest(ceil((r.size_gib - u.free_gib) * (1 + t.rds_storage_headroom_ratio)), 20) / r.size_gib as share,
    r.size_gib as allocated_gib,
    round(u.free_gib, 2) as free_gib,
    greatest(ceil((r.size_gib - u.free_gib) * (1 + t.rds_storage_headroom_ratio)), 20) as target_gib,
    u.free_hours as hours,
    concat('at least ', round(u.free_gib), ' of ', r.size_gib, ' GiB free') as observed,
    concat('>= ', t.rds_storage_free_min_percent, ' % free, of at least ', t.rds_storage_min_gib, ' GiB') as threshold,
    concat('aws rds create-blue-green-deployment --blue-green-deployment-name ', r.utilization_id, '-smaller --source ', r.resource_id, ' --target-allocated-storage ', coalesce(cast(cast(greatest(ceil((r.size_gib - u.free_gib) * (1 + t.rds_storage_headroom_ratio)), 20) as bigint) as varchar), 'GIB'), ' --region ', r.region_id) as remedy,
    'resize' as action,
    nullif(
      concat_ws(', ',
        case when coalesce(u.free_hours, 0) < t.metric_coverage_min_ratio * 24 * t.rightsize_min_age_days then 'FreeStorageSpace' end
      ),
      ''
    ) as missing,
    u.free_gib < r.size_gib * t.rds_storage_free_min_percent / 100 as is_used
  from priced_resources as r
  join resource_parts as p
    on p.resource_id = r.resource_id
    and p.sub_account_id = r.account_id
    and p.region_id = r.region_id
    and p.billing_currency = r.billing_currency
    and p.part = 'storage'
  left join use as u on u.account_id = r.account_id and u.region_id = r.region_id and u.resource_id = r.utilization_id
  cross join waste_thresholds as t
  where r.resource_type = 'rds:db'
    and element_at(r.attributes, 'cluster_id') is null
    and r.size_gib >= t.rds_storage_min_gib
    and coalesce(r.age_days, t.rightsize_min_age_days) >= t.rightsize_min_age_days
)
select
  'rds_storage_overprovisioned' as detector,
  resource_type,
  resource_id,
  account_id as sub_account_id,
  region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  case when missing is null then 'waste' else 'unknown' end as judgement,
  action,
  'storage' as cost_part,
  case
    when missing is null
      then concat('Never less than ', free_gib, ' of ', allocated_gib, ' GiB were free: ', target_gib, ' GiB leave room.')
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
    'allocated_gib', allocated_gib,
    'free_gib', free_gib,
    'target_gib', target_gib,
    'hours', hours
  ) as varchar) as evidence
from judged
where part_cost > 0 and not coalesce(is_used, missing is null)
