with use as (
  select
    u.account_id,
    u.region_id,
    u.resource_id,
    sum(case when u.metric = 'ConsumedReadCapacityUnits' then u.sum end) as reads,
    sum(case when u.metric = 'ConsumedReadCapacityUnits' and u.sum is not null then u.datapoint_count end) as reads_hours,
    sum(case when u.metric = 'ConsumedWriteCapacityUnits' then u.sum end) as writes,
    sum(case when u.metric = 'ConsumedWriteCapacityUnits' and u.sum is not null then u.datapoint_count end) as writes_hours,
    avg(case when u.metric = 'ProvisionedReadCapacityUnits' then u.average end) as provisioned,
    sum(case when u.metric = 'ProvisionedReadCapacityUnits' and u.average is not null then u.datapoint_count end) as provisioned_hours
  from utilization_days as u
  cross join run as n
  cross join waste_thresholds as t
  where u.namespace = 'AWS/DynamoDB' and date_diff('day', u.date, n.as_of_date) <= t.dynamodb_idle_window_days + 2
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
    coalesce(u.reads, 0) as reads,
    coalesce(u.writes, 0) as writes,
    try_cast(element_at(r.attributes, 'item_count') as bigint) as item_count,
    cast(t.dynamodb_idle_window_days as integer) as window_days,
    concat(cast(coalesce(u.reads, 0) as bigint), ' units read, ', cast(coalesce(u.writes, 0) as bigint), ' written') as observed,
    concat('<= ', t.dynamodb_idle_units_per_day, ' units a day for ', cast(t.dynamodb_idle_window_days as integer), ' days') as threshold,
    concat('aws dynamodb create-backup --table-name ', r.utilization_id, ' --backup-name ', r.utilization_id, '-final --region ', r.region_id, ' && aws dynamodb delete-table --table-name ', r.utilization_id, ' --region ', r.region_id) as remedy,
    'delete' as action,
    nullif(
      concat_ws(', ',
        case when coalesce(greatest(u.reads_hours, u.provisioned_hours), 0) < t.metric_coverage_min_ratio * 24 * t.dynamodb_idle_window_days then 'ConsumedReadCapacityUnits' end,
        case when coalesce(greatest(u.writes_hours, u.provisioned_hours), 0) < t.metric_coverage_min_ratio * 24 * t.dynamodb_idle_window_days then 'ConsumedWriteCapacityUnits' end
      ),
      ''
    ) as missing,
    coalesce(u.reads, 0) + coalesce(u.writes, 0) > t.dynamodb_idle_units_per_day * t.dynamodb_idle_window_days as is_used
  from priced_resources as r
  left join use as u on u.account_id = r.account_id and u.region_id = r.region_id and u.resource_id = r.utilization_id
  cross join waste_thresholds as t
  where r.resource_type = 'dynamodb:table'
    and coalesce(r.state, 'active') = 'active'
    and not r.is_replica
    and coalesce(try_cast(element_at(r.attributes, 'replica_count') as integer), 0) = 0
    and coalesce(r.age_days, t.dynamodb_idle_window_days) >= t.dynamodb_idle_window_days
)
select
  'dynamodb_idle' as detector,
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
      then concat(cast(reads as bigint), ' units read and ', cast(writes as bigint), ' written in ', window_days, ' days.')
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
  cast(json_object(
    'reads', reads,
    'writes', writes,
    'item_count', item_count,
    'window_days', window_days
  ) as varchar) as evidence
from judged
where part_cost > 0 and not coalesce(is_used, missing is null)
