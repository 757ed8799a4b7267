with lines as (
  select
    d.commitment_discount_id,
    d.billing_currency,
    d.sub_account_id,
    d.region_id,
    d.commitment_discount_status = 'Unused' as is_unused,
    d.effective_cost
  from daily_cost as d
  cross join run as n
  where d.charge_category = 'Usage'
    and d.commitment_discount_id is not null
    and d.commitment_discount_status is not null
    and d.charge_date >= n.as_of_date - interval '32' day
    and d.charge_date < n.as_of_date - interval '2' day
),
commitments as (
  select
    commitment_discount_id,
    billing_currency,
    max(case when is_unused then sub_account_id end) as sub_account_id,
    max(case when is_unused then region_id end) as region_id,
    sum(effective_cost) as effective_cost,
    sum(case when is_unused then effective_cost else 0 end) as unused_cost
  from lines
  group by commitment_discount_id, billing_currency
)
select
  'commitment_unused' as detector,
  'commitment' as resource_type,
  c.commitment_discount_id as resource_id,
  c.sub_account_id,
  c.region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  'waste' as judgement,
  'review' as action,
  'unused' as cost_part,
  concat('Nothing used ', round(100 * cast(c.unused_cost as double) / cast(c.effective_cost as double), 1), ' % of this commitment in 30 days; it is paid for until it ends.') as reason,
  concat(round(100 * cast(c.unused_cost as double) / cast(c.effective_cost as double), 1), ' % unused') as observed,
  concat('< ', t.commitment_unused_min_percent, ' % unused') as threshold,
  cast(c.unused_cost as decimal(38,12)) as part_cost,
  cast(0 as decimal(38,12)) as saving_cost,
  cast(c.unused_cost as decimal(38,12)) as deferred_saving_cost,
  c.billing_currency,
  cast(0.95 as double) as confidence,
  case
    when c.commitment_discount_id like '%:savingsplan/%'
      then 'aws ce get-savings-plans-utilization-details --time-period Start=FIRST,End=LAST'
    when c.commitment_discount_id like '%:ec2:%'
      then concat('aws ec2 modify-reserved-instances --reserved-instances-ids ', regexp_extract(c.commitment_discount_id, '([^/]+)$', 1), ' --target-configurations file://target.json')
    else 'aws ce get-reservation-utilization --time-period Start=FIRST,End=LAST --group-by Type=DIMENSION,Key=SUBSCRIPTION_ID'
  end as remedy,
  cast(json_object(
    'unused_percent', round(100 * cast(c.unused_cost as double) / cast(c.effective_cost as double), 2),
    'unused_cost', cast(c.unused_cost as double),
    'commitment_cost', cast(c.effective_cost as double)
  ) as varchar) as evidence
from commitments as c
cross join waste_thresholds as t
where c.unused_cost > 0
  and c.unused_cost >= c.effective_cost * cast(t.commitment_unused_min_percent / 100 as decimal(9,6))
