-- Who takes part in a shared cost, month by month, and with what weight: the share is the part of all weights up to and
-- including this target, so that differences of shares never lose or invent anything.
with shared_periods as (
  select distinct billing_period, billing_currency, shared_no
  from cost_by_month
  where shared_no is not null
),
direct as (
  select
    d.billing_period,
    d.billing_currency,
    s.shared_no,
    s.split,
    s.driver,
    case when s.by_team then d.team end as team,
    case when s.by_service then d.service end as service,
    case when s.by_environment then d.environment end as environment,
    case when s.by_tier then d.tier end as tier,
    case when s.by_cost_center then d.cost_center end as cost_center,
    case when s.by_owner then d.owner end as owner,
    d.effective_cost
  from cost_by_month as d
  cross join shared_costs as s
  where d.shared_no is null
  union all
  -- Who has a fixed share or a volume takes part without direct cost as well.
  select
    p.billing_period, p.billing_currency, s.shared_no, s.split, s.driver,
    case when s.by_team then f.target end,
    case when s.by_service then f.target end,
    case when s.by_environment then f.target end,
    case when s.by_tier then f.target end,
    case when s.by_cost_center then f.target end,
    case when s.by_owner then f.target end,
    0
  from shared_periods as p
  join shared_costs as s on s.shared_no = p.shared_no
  join shared_cost_shares as f on f.shared_no = s.shared_no
  union all
  select
    p.billing_period, p.billing_currency, s.shared_no, s.split, s.driver,
    case when s.by_team then v.team end,
    case when s.by_service then v.service end,
    case when s.by_environment then v.environment end,
    case when s.by_tier then v.tier end,
    case when s.by_cost_center then v.cost_center end,
    case when s.by_owner then v.owner end,
    0
  from shared_periods as p
  join shared_costs as s on s.shared_no = p.shared_no
  join driver_months as v on v.driver = s.driver and v.billing_period = p.billing_period
  where s.split = 'driver'
    and (not s.by_team or v.team is not null)
    and (not s.by_service or v.service is not null)
    and (not s.by_environment or v.environment is not null)
    and (not s.by_tier or v.tier is not null)
    and (not s.by_cost_center or v.cost_center is not null)
    and (not s.by_owner or v.owner is not null)
),
candidates as (
  select billing_period, billing_currency, shared_no, split, driver, team, service, environment, tier, cost_center, owner,
    sum(effective_cost) as effective_cost
  from direct
  where coalesce(team, '') <> '(unallocated)' and coalesce(service, '') <> '(unallocated)' and coalesce(environment, '') <> '(unallocated)'
    and coalesce(tier, '') <> '(unallocated)' and coalesce(cost_center, '') <> '(unallocated)' and coalesce(owner, '') <> '(unallocated)'
  group by billing_period, billing_currency, shared_no, split, driver, team, service, environment, tier, cost_center, owner
),
weighted as (
  select
    c.billing_period,
    c.billing_currency,
    c.shared_no,
    c.team,
    c.service,
    c.environment,
    c.tier,
    c.cost_center,
    c.owner,
    cast(case c.split
      when 'proportional' then cast(greatest(c.effective_cost, 0) as decimal(38,12))
      when 'even' then cast(1 as decimal(38,12))
      when 'fixed' then cast(coalesce(f.share, 0) as decimal(38,12))
      else cast(coalesce((
        select sum(v.volume)
        from driver_months as v
        where v.driver = c.driver and v.billing_period = c.billing_period
          and (c.team is null or v.team = c.team)
          and (c.service is null or v.service = c.service)
          and (c.environment is null or v.environment = c.environment)
          and (c.tier is null or v.tier = c.tier)
          and (c.cost_center is null or v.cost_center = c.cost_center)
          and (c.owner is null or v.owner = c.owner)
      ), 0) as decimal(38,12))
    end as decimal(38,12)) as weight
  from candidates as c
  left join shared_cost_shares as f
    on f.shared_no = c.shared_no
    and f.target = coalesce(c.team, c.service, c.environment, c.tier, c.cost_center, c.owner)
),
cumulative as (
  select
    *,
    sum(weight) over (
      partition by billing_period, billing_currency, shared_no
      order by team nulls first, service nulls first, environment nulls first, tier nulls first, cost_center nulls first,
        owner nulls first
      rows between unbounded preceding and current row
    ) as weight_through,
    sum(weight) over (partition by billing_period, billing_currency, shared_no) as weight_total,
    row_number() over (
      partition by billing_period, billing_currency, shared_no
      order by team nulls first, service nulls first, environment nulls first, tier nulls first, cost_center nulls first,
        owner nulls first
    ) as place,
    count(*) over (partition by billing_period, billing_currency, shared_no) as places
  from weighted
  where weight > 0
)
select
  c.billing_period,
  c.billing_currency,
  c.shared_no,
  coalesce(c.team, min_by(l.value, case when l.dimension = 'team' then l.lookup_no end), '(shared)') as team,
  coalesce(c.service, min_by(l.value, case when l.dimension = 'service' then l.lookup_no end), '(shared)') as service,
  coalesce(c.environment, min_by(l.value, case when l.dimension = 'environment' then l.lookup_no end), '(shared)') as environment,
  coalesce(c.tier, min_by(l.value, case when l.dimension = 'tier' then l.lookup_no end), '(shared)') as tier,
  coalesce(c.cost_center, min_by(l.value, case when l.dimension = 'cost_center' then l.lookup_no end), '(shared)') as cost_center,
  coalesce(c.owner, min_by(l.value, case when l.dimension = 'owner' then l.lookup_no end), '(shared)') as owner,
  cast(round(cast(c.weight_through - c.weight as double) / cast(c.weight_total as double), 13) as decimal(14,13))
    as share_before,
  cast(round(cast(c.weight_through as double) / cast(c.weight_total as double), 13) as decimal(14,13)) as share_after,
  c.place = 1 as is_first,
  c.place = c.places as is_last
from cumulative as c
left join allocation_lookups as l
  on l.from_value = case l.from_dimension
    when 'team' then c.team
    when 'service' then c.service
    when 'environment' then c.environment
    when 'tier' then c.tier
    when 'cost_center' then c.cost_center
    when 'owner' then c.owner
  end
group by
  c.billing_period, c.billing_currency, c.shared_no, c.team, c.service, c.environment, c.tier, c.cost_center, c.owner,
  c.weight, c.weight_through, c.weight_total, c.place, c.places
