select
  u.account_id,
  u.region_id,
  u.namespace,
  u.resource_id,
  u.metric,
  u.date,
  sum(u.average * coalesce(u.sample_count, 1))
    / nullif(sum(case when u.average is not null then coalesce(u.sample_count, 1) end), 0) as average,
  max(u.maximum) as maximum,
  min(u.minimum) as minimum,
  sum(u.sum) as sum,
  cast(least(ceil(sum(u.period_seconds) / 3600.0), 24) as bigint) as datapoint_count
from utilization as u
cross join run as r
where u.date >= r.as_of_date - interval '92' day and u.date < r.as_of_date - interval '2' day
group by u.account_id, u.region_id, u.namespace, u.resource_id, u.metric, u.date
