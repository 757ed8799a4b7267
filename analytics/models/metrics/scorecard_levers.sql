-- What moves a KPI, with what it would move: of the newest complete month, or of now.
with newest as (
  select coalesce(max(billing_period), '') as billing_period from months where is_complete
),
overruns as (
  select
    v.team, v.tier, v.service, v.billing_currency,
    sum(case r.cost_basis
      when 'billed' then v.landing_billed_cost
      when 'list' then v.landing_list_cost
      when 'contracted' then v.landing_contracted_cost
      else v.landing_effective_cost
    end - v.budget_cost) as over_cost
  from variance as v
  join newest as n on n.billing_period = v.billing_period
  cross join run as r
  group by v.team, v.tier, v.service, v.billing_currency
),
levers as (
  select
    'budget_variance' as kpi, team, tier, billing_currency,
    concat('service ', service, ' of team ', team) as lever, over_cost as lever_cost
  from overruns
  union all
  select
    'tag_compliance', t.team, '', t.billing_currency,
    concat(t.resource_id, ' lacks ', t.missing_tags), t.taggable_cost
  from tagging_resources as t
  join newest as n on n.billing_period = t.billing_period
  union all
  select
    'allocation_share', '', '', a.billing_currency,
    concat(a.service_name, ' in account ', a.sub_account_id), sum(a.effective_cost)
  from allocated_cost as a
  join newest as n on n.billing_period = a.billing_period
  where a.allocation_kind = 'unallocated'
  group by a.billing_currency, a.service_name, a.sub_account_id
  union all
  select
    k.kpi, w.team, w.tier, w.billing_currency, concat(w.detector, ' on ', w.resource_id, ' (', w.id, ')'),
    w.counted_saving_cost
  from waste as w
  join (select 'cost_optimisation_index' as kpi union all select 'idle_share') as k
    on k.kpi = 'cost_optimisation_index' or w.action in ('delete', 'stop')
  where w.is_counted
  union all
  select
    k.kpi, '', '', p.billing_currency,
    concat('Compute Savings Plan of ', cast(cast(p.hourly_commitment_cost as decimal(18,2)) as varchar), ' an hour, account ',
      p.billing_account_id),
    p.saving_cost
  from commitment_purchases as p
  join (select 'commitment_coverage' as kpi union all select 'effective_savings_rate') as k on 1 = 1
  where p.is_recommended
  union all
  select
    'anomaly_cost_share', case when team = '(several)' then '' else team end,
    case when tier = '(several)' then '' else tier end, billing_currency, concat(title, ' [', id, ']'), excess_cost
  from anomalies
  where status in ('open', 'updated')
  union all
  select
    'alert_quality', team, tier, billing_currency, concat('alerts of kind ', kind, ' of team ', team), sum(abs(excess_cost))
  from anomalies
  where feedback = 'not_actionable' and team <> '(several)' and tier <> '(several)'
  group by team, tier, billing_currency, kind
  union all
  select 'commitment_utilisation', '', '', billing_currency, id, unused_cost
  from commitments
  where status <> 'ended'
)
select kpi, team, tier, billing_currency, lever, cast(lever_cost as decimal(38,12)) as lever_cost
from levers
where lever_cost > 0
