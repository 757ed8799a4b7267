-- Whose each measured resource is and what a day of it costs. Members of an auto scaling group come and go: those that the
-- bill of the last 30 days does not name any more count as the others of their group on average.
with days as (
  select
    resource_id,
    sub_account_id,
    billing_currency,
    divide_cost(sum(effective_cost), max(charged_days)) as day_cost
  from resource_charges
  where resource_id is not null
  group by resource_id, sub_account_id, billing_currency
),
billed as (
  select c.resource_id, c.sub_account_id, c.billing_currency, c.team, c.service, c.environment, c.tier, c.cost_center, c.owner, d.day_cost
  from resource_costs as c
  join days as d
    on d.resource_id = c.resource_id and d.sub_account_id = c.sub_account_id and d.billing_currency = c.billing_currency
  qualify row_number() over (partition by c.resource_id, c.sub_account_id order by d.day_cost desc, c.billing_currency) = 1
),
members as (
  select account_id, region_id, resource_type, resource_id, min(group_id) as group_id
  from capacity_members
  where group_kind = 'autoscaling:group'
  group by account_id, region_id, resource_type, resource_id
),
groups as (
  select
    m.account_id, m.region_id, m.resource_type, m.group_id, b.billing_currency, b.team, b.service, b.environment, b.tier, b.cost_center, b.owner,
    divide_cost(sum(b.day_cost), count(*)) as day_cost
  from members as m
  join billed as b on b.resource_id = m.resource_id and b.sub_account_id = m.account_id
  group by
    m.account_id, m.region_id, m.resource_type, m.group_id, b.billing_currency, b.team, b.service, b.environment, b.tier,
    b.cost_center, b.owner
  qualify row_number() over (
    partition by m.account_id, m.region_id, m.resource_type, m.group_id
    order by sum(b.day_cost) desc, b.billing_currency, b.team, b.service, b.environment, b.tier, b.cost_center, b.owner
  ) = 1
),
listed as (
  select account_id, region_id, resource_type, min(date) as listed_date
  from resources
  group by account_id, region_id, resource_type
),
measured as (
  select distinct s.account_id, s.region_id, s.resource_type, s.resource_id, l.listed_date
  from capacity_sizes as s
  join listed as l
    on l.account_id = s.account_id and l.region_id = s.region_id and l.resource_type = s.resource_type
)
select
  s.account_id as sub_account_id,
  s.region_id,
  s.resource_type,
  s.resource_id,
  s.listed_date,
  m.group_id,
  coalesce(g.billing_currency, b.billing_currency) as billing_currency,
  coalesce(g.team, b.team) as team,
  coalesce(g.service, b.service) as service,
  coalesce(g.environment, b.environment) as environment,
  coalesce(g.tier, b.tier) as tier,
  coalesce(g.cost_center, b.cost_center) as cost_center,
  coalesce(g.owner, b.owner) as owner,
  coalesce(b.day_cost, g.day_cost) as day_cost
from measured as s
left join members as m
  on m.account_id = s.account_id
  and m.region_id = s.region_id
  and m.resource_type = s.resource_type
  and m.resource_id = s.resource_id
left join groups as g
  on g.account_id = m.account_id
  and g.region_id = m.region_id
  and g.resource_type = m.resource_type
  and g.group_id = m.group_id
left join billed as b on b.resource_id = s.resource_id and b.sub_account_id = s.account_id
where g.group_id is not null or b.resource_id is not null
