-- Each KPI that is a ratio of sums: the sums, so that they can be added up for a team, a tier and the organisation.
-- What is not known by team and tier has '' in both and counts for the organisation alone.
with chosen as (
  -- Where a budget is not split by tier, what a tier costs has nothing to be compared with.
  select
    v.billing_period, v.team, v.billing_currency, v.budget_cost,
    case when max(case when v.tier = '(all)' and v.budget_cost <> 0 then 1 else 0 end)
      over (partition by v.billing_period, v.billing_currency) = 1 then '' else v.tier end as tier,
    case r.cost_basis
      when 'billed' then v.landing_billed_cost
      when 'list' then v.landing_list_cost
      when 'contracted' then v.landing_contracted_cost
      else v.landing_effective_cost
    end as landing_cost
  from variance as v
  join months as m on m.billing_period = v.billing_period
  cross join run as r
),
team_tiers as (
  select team, tier
  from (
    select team, tier, row_number() over (partition by team order by sum(effective_cost) desc, tier) as place
    from allocated_cost
    group by team, tier
  ) as ranked
  where place = 1
),
usage_now as (
  select
    substr(cast(r.as_of_date - interval '1' day as varchar), 1, 7) as billing_period,
    c.team,
    c.tier,
    c.billing_currency,
    sum(c.effective_cost) as effective_cost
  from resource_charges as c
  cross join run as r
  group by substr(cast(r.as_of_date - interval '1' day as varchar), 1, 7), c.team, c.tier, c.billing_currency
),
usage_months as (
  select billing_period, team, tier, billing_currency, effective_cost
  from usage_now
  union all
  -- A month of another length than the 30 days that savings are for.
  select
    a.billing_period, a.team, a.tier, a.billing_currency,
    divide_cost(30 * sum(a.effective_cost), max(m.days)) as effective_cost
  from allocated_cost as a
  join months as m on m.billing_period = a.billing_period
  where a.charge_category = 'Usage'
    and exists (select 1 from waste_months as w where w.billing_period = a.billing_period)
    and not exists (select 1 from usage_now as n where n.billing_period = a.billing_period)
  group by a.billing_period, a.team, a.tier, a.billing_currency
),
savings as (
  select
    u.billing_period, u.team, u.tier, u.billing_currency, u.effective_cost,
    coalesce(w.counted_saving_cost, 0) as counted_saving_cost,
    coalesce(w.idle_saving_cost, 0) as idle_saving_cost
  from usage_months as u
  left join waste_months as w
    on w.billing_period = u.billing_period
    and w.team = u.team
    and w.tier = u.tier
    and w.billing_currency = u.billing_currency
),
-- Four weeks teach what is usual, so a month is judged whole from the first that begins after them; a series that never
-- costs enough is not judged at all.
judged_months as (
  select substr(cast(s.charge_date as varchar), 1, 7) as billing_period, s.billing_currency
  from anomaly_series as s
  cross join (select min(charge_date) as first_date from anomaly_leaves) as f
  where date_trunc('month', s.charge_date) >= f.first_date + interval '28' day
  group by substr(cast(s.charge_date as varchar), 1, 7), s.billing_currency
),
judged_owners as (
  select distinct substr(cast(charge_date as varchar), 1, 7) as billing_period, team, tier, billing_currency
  from anomaly_leaves
),
parts as (
  select
    'budget_variance' as kpi, billing_period, team, tier, billing_currency,
    landing_cost - budget_cost as numerator, budget_cost as denominator
  from chosen
  union all
  select
    -- Of charges, before credits and refunds: else what is allocated may exceed the whole.
    'allocation_share', billing_period, '', '', billing_currency,
    case when allocation_kind = 'unallocated' then 0 else greatest(effective_cost, 0) end, greatest(effective_cost, 0)
  from allocated_cost
  union all
  select
    'tag_compliance', t.billing_period, t.team, coalesce(m.tier, '(unallocated)'), t.billing_currency,
    t.tagged_cost, t.taggable_cost
  from tagging as t
  left join team_tiers as m on m.team = t.team
  where t.tag_key = '(all required)'
  union all
  select
    'effective_savings_rate', billing_period, team, tier, billing_currency,
    list_cost - compute_cost - unused_cost, list_cost
  from compute_coverage
  union all
  select 'commitment_coverage', billing_period, team, tier, billing_currency, covered_cost, compute_cost
  from compute_coverage
  union all
  select
    'commitment_utilisation', billing_period, '', '', billing_currency, used_cost, used_cost + unused_cost
  from commitment_days
  union all
  select
    'cost_optimisation_index', billing_period, team, tier, billing_currency,
    effective_cost - counted_saving_cost, effective_cost
  from savings
  union all
  select 'idle_share', billing_period, team, tier, billing_currency, idle_saving_cost, effective_cost
  from savings
  union all
  select 'anomaly_cost_share', billing_period, team, tier, billing_currency, excess_cost, 0
  from anomaly_months
  union all
  select
    'anomaly_cost_share', a.billing_period,
    case when t.team is null then '' else a.team end, case when i.tier is null then '' else a.tier end,
    a.billing_currency, 0, a.effective_cost
  from allocated_cost as a
  join judged_months as m on m.billing_period = a.billing_period and m.billing_currency = a.billing_currency
  left join (select distinct billing_period, billing_currency, team from judged_owners) as t
    on t.billing_period = a.billing_period and t.billing_currency = a.billing_currency and t.team = a.team
  left join (select distinct billing_period, billing_currency, tier from judged_owners) as i
    on i.billing_period = a.billing_period and i.billing_currency = a.billing_currency and i.tier = a.tier
  union all
  select 'alert_quality', billing_period, team, tier, billing_currency, actionable_count, judged_count
  from anomaly_months
  where judged_count > 0
  union all
  select
    'visibility_delay', substr(cast(max(r.as_of_date) - interval '1' day as varchar), 1, 7), '', '',
    max(r.reporting_currency),
    cast(date_diff('day', max(d.charge_date), max(r.as_of_date)) as decimal(38,12)), 1
  from daily_cost as d
  cross join run as r
  where not d.is_spread and d.charge_category = 'Usage' and d.charge_date < r.as_of_date
  having count(*) > 0
)
select
  kpi,
  billing_period,
  team,
  tier,
  billing_currency,
  cast(sum(numerator) as decimal(38,12)) as numerator,
  cast(sum(denominator) as decimal(38,12)) as denominator
from parts
group by kpi, billing_period, team, tier, billing_currency
