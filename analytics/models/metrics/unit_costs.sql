-- A dimension is part of a driver's unit cost where its volumes are given by it; cost and volume meet on those.
with scoped as (
  select
    u.driver,
    u.unit,
    c.billing_period,
    c.billing_currency,
    case when u.by_team then c.team else '(all)' end as team,
    case when u.by_service then c.service else '(all)' end as service,
    case when u.by_environment then c.environment else '(all)' end as environment,
    case when u.by_tier then c.tier else '(all)' end as tier,
    case when u.by_cost_center then c.cost_center else '(all)' end as cost_center,
    case when u.by_owner then c.owner else '(all)' end as owner,
    c.landing_billed_cost as billed_cost,
    c.landing_effective_cost as effective_cost,
    c.landing_list_cost as list_cost,
    c.landing_contracted_cost as contracted_cost,
    0 as volume
  from allocated_cost as c
  join unit_cost_drivers as u on 1 = 1
  where exists (select 1 from driver_months as v where v.driver = u.driver and v.billing_period = c.billing_period)
    and (
      select count(distinct f.dimension)
      from driver_conditions as f
      where f.driver = u.driver and case f.dimension
        when 'team' then c.team when 'service' then c.service when 'environment' then c.environment when 'tier' then c.tier when 'cost_center' then c.cost_center when 'owner' then c.owner end like f.pattern escape '\'
    ) = u.field_count
),
volumes as (
  select
    u.driver,
    u.unit,
    v.billing_period,
    p.billing_currency,
    case when u.by_team then coalesce(v.team, '(all)') else '(all)' end as team,
    case when u.by_service then coalesce(v.service, '(all)') else '(all)' end as service,
    case when u.by_environment then coalesce(v.environment, '(all)') else '(all)' end as environment,
    case when u.by_tier then coalesce(v.tier, '(all)') else '(all)' end as tier,
    case when u.by_cost_center then coalesce(v.cost_center, '(all)') else '(all)' end as cost_center,
    case when u.by_owner then coalesce(v.owner, '(all)') else '(all)' end as owner,
    0 as billed_cost, 0 as effective_cost, 0 as list_cost, 0 as contracted_cost,
    v.landing_volume as volume
  from driver_months as v
  join unit_cost_drivers as u on u.driver = v.driver
  join (select distinct billing_period, billing_currency, driver from scoped) as p
    on p.billing_period = v.billing_period and p.driver = v.driver
),
parts as (
  select * from scoped
  union all
  select * from volumes
)
select
  billing_period,
  driver,
  unit,
  team,
  service,
  environment,
  tier,
  cost_center,
  owner,
  billing_currency,
  cast(sum(billed_cost) as decimal(38,12)) as billed_cost,
  cast(sum(effective_cost) as decimal(38,12)) as effective_cost,
  cast(sum(list_cost) as decimal(38,12)) as list_cost,
  cast(sum(contracted_cost) as decimal(38,12)) as contracted_cost,
  cast(sum(volume) as decimal(38,6)) as volume
from parts
group by billing_period, driver, unit, team, service, environment, tier, cost_center, owner, billing_currency
