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
  cast(case
    when max(case when m.is_complete or m.complete_days = 0 then 1 else 0 end) = 1 then sum(v.volume)
    else round(cast(sum(case when v.volume_date < m.complete_until_date then v.volume else 0 end) as decimal(28,6))
      * max(m.month_factor), 6)
  end as decimal(38,6)) as landing_volume
from driver_volumes as v
join months as m on v.volume_date >= m.period_start_date and v.volume_date < m.period_end_date
group by v.driver, m.billing_period, v.team, v.service, v.environment, v.tier, v.cost_center, v.owner
