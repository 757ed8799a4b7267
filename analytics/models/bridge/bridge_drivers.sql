-- What moved a month most: by product and owner, and against a budget or a forecast by cost centre, because they know no product.
-- What is not among the 50 largest stands together, so that the rows add up to the change.
with pairs as (
  select billing_period, comparison, base_period, dense_rank() over (order by billing_period desc) as month_rank
  from bridge_pairs
),
grouped as (
  select
    b.billing_period, b.comparison, p.base_period, b.billing_currency,
    case when b.comparison in ('budget', 'forecast') then '(all)' else b.service_name end as service_name,
    case when b.comparison in ('budget', 'forecast') then '(all)' else b.service end as service,
    case when b.comparison in ('budget', 'forecast') then '(all)' else b.team end as team,
    b.cost_center,
    case when b.comparison in ('budget', 'forecast') then '(all)' else b.owner end as owner,
    case when b.comparison in ('budget', 'forecast') then '(all)' else b.sub_account_id end as sub_account_id,
    sum(b.base_cost) as base_cost,
    sum(b.currency_cost) as currency_cost,
    sum(b.driver_volume_cost) as driver_volume_cost,
    sum(b.plan_gap_cost) as plan_gap_cost,
    sum(b.volume_cost) as volume_cost,
    sum(b.mix_cost) as mix_cost,
    sum(b.price_cost) as price_cost,
    sum(b.negotiated_discount_cost) as negotiated_discount_cost,
    sum(b.commitment_discount_cost) as commitment_discount_cost,
    sum(b.unused_commitment_cost) as unused_commitment_cost,
    sum(b.new_resources_cost) as new_resources_cost,
    sum(b.ended_resources_cost) as ended_resources_cost,
    sum(b.one_off_purchases_cost) as one_off_purchases_cost,
    sum(b.fees_cost) as fees_cost,
    sum(b.tax_cost) as tax_cost,
    sum(b.credits_cost) as credits_cost,
    sum(b.refunds_cost) as refunds_cost,
    sum(b.shared_cost) as shared_cost,
    sum(b.shared_reallocation_cost) as shared_reallocation_cost,
    sum(b.restatement_cost) as restatement_cost,
    sum(b.actual_cost) as actual_cost
  from variance_bridge as b
  join pairs as p on p.billing_period = b.billing_period and p.comparison = b.comparison
  join run as r on r.cost_basis = b.cost_basis
  where p.month_rank <= 13
  group by
    b.billing_period, b.comparison, p.base_period, b.billing_currency,
    case when b.comparison in ('budget', 'forecast') then '(all)' else b.service_name end,
    case when b.comparison in ('budget', 'forecast') then '(all)' else b.service end,
    case when b.comparison in ('budget', 'forecast') then '(all)' else b.team end,
    b.cost_center,
    case when b.comparison in ('budget', 'forecast') then '(all)' else b.owner end,
    case when b.comparison in ('budget', 'forecast') then '(all)' else b.sub_account_id end
),
ranked as (
  select
    grouped.*,
    least(row_number() over (
      partition by billing_period, comparison, billing_currency
      order by abs(actual_cost - base_cost) desc, service_name, service, team, cost_center, owner, sub_account_id
    ), 51) as driver_rank
  from grouped
  where base_cost <> 0 or actual_cost <> 0
),
drivers as (
  select
    billing_period, comparison, base_period, billing_currency, driver_rank,
    case when driver_rank <= 50 then service_name else '(other)' end as service_name,
    case when driver_rank <= 50 then service else '(other)' end as service,
    case when driver_rank <= 50 then team else '(other)' end as team,
    case when driver_rank <= 50 then cost_center else '(other)' end as cost_center,
    case when driver_rank <= 50 then owner else '(other)' end as owner,
    case when driver_rank <= 50 then sub_account_id else '(other)' end as sub_account_id,
    sum(base_cost) as base_cost,
    sum(currency_cost) as currency_cost,
    sum(driver_volume_cost) as driver_volume_cost,
    sum(plan_gap_cost) as plan_gap_cost,
    sum(volume_cost) as volume_cost,
    sum(mix_cost) as mix_cost,
    sum(price_cost) as price_cost,
    sum(negotiated_discount_cost) as negotiated_discount_cost,
    sum(commitment_discount_cost) as commitment_discount_cost,
    sum(unused_commitment_cost) as unused_commitment_cost,
    sum(new_resources_cost) as new_resources_cost,
    sum(ended_resources_cost) as ended_resources_cost,
    sum(one_off_purchases_cost) as one_off_purchases_cost,
    sum(fees_cost) as fees_cost,
    sum(tax_cost) as tax_cost,
    sum(credits_cost) as credits_cost,
    sum(refunds_cost) as refunds_cost,
    sum(shared_cost) as shared_cost,
    sum(shared_reallocation_cost) as shared_reallocation_cost,
    sum(restatement_cost) as restatement_cost,
    sum(actual_cost) as actual_cost,
    count(*) as group_count
  from ranked
  group by billing_period, comparison, base_period, billing_currency, driver_rank,
    case when driver_rank <= 50 then service_name else '(other)' end,
    case when driver_rank <= 50 then service else '(other)' end,
    case when driver_rank <= 50 then team else '(other)' end,
    case when driver_rank <= 50 then cost_center else '(other)' end,
    case when driver_rank <= 50 then owner else '(other)' end,
    case when driver_rank <= 50 then sub_account_id else '(other)' end
),
-- The unit that most of the money of comparable usage is in; where nothing is comparable, of all usage.
units as (
  select
    billing_period, comparison, billing_currency, service_name, service, team, cost_center, owner, sub_account_id, consumed_unit,
    sum(case when presence = 'both' then base_consumed_quantity else 0 end) as base_quantity,
    sum(case when presence = 'both' then actual_consumed_quantity else 0 end) as actual_quantity,
    row_number() over (
      partition by billing_period, comparison, billing_currency, service_name, service, team, cost_center, owner, sub_account_id
      order by
        sum(case when presence = 'both' then abs(base_list_cost) + abs(actual_list_cost) else 0 end) desc,
        sum(abs(base_list_cost) + abs(actual_list_cost)) desc, consumed_unit
    ) as unit_rank
  from bridge_leaves
  where charge_kind = 'usage' and consumed_unit <> ''
  group by billing_period, comparison, billing_currency, service_name, service, team, cost_center, owner, sub_account_id, consumed_unit
),
-- Coverage at list prices, as discounts would distort it.
coverage as (
  select
    billing_period, billing_currency, service_name, service, team, cost_center, owner, sub_account_id,
    sum(case when pricing_category = 'Committed' then list_cost else 0 end) as covered_list_cost,
    sum(list_cost) as usage_list_cost
  from daily_cost
  where charge_category = 'Usage' and pricing_category in ('Committed', 'Standard') and charge_class is null
    and coalesce(commitment_discount_status, 'Used') <> 'Unused'
  group by billing_period, billing_currency, service_name, service, team, cost_center, owner, sub_account_id
)
select
  d.billing_period, d.comparison, d.base_period, d.billing_currency, cast(d.driver_rank as integer) as driver_rank,
  d.service_name, d.service, d.team, d.cost_center, d.owner, d.sub_account_id,
  cast(d.base_cost as decimal(38,12)) as base_cost,
  cast(d.currency_cost as decimal(38,12)) as currency_cost,
  cast(d.driver_volume_cost as decimal(38,12)) as driver_volume_cost,
  cast(d.plan_gap_cost as decimal(38,12)) as plan_gap_cost,
  cast(d.volume_cost as decimal(38,12)) as volume_cost,
  cast(d.mix_cost as decimal(38,12)) as mix_cost,
  cast(d.price_cost as decimal(38,12)) as price_cost,
  cast(d.negotiated_discount_cost as decimal(38,12)) as negotiated_discount_cost,
  cast(d.commitment_discount_cost as decimal(38,12)) as commitment_discount_cost,
  cast(d.unused_commitment_cost as decimal(38,12)) as unused_commitment_cost,
  cast(d.new_resources_cost as decimal(38,12)) as new_resources_cost,
  cast(d.ended_resources_cost as decimal(38,12)) as ended_resources_cost,
  cast(d.one_off_purchases_cost as decimal(38,12)) as one_off_purchases_cost,
  cast(d.fees_cost as decimal(38,12)) as fees_cost,
  cast(d.tax_cost as decimal(38,12)) as tax_cost,
  cast(d.credits_cost as decimal(38,12)) as credits_cost,
  cast(d.refunds_cost as decimal(38,12)) as refunds_cost,
  cast(d.shared_cost as decimal(38,12)) as shared_cost,
  cast(d.shared_reallocation_cost as decimal(38,12)) as shared_reallocation_cost,
  cast(d.restatement_cost as decimal(38,12)) as restatement_cost,
  cast(d.actual_cost as decimal(38,12)) as actual_cost,
  cast(d.group_count as bigint) as group_count,
  f.forecast_as_of_date,
  f.forecast_kind,
  u.consumed_unit,
  u.base_quantity,
  u.actual_quantity,
  case when b.usage_list_cost > 0 then cast(b.covered_list_cost as double) / cast(b.usage_list_cost as double) end as base_coverage_ratio,
  case when a.usage_list_cost > 0 then cast(a.covered_list_cost as double) / cast(a.usage_list_cost as double) end as actual_coverage_ratio
from drivers as d
left join (select distinct billing_period, forecast_as_of_date, forecast_kind from month_forecasts) as f
  on d.comparison = 'forecast' and f.billing_period = d.billing_period
left join units as u
  on u.unit_rank = 1 and u.billing_period = d.billing_period and u.comparison = d.comparison and u.billing_currency = d.billing_currency
  and u.service_name = d.service_name and u.service = d.service and u.team = d.team and u.cost_center = d.cost_center and u.owner = d.owner and u.sub_account_id = d.sub_account_id
left join coverage as b
  on b.billing_period = d.base_period and b.billing_currency = d.billing_currency
  and b.service_name = d.service_name and b.service = d.service and b.team = d.team and b.cost_center = d.cost_center and b.owner = d.owner and b.sub_account_id = d.sub_account_id
left join coverage as a
  on a.billing_period = d.billing_period and a.billing_currency = d.billing_currency
  and a.service_name = d.service_name and a.service = d.service and a.team = d.team and a.cost_center = d.cost_center and a.owner = d.owner and a.sub_account_id = d.sub_account_id
