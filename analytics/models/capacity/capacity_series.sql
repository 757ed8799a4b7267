-- The load by day of resources, groups and quotas. A group's load in percent is told in instances: the sum of what its
-- members carry. A day without data has no row, which is not zero.
with resource_days as (
  select
    concat('resource|', account_id, '|', region_id, '|', resource_type, '|', resource_id, '|', metric) as series_id,
    date,
    quantile_cont(load, 0.95) as p95_load,
    max(peak_load) as peak_load,
    max(ceiling) as ceiling,
    count(*) as hour_count
  from capacity_hours
  group by account_id, region_id, resource_type, resource_id, metric, date
),
units as (
  select resource_type, metric, case when min(unit) = 'percent' then 100.0 else 1.0 end as member_unit
  from capacity_metrics
  group by resource_type, metric
),
group_hours as (
  select
    m.group_kind,
    m.account_id,
    m.region_id,
    m.group_id,
    h.metric,
    h.date,
    h.measured_at,
    sum(h.load / u.member_unit) as load,
    sum(h.peak_load / u.member_unit) as peak_load,
    sum(h.ceiling / u.member_unit) as ceiling
  from capacity_members as m
  join capacity_hours as h
    on h.account_id = m.account_id
    and h.region_id = m.region_id
    and h.resource_type = m.resource_type
    and h.resource_id = m.resource_id
  join units as u on u.resource_type = m.resource_type and u.metric = h.metric
  group by m.group_kind, m.account_id, m.region_id, m.group_id, h.metric, h.date, h.measured_at
),
group_days as (
  select
    concat('group|', account_id, '|', region_id, '|', group_kind, '|', group_id, '|', metric) as series_id,
    date,
    quantile_cont(load, 0.95) as p95_load,
    max(peak_load) as peak_load,
    max(ceiling) as ceiling,
    count(*) as hour_count
  from group_hours
  group by account_id, region_id, group_kind, group_id, metric, date
),
quota_days as (
  select
    concat(
      'quota|', q.account_id, '|', case when q.is_global then 'global' else q.region_id end, '|', q.service_code, '|',
      q.quota_code, '|usage'
    ) as series_id,
    q.date,
    max(q.usage) as p95_load,
    max(q.usage) as peak_load,
    max(q.quota_limit) as ceiling,
    count(*) as hour_count
  from quotas as q
  cross join run as r
  where q.usage >= 0 and q.date < r.as_of_date - interval '2' day
  group by q.account_id, case when q.is_global then 'global' else q.region_id end, q.service_code, q.quota_code, q.date
)
select * from resource_days
union all
select * from group_days
union all
select * from quota_days
