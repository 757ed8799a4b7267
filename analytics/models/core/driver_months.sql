select
  v.driver,
  m.billing_period,
  v.team,
  v.service,
  v.environment,
  v.tier,
  v.cost_center,
  v.owner,
  cast(sum(v.volume) as decimal(38,6)) as volume,
  cast(sum(v.volume) + coalesce(max(l.coming_volume), 0) as decimal(38,6)) as landing_volume
from driver_volumes as v
join months as m on v.volume_date >= m.period_start_date and v.volume_date < m.period_end_date
left join driver_landings as l
  on l.driver = v.driver
  and l.billing_period = m.billing_period
  and coalesce(l.team, '') = coalesce(v.team, '')
  and coalesce(l.service, '') = coalesce(v.service, '')
  and coalesce(l.environment, '') = coalesce(v.environment, '')
  and coalesce(l.tier, '') = coalesce(v.tier, '')
  and coalesce(l.cost_center, '') = coalesce(v.cost_center, '')
  and coalesce(l.owner, '') = coalesce(v.owner, '')
group by v.driver, m.billing_period, v.team, v.service, v.environment, v.tier, v.cost_center, v.owner
