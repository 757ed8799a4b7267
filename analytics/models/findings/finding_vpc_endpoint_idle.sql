with days as (
  select
    d.account_id,
    d.region_id,
    d.resource_id,
    d.date,
    sum(d.sum) / 1048576 as traffic_mib,
    max(case when d.metric = 'BytesProcessed' then d.datapoint_count else 0 end) as known_hours
  from utilization_days as d
  cross join run as r
  cross join waste_thresholds as t
  where d.namespace = 'AWS/PrivateLinkEndpoints'
    and d.metric in ('BytesProcessed')
    and date_diff('day', d.date, r.as_of_date) <= t.vpc_endpoint_window_days + 2
  group by d.account_id, d.region_id, d.resource_id, d.date
),
activity as (
  select account_id, region_id, resource_id, max(traffic_mib) as traffic_mib, sum(known_hours) as known_hours
  from days
  group by account_id, region_id, resource_id
),
judged as (
  select
    c.*,
    a.traffic_mib,
    coalesce(a.known_hours, 0) as known_hours,
    t.vpc_endpoint_window_days as window_days,
    t.vpc_endpoint_idle_mib_per_day as limit_mib,
    coalesce(a.known_hours, 0) >= t.metric_coverage_min_ratio * t.vpc_endpoint_window_days * 24 as is_known
  from costed_resources as c
  cross join waste_thresholds as t
  left join activity as a
    on a.account_id = c.account_id and a.region_id = c.region_id and a.resource_id = c.utilization_id
  where c.resource_type = 'ec2:vpc-endpoint'
    and coalesce(c.state, 'available') = 'available'
    and lower(coalesce(c.size_class, element_at(c.attributes, 'endpoint_type'), 'interface')) <> 'gateway'
    and c.kept_reason is null
    and coalesce(c.age_days, t.vpc_endpoint_window_days) >= t.vpc_endpoint_window_days
    and coalesce(a.traffic_mib, 0) <= t.vpc_endpoint_idle_mib_per_day
)
select
  'vpc_endpoint_idle' as detector,
  j.resource_type as resource_type,
  j.resource_id as resource_id,
  j.account_id as sub_account_id,
  j.region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  case when j.is_known then 'waste' else 'unknown' end as judgement,
  'delete' as action,
  'whole' as cost_part,
  case
    when j.is_known
      then concat('at most ', cast(round(j.traffic_mib, 2) as varchar), ' MiB a day went through it in ', cast(cast(j.window_days as integer) as varchar), ' days')
    else concat('not known whether it is idle: BytesProcessed is known for ', cast(j.known_hours as varchar), ' of the last ',
      cast(cast(j.window_days * 24 as integer) as varchar), ' hours')
  end as reason,
  concat(coalesce(cast(round(j.traffic_mib, 2) as varchar), 'unknown'), ' MiB/day') as observed,
  concat('<= ', cast(j.limit_mib as varchar), ' MiB/day for ', cast(cast(j.window_days as integer) as varchar), ' days') as threshold,
  j.effective_cost as part_cost,
  cast(case when j.is_known then j.uncommitted_cost else 0 end as decimal(38,12)) as saving_cost,
  cast(case when j.is_known then j.committed_cost else 0 end as decimal(38,12)) as deferred_saving_cost,
  j.billing_currency,
  cast(case when j.is_known then 0.9 else 0 end as double) as confidence,
  concat('aws ec2 delete-vpc-endpoints --region ', j.region_id, ' --vpc-endpoint-ids ', coalesce(j.utilization_id, j.resource_id)) as remedy,
  cast(json_object(
    'traffic_max_mib_per_day', round(j.traffic_mib, 3),
    'known_hours', j.known_hours,
    'window_days', j.window_days
  ) as varchar) as evidence
from judged as j
