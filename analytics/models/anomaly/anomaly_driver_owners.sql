-- Whose cost a driver's unit cost has, as in unit_costs.
select u.driver, o.team, o.service, o.environment, o.tier, o.cost_center, o.owner
from (select distinct team, service, environment, tier, cost_center, owner from anomaly_leaves) as o
join unit_cost_drivers as u on 1 = 1
where (
  select count(distinct f.dimension)
  from driver_conditions as f
  where f.driver = u.driver and case f.dimension
    when 'team' then o.team when 'service' then o.service when 'environment' then o.environment when 'tier' then o.tier
    when 'cost_center' then o.cost_center when 'owner' then o.owner end like f.pattern escape '\'
) = u.field_count
