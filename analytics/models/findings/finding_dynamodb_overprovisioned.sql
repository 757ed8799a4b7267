with use as (
  select
    account_id,
    region_id,
    resource_id,
    max(case when metric = 'ConsumedReadCapacityUnits' then peak_rate end) as read_peak,
    max(case when metric = 'ConsumedReadCapacityUnits' then total end) as read_total,
    -- Consumption is published in hours with requests, what is provisioned in every hour.
    max(case when metric in ('ConsumedReadCapacityUnits', 'ProvisionedReadCapacityUnits') then hours end) as read_hours,
    max(case when metric = 'ProvisionedReadCapacityUnits' then average end) as read_provisioned,
    max(case when metric = 'ConsumedWriteCapacityUnits' then peak_rate end) as write_peak,
    max(case when metric = 'ConsumedWriteCapacityUnits' then total end) as write_total,
    max(case when metric in ('ConsumedWriteCapacityUnits', 'ProvisionedWriteCapacityUnits') then hours end) as write_hours,
    max(case when metric = 'ProvisionedWriteCapacityUnits' then average end) as write_provisioned
  from managed_peaks
  where namespace = 'AWS/DynamoDB'
  group by account_id, region_id, resource_id
),
capacity as (
  select
    resource_id,
    sub_account_id,
    region_id,
    billing_currency,
    sum(effective_cost) as effective_cost,
    sum(uncommitted_cost) as uncommitted_cost,
    sum(committed_cost) as committed_cost,
    cast(sum(case when part = 'read_capacity' then effective_cost else 0 end) as double) as read_cost,
    cast(sum(case when part = 'write_capacity' then effective_cost else 0 end) as double) as write_cost
  from resource_parts
  where part in ('read_capacity', 'write_capacity')
  group by resource_id, sub_account_id, region_id, billing_currency
),
needs as (
  select
    r.account_id,
    r.region_id,
    r.resource_id,
    u.read_hours,
    u.write_hours,
    coalesce(u.read_peak, 0) as read_peak,
    coalesce(u.write_peak, 0) as write_peak,
    -- Without the metric of what is provisioned, what the inventory saw counts.
    coalesce(u.read_provisioned, try_cast(element_at(r.attributes, 'read_capacity_units') as double)) as read_provisioned,
    coalesce(u.write_provisioned, try_cast(element_at(r.attributes, 'write_capacity_units') as double)) as write_provisioned,
    greatest(ceil(coalesce(u.read_peak, 0) * (1 + t.dynamodb_headroom_ratio)), 1) as read_target,
    greatest(ceil(coalesce(u.write_peak, 0) * (1 + t.dynamodb_headroom_ratio)), 1) as write_target,
    coalesce(u.read_total, 0) / (u.read_hours * 3600) as read_rate,
    coalesce(u.write_total, 0) / (u.write_hours * 3600) as write_rate
  from (select distinct account_id, region_id, resource_id, utilization_id, attributes from priced_resources
    where resource_type = 'dynamodb:table') as r
  join use as u on u.account_id = r.account_id and u.region_id = r.region_id and u.resource_id = r.utilization_id
  cross join waste_thresholds as t
),
-- Costs of 30 days of the same load: with a lower capacity, and by request. A unit that is consumed all the hour costs
-- 3.46 times as much by request as provisioned (0.125 a million against 0.00013 an hour; writes: 0.625 and 0.00065).
choices as (
  select
    n.*,
    c.billing_currency,
    c.read_cost * least(n.read_target / nullif(n.read_provisioned, 0), 1)
      + c.write_cost * least(n.write_target / nullif(n.write_provisioned, 0), 1) as resized_cost,
    3.4615 * (c.read_cost * n.read_rate / nullif(n.read_provisioned, 0)
      + c.write_cost * n.write_rate / nullif(n.write_provisioned, 0)) as on_demand_cost,
    c.read_cost + c.write_cost as provisioned_cost
  from needs as n
  join capacity as c on c.resource_id = n.resource_id and c.sub_account_id = n.account_id and c.region_id = n.region_id
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
    1 - least(c.resized_cost, c.on_demand_cost) / nullif(c.provisioned_cost, 0) as share,
    round(c.read_peak, 2) as read_peak_per_second,
    c.read_provisioned as read_provisioned,
    c.read_target as read_target,
    round(c.write_peak, 2) as write_peak_per_second,
    c.write_provisioned as write_provisioned,
    c.write_target as write_target,
    round(c.resized_cost, 4) as resized_cost,
    round(c.on_demand_cost, 4) as on_demand_cost,
    c.on_demand_cost < c.resized_cost as is_on_demand_cheaper,
    concat('peaks of ', round(c.read_peak, 1), ' of ', round(c.read_provisioned), ' reads/s and ', round(c.write_peak, 1), ' of ', round(c.write_provisioned), ' writes/s') as observed,
    concat('< ', t.dynamodb_oversized_min_percent, ' % of the cost to spare, with ', 100 * t.dynamodb_headroom_ratio, ' % headroom') as threshold,
    concat('aws dynamodb update-table --table-name ', r.utilization_id,
      case when c.on_demand_cost < c.resized_cost then ' --billing-mode PAY_PER_REQUEST'
        else concat(' --provisioned-throughput ReadCapacityUnits=', coalesce(cast(cast(c.read_target as bigint) as varchar), 'READS'),
          ',WriteCapacityUnits=', coalesce(cast(cast(c.write_target as bigint) as varchar), 'WRITES')) end,
      ' --region ', r.region_id) as remedy,
    case when c.on_demand_cost < c.resized_cost then 'configure' else 'resize' end as action,
    nullif(
      concat_ws(', ',
        case when coalesce(c.read_hours, 0) < t.metric_coverage_min_ratio * 24 * t.rightsize_min_age_days then 'ConsumedReadCapacityUnits' end,
        case when coalesce(c.write_hours, 0) < t.metric_coverage_min_ratio * 24 * t.rightsize_min_age_days then 'ConsumedWriteCapacityUnits' end,
        case when c.read_provisioned is null or c.write_provisioned is null then 'provisioned capacity' end
      ),
      ''
    ) as missing,
    1 - least(c.resized_cost, c.on_demand_cost) / nullif(c.provisioned_cost, 0) < t.dynamodb_oversized_min_percent / 100 as is_used
  from priced_resources as r
  join capacity as p
    on p.resource_id = r.resource_id
    and p.sub_account_id = r.account_id
    and p.region_id = r.region_id
    and p.billing_currency = r.billing_currency
  left join choices as c
    on c.account_id = r.account_id
    and c.region_id = r.region_id
    and c.resource_id = r.resource_id
    and c.billing_currency = r.billing_currency
  cross join waste_thresholds as t
  where r.resource_type = 'dynamodb:table'
    and not r.is_replica
    and coalesce(try_cast(element_at(r.attributes, 'replica_count') as integer), 0) = 0
    and coalesce(r.age_days, t.rightsize_min_age_days) >= t.rightsize_min_age_days
)
select
  'dynamodb_overprovisioned' as detector,
  resource_type,
  resource_id,
  account_id as sub_account_id,
  region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  case when missing is null then 'waste' else 'unknown' end as judgement,
  action,
  'requests' as cost_part,
  case
    when missing is null
      then concat('Of ', round(read_provisioned), ' reads and ', round(write_provisioned), ' writes a second provisioned, ', read_peak_per_second,
        ' and ', write_peak_per_second, ' were consumed: ',
        case when is_on_demand_cheaper then 'on-demand costs less.' else concat(read_target, ' and ', write_target, ' suffice.') end)
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
    'read_peak_per_second', read_peak_per_second,
    'read_provisioned', read_provisioned,
    'read_target', read_target,
    'write_peak_per_second', write_peak_per_second,
    'write_provisioned', write_provisioned,
    'write_target', write_target,
    'resized_cost', resized_cost,
    'on_demand_cost', on_demand_cost,
    'is_on_demand_cheaper', is_on_demand_cheaper
  ) as varchar) as evidence
from judged
where part_cost > 0 and not coalesce(is_used, missing is null)
