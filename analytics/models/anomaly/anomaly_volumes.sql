-- A driver as a whole, and by scope where it has several: the orders of one service may fall while those of all do not.
with days as (
  select
    v.driver,
    coalesce(v.team, '') as team,
    coalesce(v.service, '') as service,
    coalesce(v.environment, '') as environment,
    coalesce(v.tier, '') as tier,
    coalesce(v.cost_center, '') as cost_center,
    coalesce(v.owner, '') as owner,
    v.volume_date,
    sum(v.volume) as volume
  from driver_volumes as v
  cross join run as r
  where v.volume_date >= r.as_of_date - interval '400' day and v.volume_date < r.as_of_date
  group by
    v.driver, coalesce(v.team, ''), coalesce(v.service, ''), coalesce(v.environment, ''), coalesce(v.tier, ''),
    coalesce(v.cost_center, ''), coalesce(v.owner, ''), v.volume_date
),
scopes as (
  select driver, count(distinct concat_ws('|', team, service, environment, tier, cost_center, owner)) as scope_count
  from days
  group by driver
)
select
  d.driver, true as is_total, '' as team, '' as service, '' as environment, '' as tier, '' as cost_center, '' as owner,
  d.volume_date, sum(d.volume) as volume
from days as d
group by d.driver, d.volume_date
union all
select
  d.driver, false, d.team, d.service, d.environment, d.tier, d.cost_center, d.owner,
  d.volume_date, d.volume
from days as d
join scopes as s on s.driver = d.driver and s.scope_count > 1
