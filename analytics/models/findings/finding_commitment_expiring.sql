-- When it ends, the configuration says, or the purchase, or the first charge; see docs/commitments.md.
with owners as (
  select
    commitment_discount_id,
    billing_account_id,
    billing_currency,
    coalesce(
      max(case when charge_category = 'Purchase' or commitment_discount_status = 'Unused' then sub_account_id end),
      billing_account_id
    ) as sub_account_id,
    max(region_id) as region_id
  from daily_cost
  where commitment_discount_id is not null
  group by commitment_discount_id, billing_account_id, billing_currency
),
dated as (
  select
    c.id as commitment_discount_id,
    o.sub_account_id,
    o.region_id,
    c.billing_currency,
    c.used_cost as effective_cost,
    c.on_demand_cost,
    n.as_of_date,
    coalesce(c.end_date, c.earliest_end_date) as end_date,
    coalesce(c.end_date, c.earliest_end_date) is not null as is_end_known
  from commitments as c
  join owners as o
    on o.commitment_discount_id = c.id
    and o.billing_account_id = c.billing_account_id
    and o.billing_currency = c.billing_currency
  cross join run as n
  where c.status <> 'ended' and c.used_cost > 0
)
select
  'commitment_expiring' as detector,
  'commitment' as resource_type,
  d.commitment_discount_id as resource_id,
  d.sub_account_id,
  d.region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  case when d.is_end_known then 'waste' else 'unknown' end as judgement,
  'commit' as action,
  'renewal' as cost_part,
  case
    when d.is_end_known
      then concat('Ends about ', d.end_date, '; what it covers then costs ', round(cast(d.on_demand_cost - d.effective_cost as double), 2),
        ' more in 30 days.')
    else 'It was bought before the bill begins, so its end is not known.'
  end as reason,
  case when d.is_end_known then concat('ends in ', date_diff('day', d.as_of_date, d.end_date), ' days') else 'no data: end' end as observed,
  concat('> ', cast(t.commitment_expiring_days as integer), ' days') as threshold,
  cast(d.effective_cost as decimal(38,12)) as part_cost,
  cast(0 as decimal(38,12)) as saving_cost,
  cast(
    case when d.is_end_known then least(greatest(d.on_demand_cost - d.effective_cost, 0), d.effective_cost) else 0 end as decimal(38,12)
  ) as deferred_saving_cost,
  d.billing_currency,
  cast(case when d.is_end_known then 0.7 else 0 end as double) as confidence,
  case
    when d.commitment_discount_id like '%:savingsplan/%'
      then concat('aws savingsplans describe-savings-plans --savings-plan-ids ', regexp_extract(d.commitment_discount_id, '([^/]+)$', 1))
    else 'aws ce get-reservation-purchase-recommendation --service SERVICE'
  end as remedy,
  cast(json_object(
    'days_left', case when d.is_end_known then date_diff('day', d.as_of_date, d.end_date) end,
    'covered_cost', cast(d.effective_cost as double),
    'on_demand_cost', cast(d.on_demand_cost as double),
    'returning_cost', cast(d.on_demand_cost - d.effective_cost as double)
  ) as varchar) as evidence
from dated as d
cross join waste_thresholds as t
where not d.is_end_known
  or (d.end_date >= d.as_of_date and date_diff('day', d.as_of_date, d.end_date) <= t.commitment_expiring_days)
