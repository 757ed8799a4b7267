with use as (
  select account_id, region_id, resource_id, max(peak) as used_mib, max(hours) as memory_hours
  from managed_peaks
  where namespace = 'LambdaInsights' and metric = 'used_memory_max'
  group by account_id, region_id, resource_id
),
sized as (
  select
    r.account_id,
    r.region_id,
    r.resource_id,
    try_cast(element_at(r.attributes, 'memory_mib') as double) as memory_mib,
    u.used_mib,
    u.memory_hours,
    -- Memory comes in MiB; steps of 64 keep a change worth reading.
    case when u.used_mib is not null
      then greatest(ceil(u.used_mib * (1 + t.rightsize_memory_headroom_ratio) / 64) * 64, 128) end as target_mib
  from (select distinct account_id, region_id, resource_id, utilization_id, attributes from priced_resources
    where resource_type = 'lambda:function') as r
  left join use as u on u.account_id = r.account_id and u.region_id = r.region_id and u.resource_id = r.utilization_id
  cross join waste_thresholds as t
),
compute as (
  select
    resource_id,
    sub_account_id,
    region_id,
    billing_currency,
    sum(effective_cost) as effective_cost,
    sum(uncommitted_cost) as uncommitted_cost,
    sum(committed_cost) as committed_cost
  from resource_parts
  where part in ('compute', 'arm_compute')
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
    1 - z.target_mib / z.memory_mib as share,
    z.memory_mib as memory_mib,
    round(z.used_mib, 1) as used_mib,
    z.target_mib as target_mib,
    z.memory_hours as hours,
    concat('at most ', cast(round(z.used_mib) as integer), ' of ', cast(z.memory_mib as integer), ' MiB') as observed,
    concat('with ', 100 * t.rightsize_memory_headroom_ratio, ' % headroom <= ', 100 * t.lambda_memory_target_max_ratio, ' % of the memory') as threshold,
    concat('aws lambda update-function-configuration --function-name ', r.utilization_id, ' --memory-size ', coalesce(cast(cast(z.target_mib as integer) as varchar), 'MIB'), ' --region ', r.region_id) as remedy,
    'resize' as action,
    nullif(
      concat_ws(', ',
        case when coalesce(z.memory_hours, 0) < t.rightsize_data_min_hours then 'used_memory_max (Lambda Insights)' end
      ),
      ''
    ) as missing,
    z.target_mib > z.memory_mib * t.lambda_memory_target_max_ratio as is_used
  from priced_resources as r
  join compute as p
    on p.resource_id = r.resource_id
    and p.sub_account_id = r.account_id
    and p.region_id = r.region_id
    and p.billing_currency = r.billing_currency
  join sized as z on z.account_id = r.account_id and z.region_id = r.region_id and z.resource_id = r.resource_id
  cross join waste_thresholds as t
  where r.resource_type = 'lambda:function'
    and z.memory_mib > 128
    and coalesce(r.age_days, t.rightsize_min_age_days) >= t.rightsize_min_age_days
)
select
  'lambda_oversized' as detector,
  resource_type,
  resource_id,
  account_id as sub_account_id,
  region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  case when missing is null then 'waste' else 'unknown' end as judgement,
  action,
  'compute' as cost_part,
  case
    when missing is null
      then concat('Never more than ', cast(round(used_mib) as integer), ' of ', cast(memory_mib as integer), ' MiB used: ', cast(target_mib as integer), ' MiB suffice, if it does not wait for the processor.')
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
  cast(case when missing is null then 0.5 else 0 end as double) as confidence,
  remedy,
  cast(json_object(
    'memory_mib', memory_mib,
    'used_mib', used_mib,
    'target_mib', target_mib,
    'hours', hours
  ) as varchar) as evidence
from judged
where part_cost > 0 and not coalesce(is_used, missing is null)
