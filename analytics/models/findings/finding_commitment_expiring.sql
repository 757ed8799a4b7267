-- The bill does not say when a commitment ends: it ends one year, or three, after its first charge, which counts only where
-- the bill goes back before it.
with bill as (
  select min(charge_date) as first_date
  from daily_cost
),
commitments as (
  select
    d.commitment_discount_id,
    d.billing_currency,
    min(d.charge_date) as start_date,
    max(d.charge_date) as last_date,
    coalesce(
      max(case when d.charge_category = 'Purchase' or d.commitment_discount_status = 'Unused' then d.sub_account_id end),
      max(d.billing_account_id)
    ) as sub_account_id,
    max(d.region_id) as region_id,
    sum(
      case when d.charge_category = 'Usage' and d.commitment_discount_status = 'Used'
        and d.charge_date >= n.as_of_date - interval '32' day and d.charge_date < n.as_of_date - interval '2' day
        then d.effective_cost else 0 end
    ) as effective_cost,
    sum(
      case when d.charge_category = 'Usage' and d.commitment_discount_status = 'Used'
        and d.charge_date >= n.as_of_date - interval '32' day and d.charge_date < n.as_of_date - interval '2' day
        then d.contracted_cost else 0 end
    ) as contracted_cost
  from daily_cost as d
  cross join run as n
  where d.commitment_discount_id is not null
  group by d.commitment_discount_id, d.billing_currency
),
dated as (
  select
    c.*,
    n.as_of_date,
    c.start_date > b.first_date + interval '1' day as is_start_known,
    -- A one-year term that has not ended by its anniversary is a three-year one.
    cast(
      case when n.as_of_date <= c.start_date + interval '1' year + interval '3' day
        then c.start_date + interval '1' year else c.start_date + interval '3' year end as date
    ) as end_date
  from commitments as c
  cross join bill as b
  cross join run as n
  where c.last_date >= n.as_of_date - interval '7' day and c.effective_cost > 0
)
select
  'commitment_expiring' as detector,
  'commitment' as resource_type,
  d.commitment_discount_id as resource_id,
  d.sub_account_id,
  d.region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  case when d.is_start_known then 'waste' else 'unknown' end as judgement,
  'commit' as action,
  'renewal' as cost_part,
  case
    when d.is_start_known
      then concat('Ends about ', d.end_date, '; what it covers then costs ', round(cast(d.contracted_cost - d.effective_cost as double), 2),
        ' more in 30 days.')
    else 'It was bought before the bill begins, so its end is not known.'
  end as reason,
  case when d.is_start_known then concat('ends in ', date_diff('day', d.as_of_date, d.end_date), ' days') else 'no data: first charge' end as observed,
  concat('> ', cast(t.commitment_expiring_days as integer), ' days') as threshold,
  cast(d.effective_cost as decimal(38,12)) as part_cost,
  cast(0 as decimal(38,12)) as saving_cost,
  cast(
    case when d.is_start_known then least(greatest(d.contracted_cost - d.effective_cost, 0), d.effective_cost) else 0 end as decimal(38,12)
  ) as deferred_saving_cost,
  d.billing_currency,
  cast(case when d.is_start_known then 0.7 else 0 end as double) as confidence,
  case
    when d.commitment_discount_id like '%:savingsplan/%'
      then concat('aws savingsplans describe-savings-plans --savings-plan-ids ', regexp_extract(d.commitment_discount_id, '([^/]+)$', 1))
    else 'aws ce get-reservation-purchase-recommendation --service SERVICE'
  end as remedy,
  cast(json_object(
    'days_left', case when d.is_start_known then date_diff('day', d.as_of_date, d.end_date) end,
    'covered_cost', cast(d.effective_cost as double),
    'on_demand_cost', cast(d.contracted_cost as double),
    'returning_cost', cast(d.contracted_cost - d.effective_cost as double)
  ) as varchar) as evidence
from dated as d
cross join waste_thresholds as t
where not d.is_start_known
  or (d.end_date >= d.as_of_date and date_diff('day', d.as_of_date, d.end_date) <= t.commitment_expiring_days)
