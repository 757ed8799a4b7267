with use as (
  select
    account_id,
    region_id,
    resource_id,
    max(case when metric = 'IncomingBytes' then peak_rate end) as bytes_rate,
    max(case when metric = 'IncomingBytes' then hours end) as bytes_hours,
    max(case when metric = 'IncomingRecords' then peak_rate end) as records_rate,
    max(case when metric = 'IncomingRecords' then hours end) as records_hours
  from managed_peaks
  where namespace = 'AWS/Kinesis'
  group by account_id, region_id, resource_id
),
needs as (
  select
    u.*,
    greatest(
      ceil(u.bytes_rate * (1 + t.kinesis_headroom_ratio) / t.kinesis_shard_bytes_per_second),
      ceil(u.records_rate * (1 + t.kinesis_headroom_ratio) / t.kinesis_shard_records_per_second),
      1
    ) as target_shards
  from use as u
  cross join waste_thresholds as t
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
    1 - u.target_shards / try_cast(element_at(r.attributes, 'shard_count') as double) as share,
    try_cast(element_at(r.attributes, 'shard_count') as integer) as shard_count,
    u.target_shards as target_shards,
    round(u.bytes_rate) as bytes_per_second,
    round(u.records_rate, 1) as records_per_second,
    concat(round(u.bytes_rate / 1000), ' kB/s and ', round(u.records_rate, 1), ' records/s in the busiest hour') as observed,
    concat(element_at(r.attributes, 'shard_count'), ' shards of 1 MB/s and 1,000 records/s, with ', 100 * t.kinesis_headroom_ratio, ' % headroom') as threshold,
    concat('aws kinesis update-shard-count --stream-name ', r.utilization_id, ' --scaling-type UNIFORM_SCALING --target-shard-count ', coalesce(cast(cast(greatest(u.target_shards, ceil(try_cast(element_at(r.attributes, 'shard_count') as double) / 2)) as integer) as varchar), 'N'), ' --region ', r.region_id,
      case when u.target_shards < ceil(try_cast(element_at(r.attributes, 'shard_count') as double) / 2)
        then concat('  # then ', cast(cast(u.target_shards as integer) as varchar), ': one call can halve at most') else '' end) as remedy,
    'resize' as action,
    nullif(
      concat_ws(', ',
        case when coalesce(u.bytes_hours, 0) < t.metric_coverage_min_ratio * 24 * t.rightsize_min_age_days then 'IncomingBytes' end,
        case when coalesce(u.records_hours, 0) < t.metric_coverage_min_ratio * 24 * t.rightsize_min_age_days then 'IncomingRecords' end
      ),
      ''
    ) as missing,
    case when u.bytes_rate is not null and u.records_rate is not null
      then u.target_shards >= try_cast(element_at(r.attributes, 'shard_count') as double) end as is_used
  from priced_resources as r
  join resource_parts as p
    on p.resource_id = r.resource_id
    and p.sub_account_id = r.account_id
    and p.region_id = r.region_id
    and p.billing_currency = r.billing_currency
    and p.part = 'shards'
  left join needs as u on u.account_id = r.account_id and u.region_id = r.region_id and u.resource_id = r.utilization_id
  cross join waste_thresholds as t
  where r.resource_type = 'kinesis:stream'
    and coalesce(element_at(r.attributes, 'mode'), 'PROVISIONED') = 'PROVISIONED'
    and try_cast(element_at(r.attributes, 'shard_count') as double) > 1
    and coalesce(r.age_days, t.rightsize_min_age_days) >= t.rightsize_min_age_days
)
select
  'kinesis_overprovisioned' as detector,
  resource_type,
  resource_id,
  account_id as sub_account_id,
  region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  case when missing is null then 'waste' else 'unknown' end as judgement,
  action,
  'shards' as cost_part,
  case
    when missing is null
      then concat('The busiest hour took ', cast(round(bytes_per_second / 1000) as bigint), ' kB and ', records_per_second, ' records a second: ', cast(target_shards as integer), ' of ', shard_count, ' shards carry it.')
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
  cast(case when missing is null then 0.65 else 0 end as double) as confidence,
  remedy,
  cast(json_object(
    'shard_count', shard_count,
    'target_shards', target_shards,
    'bytes_per_second', bytes_per_second,
    'records_per_second', records_per_second
  ) as varchar) as evidence
from judged
where part_cost > 0 and not coalesce(is_used, missing is null)
