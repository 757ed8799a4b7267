-- What usage costs without commitments, day by day: a commitment that moves from account to account is no anomaly, and
-- its loss shows in anomaly_coverage. Free units stay beside paid ones: the end of a free tier is a change of price. What is bought, taxed, credited, corrected or spread is told elsewhere.
with costing as (
  select billing_currency, sub_account_id, service_name, coalesce(sku_meter, '(none)') as sku_meter
  from daily_cost
  where charge_category = 'Usage'
  group by billing_currency, sub_account_id, service_name, coalesce(sku_meter, '(none)')
  having sum(contracted_cost) <> 0
)
select
  d.charge_date,
  d.billing_currency,
  d.sub_account_id,
  d.region_id,
  d.service_name,
  coalesce(d.sku_meter, '(none)') as sku_meter,
  coalesce(d.consumed_unit, '') as consumed_unit,
  d.team,
  d.service,
  d.environment,
  d.tier,
  d.cost_center,
  d.owner,
  sum(d.contracted_cost) as cost,
  sum(d.list_cost) as list_cost,
  sum(coalesce(d.consumed_quantity, 0)) as quantity
from daily_cost as d
join costing as c
  on c.billing_currency = d.billing_currency
  and c.sub_account_id = d.sub_account_id
  and c.service_name = d.service_name
  and c.sku_meter = coalesce(d.sku_meter, '(none)')
cross join run as r
where d.charge_category = 'Usage'
  and not d.is_spread
  and coalesce(d.charge_class, '') <> 'Correction'
  and coalesce(d.charge_frequency, 'Usage-Based') = 'Usage-Based'
  and coalesce(d.commitment_discount_status, '') <> 'Unused'
  and d.charge_date >= r.as_of_date - interval '400' day
  and d.charge_date < r.as_of_date
group by
  d.charge_date, d.billing_currency, d.sub_account_id, d.region_id, d.service_name, coalesce(d.sku_meter, '(none)'),
  coalesce(d.consumed_unit, ''), d.team, d.service, d.environment, d.tier, d.cost_center, d.owner
having sum(d.contracted_cost) <> 0 or sum(coalesce(d.consumed_quantity, 0)) <> 0
