-- Work that is done, not space that fills: capacity forecasts tell of the latter. A resource by itself; resources of one
-- owner and type together, each weighted by what it costs, where their load has a limit in common (percent). Members of
-- auto scaling groups show in the latter alone, from the first inventory on: before, nobody knows who was there. A day
-- without data, or with data of less than half of what usually has some, by cost, has no row, which is not zero.
with metrics as (
  select resource_type, metric, min(unit) as unit, max(fixed_limit) as fixed_limit
  from capacity_metrics
  where metric not in ('storage', 'disk', 'memory')
  group by resource_type, metric
),
loads as (
  select
    r.*,
    m.metric,
    m.unit,
    m.fixed_limit,
    c.date,
    c.p95_load as load
  from anomaly_resources as r
  join metrics as m on m.resource_type = r.resource_type
  join capacity_series as c
    on c.series_id = concat('resource|', r.sub_account_id, '|', r.region_id, '|', r.resource_type, '|', r.resource_id, '|', m.metric)
),
single as (
  select
    'resource' as series_kind,
    l.team, l.service, l.environment, l.tier, l.cost_center, l.owner,
    l.sub_account_id, l.region_id, l.resource_type, l.resource_id, l.metric, l.unit,
    coalesce(i.limit_value, l.fixed_limit) as limit_value,
    l.billing_currency, l.date, l.load, l.day_cost, 1 as resource_count
  from loads as l
  left join capacity_resource_items as i
    on i.series_id = concat('resource|', l.sub_account_id, '|', l.region_id, '|', l.resource_type, '|', l.resource_id, '|', l.metric)
  where l.group_id is null
),
together as (
  select
    'group' as series_kind,
    team, service, environment,
    min(tier) as tier, min(cost_center) as cost_center, min(owner) as owner,
    '' as sub_account_id, '' as region_id, resource_type, '' as resource_id, metric, unit, max(fixed_limit) as limit_value,
    billing_currency, date,
    sum(load * cast(day_cost as double)) / sum(cast(day_cost as double)) as load,
    sum(day_cost) as day_cost,
    count(*) as resource_count
  from loads
  where unit = 'percent' and day_cost > 0 and date >= listed_date
  group by team, service, environment, resource_type, metric, unit, billing_currency, date
  qualify sum(day_cost) * 2 >= median(sum(day_cost)) over (
    partition by team, service, environment, resource_type, metric, unit, billing_currency
  )
),
series as (
  select * from single
  union all
  select * from together
),
matters as (
  select
    series_kind, team, service, environment, sub_account_id, region_id, resource_type, resource_id, metric, billing_currency,
    max(day_cost) as highest_cost, max(resource_count) as most_resources
  from series
  group by series_kind, team, service, environment, sub_account_id, region_id, resource_type, resource_id, metric, billing_currency
)
select
  s.series_kind, s.team, s.service, s.environment, s.tier, s.cost_center, s.owner, s.sub_account_id, s.region_id,
  s.resource_type, s.resource_id, s.metric, s.unit, s.limit_value, s.billing_currency, s.date, s.load,
  cast(s.day_cost as decimal(38,12)) as day_cost
from series as s
join matters as h
  on h.series_kind = s.series_kind
  and h.team = s.team
  and h.service = s.service
  and h.environment = s.environment
  and h.sub_account_id = s.sub_account_id
  and h.region_id = s.region_id
  and h.resource_type = s.resource_type
  and h.resource_id = s.resource_id
  and h.metric = s.metric
  and h.billing_currency = s.billing_currency
join anomaly_settings as a on h.highest_cost >= a.minimum_cost_per_day
where h.series_kind = 'resource' or h.most_resources > 1
