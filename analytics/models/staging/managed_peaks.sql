
-- The window's hours of each metric of managed services, for sizes: a percentile of the hours by nearest rank.
with hours as (
  select
    u.account_id,
    u.region_id,
    u.namespace,
    u.resource_id,
    u.metric,
    coalesce(u.maximum, u.average) as maximum,
    u.average,
    u.minimum,
    u.sum / nullif(u.period_seconds, 0) as rate,
    u.period_seconds,
    t.rightsize_cpu_percentile_ratio as percentile
  from utilization as u
  cross join run as r
  cross join waste_thresholds as t
  where u.namespace in (
      'AWS/RDS', 'AWS/Lambda', 'LambdaInsights', 'AWS/DynamoDB', 'AWS/ECS', 'AWS/ElastiCache', 'AWS/Kinesis'
    )
    and date_diff('day', u.date, r.as_of_date) > 2
    and date_diff('day', u.date, r.as_of_date) <= t.rightsize_window_days + 2
),
peaks as (
  select
    account_id,
    region_id,
    namespace,
    resource_id,
    metric,
    sum(period_seconds) / 3600.0 as hours,
    array_sort(array_agg(maximum) filter (where maximum is not null)) as maxima,
    array_sort(array_agg(rate) filter (where rate is not null)) as rates,
    avg(average) as average,
    min(minimum) as minimum,
    sum(rate * period_seconds) as total,
    max(percentile) as percentile
  from hours
  group by account_id, region_id, namespace, resource_id, metric
)
select
  account_id,
  region_id,
  namespace,
  resource_id,
  metric,
  cast(hours as double) as hours,
  maxima[cast(ceil(percentile * len(maxima)) as integer)] as peak,
  rates[cast(ceil(percentile * len(rates)) as integer)] as peak_rate,
  average,
  minimum,
  total
from peaks
