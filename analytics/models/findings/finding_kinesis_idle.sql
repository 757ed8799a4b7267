with use as (
  select
    u.account_id,
    u.region_id,
    u.resource_id,
    sum(case when u.metric = 'IncomingRecords' then u.sum end) as records,
    sum(case when u.metric = 'IncomingRecords' and u.sum is not null then u.datapoint_count end) as records_hours
  from utilization_days as u
  cross join run as n
  cross join waste_thresholds as t
  where u.namespace = 'AWS/Kinesis' and date_diff('day', u.date, n.as_of_date) <= t.kinesis_idle_window_days + 2
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
    u.records as records,
    try_cast(element_at(r.attributes, 'shard_count') as integer) as shard_count,
    cast(t.kinesis_idle_window_days as integer) as window_days,
    concat(cast(u.records as bigint), ' records') as observed,
    concat('0 in ', cast(t.kinesis_idle_window_days as integer), ' days') as threshold,
    concat('aws kinesis delete-stream --stream-name ', r.utilization_id, ' --region ', r.region_id) as remedy,
    'delete' as action,
    nullif(
      concat_ws(', ',
        case when coalesce(u.records_hours, 0) < t.metric_coverage_min_ratio * 24 * t.kinesis_idle_window_days then 'IncomingRecords' end
      ),
      ''
    ) as missing,
    u.records > 0 as is_used
  from priced_resources as r
  left join use as u on u.account_id = r.account_id and u.region_id = r.region_id and u.resource_id = r.utilization_id
  cross join waste_thresholds as t
  where r.resource_type = 'kinesis:stream'
    and coalesce(r.age_days, t.kinesis_idle_window_days) >= t.kinesis_idle_window_days
)
select
  'kinesis_idle' as detector,
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
      then concat('Nobody put a record in ', window_days, ' days.')
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
  cast(case when missing is null then 0.85 else 0 end as double) as confidence,
  remedy,
  cast(json_object('records', records, 'shard_count', shard_count, 'window_days', window_days) as varchar) as evidence
from judged
where part_cost > 0 and not coalesce(is_used, missing is null)
