-- AWS reports requests only while there are some. Silence is none where the balancer has been heard of and metrics of its
-- region were collected meanwhile; a balancer that was never heard of is not known.
with collected as (
  select m.account_id, m.region_id, count(*) as day_count
  from metric_days as m
  cross join run as r
  cross join waste_thresholds as t
  where date_diff('day', m.date, r.as_of_date) <= t.load_balancer_window_days + 2
  group by m.account_id, m.region_id
),
days as (
  select
    d.account_id,
    d.region_id,
    d.resource_id,
    d.namespace,
    d.date,
    sum(case when d.metric in ('RequestCount', 'NewFlowCount') then d.sum end) as request_count,
    sum(case when d.metric in ('ProcessedBytes', 'EstimatedProcessedBytes') then d.sum end) / 1048576 as traffic_mib,
    max(case when d.metric in ('RequestCount', 'NewFlowCount') then d.datapoint_count else 0 end) as request_hours,
    date_diff('day', d.date, r.as_of_date) <= t.load_balancer_window_days + 2 as is_in_window
  from utilization_days as d
  cross join run as r
  cross join waste_thresholds as t
  where d.namespace in ('AWS/ApplicationELB', 'AWS/NetworkELB', 'AWS/ELB')
  group by
    d.account_id, d.region_id, d.resource_id, d.namespace, d.date,
    date_diff('day', d.date, r.as_of_date) <= t.load_balancer_window_days + 2
),
activity as (
  select
    account_id,
    region_id,
    resource_id,
    max(case when is_in_window then request_count end) as requests_per_day,
    max(case when is_in_window then traffic_mib end) as traffic_mib,
    sum(case when is_in_window then request_hours else 0 end) as request_hours,
    count(*) as heard_days
  from days
  group by account_id, region_id, resource_id
),
measured as (
  select
    c.*,
    a.requests_per_day,
    a.traffic_mib,
    coalesce(a.request_hours, 0) as request_hours,
    element_at(c.attributes, 'healthy_target_count') = '0' and coalesce(element_at(c.attributes, 'target_count'), '0') <> '0'
      as has_no_healthy,
    t.load_balancer_window_days as window_days,
    t.load_balancer_idle_requests_per_day as limit_requests,
    coalesce(a.heard_days, 0) as heard_days,
    coalesce(m.day_count, 0) as collected_days,
    a.heard_days > 0 and m.day_count >= t.metric_coverage_min_ratio * t.load_balancer_window_days as has_requests
  from costed_resources as c
  cross join waste_thresholds as t
  left join activity as a
    on a.account_id = c.account_id and a.region_id = c.region_id and a.resource_id = c.utilization_id
  left join collected as m on m.account_id = c.account_id and m.region_id = c.region_id
  where c.resource_type = 'elasticloadbalancing:loadbalancer'
    and coalesce(c.state, 'active') = 'active'
    and coalesce(c.size_class, '') <> 'gateway'
    and c.kept_reason is null
    and coalesce(c.age_days, t.load_balancer_window_days) >= t.load_balancer_window_days
    and coalesce(a.requests_per_day, 0) < t.load_balancer_idle_requests_per_day
    and coalesce(a.traffic_mib, 0) <= t.load_balancer_idle_mib_per_day
),
judged as (
  select *, coalesce(has_requests, false) or (coalesce(has_no_healthy, false) and coalesce(requests_per_day, 0) = 0) as is_known
  from measured
)
select
  'load_balancer_idle' as detector,
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
      then concat(case when coalesce(j.has_no_healthy, false) then 'none of its targets is healthy; ' else '' end, 'at most ',
        cast(cast(coalesce(j.requests_per_day, 0) as bigint) as varchar), ' requests a day in ', cast(cast(j.window_days as integer) as varchar), ' days')
    else case
      when j.heard_days = 0 then 'not known whether it is idle: no metric of it was ever collected'
      else concat('not known whether it is idle: metrics of its region were collected on ', cast(j.collected_days as varchar), ' of the last ',
        cast(cast(j.window_days as integer) as varchar), ' days')
    end
  end as reason,
  concat(coalesce(cast(cast(j.requests_per_day as bigint) as varchar), case when j.is_known then '0' else 'unknown' end), ' requests/day') as observed,
  concat('< ', cast(cast(j.limit_requests as integer) as varchar), ' requests/day, or no healthy target') as threshold,
  j.effective_cost as part_cost,
  cast(case when j.is_known then j.uncommitted_cost else 0 end as decimal(38,12)) as saving_cost,
  cast(case when j.is_known then j.committed_cost else 0 end as decimal(38,12)) as deferred_saving_cost,
  j.billing_currency,
  cast(case when j.is_known then 0.9 else 0 end as double) as confidence,
  case
    when j.size_class = 'classic'
      then concat('aws elb delete-load-balancer --region ', j.region_id, ' --load-balancer-name ', j.utilization_id)
    else concat('aws elbv2 delete-load-balancer --region ', j.region_id, ' --load-balancer-arn ', j.resource_id)
  end as remedy,
  cast(json_object(
    'requests_max_per_day', j.requests_per_day,
    'traffic_max_mib_per_day', round(j.traffic_mib, 2),
    'request_hours', j.request_hours,
    'collected_days', j.collected_days,
    'window_days', j.window_days
  ) as varchar) as evidence
from judged as j
