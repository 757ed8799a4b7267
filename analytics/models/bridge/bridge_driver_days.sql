-- Day by day, what the largest drivers since the month before used of their unit: where a change began.
select
  b.billing_period, b.comparison, b.billing_currency, b.driver_rank, d.charge_date,
  sum(d.consumed_quantity) as consumed_quantity
from bridge_drivers as b
join daily_cost as d
  on (d.billing_period = b.billing_period or d.billing_period = b.base_period)
  and d.billing_currency = b.billing_currency
  and d.service_name = b.service_name
  and d.service = b.service
  and d.team = b.team
  and d.cost_center = b.cost_center
  and d.owner = b.owner
  and d.sub_account_id = b.sub_account_id
  and d.consumed_unit = b.consumed_unit
join months as m on m.billing_period = d.billing_period
left join (select distinct billing_period, billing_currency, shared_no from shared_cost_targets) as t
  on t.billing_period = d.billing_period and t.billing_currency = d.billing_currency and t.shared_no = d.shared_no
where b.comparison = 'prior_month' and d.charge_category = 'Usage' and not d.is_spread
  and coalesce(d.charge_class, '') <> 'Correction' and coalesce(d.commitment_discount_status, '') <> 'Unused'
  and d.charge_date >= m.period_start_date and d.charge_date < m.period_end_date and t.shared_no is null
group by b.billing_period, b.comparison, b.billing_currency, b.driver_rank, d.charge_date
having sum(d.consumed_quantity) <> 0
