-- Compute usage by what covers it, and what that saves: a saving that is lost is an excess of the bill.
select
  d.charge_date,
  d.billing_currency,
  coalesce(d.commitment_discount_id, '') as commitment_discount_id,
  sum(d.contracted_cost) as compute_cost,
  sum(case when d.commitment_discount_id is null then 0 else d.contracted_cost - d.effective_cost end) as saved_cost
from daily_cost as d
cross join run as r
where d.charge_category = 'Usage'
  and not d.is_spread
  and coalesce(d.charge_class, '') <> 'Correction'
  and coalesce(d.commitment_discount_status, '') <> 'Unused'
  and coalesce(d.pricing_category, '') <> 'Dynamic'
  and regexp_matches(coalesce(d.sku_meter, ''), '(BoxUsage|DedicatedUsage|Fargate|Lambda-GB-Second|Lambda-Provisioned)')
  and d.charge_date >= r.as_of_date - interval '400' day
  and d.charge_date < r.as_of_date
group by d.charge_date, d.billing_currency, coalesce(d.commitment_discount_id, '')
