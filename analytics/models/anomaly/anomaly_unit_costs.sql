with costs as (
  select l.charge_date, l.billing_currency, o.driver, sum(l.cost) as cost
  from anomaly_leaves as l
  join anomaly_driver_owners as o
    on o.team = l.team
    and o.service = l.service
    and o.environment = l.environment
    and o.tier = l.tier
    and o.cost_center = l.cost_center
    and o.owner = l.owner
  group by l.charge_date, l.billing_currency, o.driver
),
volumes as (
  select driver, volume_date, sum(volume) as volume
  from driver_volumes
  group by driver, volume_date
)
select c.driver, c.billing_currency, c.charge_date, c.cost, v.volume
from costs as c
join volumes as v on v.driver = c.driver and v.volume_date = c.charge_date
where v.volume > 0
