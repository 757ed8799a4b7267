with use as (
  select
    account_id,
    region_id,
    resource_id,
    max(case when metric = 'ReadIOPS' then peak end) as read_rate,
    max(case when metric = 'ReadIOPS' then hours end) as read_hours,
    max(case when metric = 'WriteIOPS' then peak end) as write_rate,
    max(case when metric = 'WriteIOPS' then hours end) as write_hours
  from managed_peaks
  where namespace = 'AWS/RDS'
  group by account_id, region_id, resource_id
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
    1 as share,
    round(u.read_rate, 1) as read_peak_per_second,
    round(u.write_rate, 1) as write_peak_per_second,
    try_cast(element_at(r.attributes, 'iops') as double) as provisioned_per_second,
    t.rds_iops_baseline_per_second as included_per_second,
    concat('peak of ', round(u.read_rate + u.write_rate), ' operations/s') as observed,
    concat('<= ', t.rds_iops_baseline_per_second * (1 - t.rds_iops_headroom_ratio), ' operations/s') as threshold,
    concat('aws rds modify-db-instance --db-instance-identifier ', r.utilization_id, ' --storage-type gp3 --region ', r.region_id) as remedy,
    'retype' as action,
    nullif(
      concat_ws(', ',
        case when coalesce(u.read_hours, 0) < t.rightsize_data_min_hours then 'ReadIOPS' end,
        case when coalesce(u.write_hours, 0) < t.rightsize_data_min_hours then 'WriteIOPS' end
      ),
      ''
    ) as missing,
    coalesce(u.read_rate, 0) + coalesce(u.write_rate, 0) > t.rds_iops_baseline_per_second * (1 - t.rds_iops_headroom_ratio)
    or (case when u.read_rate is not null and u.write_rate is not null then false end) as is_used
  from priced_resources as r
  join resource_parts as p
    on p.resource_id = r.resource_id
    and p.sub_account_id = r.account_id
    and p.region_id = r.region_id
    and p.billing_currency = r.billing_currency
    and p.part = 'iops'
  left join use as u on u.account_id = r.account_id and u.region_id = r.region_id and u.resource_id = r.utilization_id
  cross join waste_thresholds as t
  where r.resource_type = 'rds:db'
    and element_at(r.attributes, 'cluster_id') is null
    and not r.is_replica
    and coalesce(r.age_days, t.rightsize_min_age_days) >= t.rightsize_min_age_days
)
select
  'rds_provisioned_iops' as detector,
  resource_type,
  resource_id,
  account_id as sub_account_id,
  region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  case when missing is null then 'waste' else 'unknown' end as judgement,
  action,
  'iops' as cost_part,
  case
    when missing is null
      then concat('Reads peak at ', read_peak_per_second, ' and writes at ', write_peak_per_second, ' a second; gp3 includes ', included_per_second, '.')
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
  cast(case when missing is null then 0.8 else 0 end as double) as confidence,
  remedy,
  cast(json_object(
    'read_peak_per_second', read_peak_per_second,
    'write_peak_per_second', write_peak_per_second,
    'provisioned_per_second', provisioned_per_second,
    'included_per_second', included_per_second
  ) as varchar) as evidence
from judged
where part_cost > 0 and not coalesce(is_used, missing is null)
