-- The same cost from four sides. A series that never costs enough to matter on any day is left out.
with sides as (
  select
    'group' as series_kind, charge_date, billing_currency, service, environment, team,
    '' as sub_account_id, '' as service_name, '' as sku_meter, cost, list_cost, quantity
  from anomaly_leaves
  union all
  select 'service_name', charge_date, billing_currency, '', '', '', '', service_name, '', cost, list_cost, quantity
  from anomaly_leaves
  union all
  select 'sub_account', charge_date, billing_currency, '', '', '', sub_account_id, '', '', cost, list_cost, quantity
  from anomaly_leaves
  union all
  select 'usage_type', charge_date, billing_currency, '', '', '', '', service_name, sku_meter, cost, list_cost, quantity
  from anomaly_leaves
),
daily as (
  select
    series_kind, billing_currency, service, environment, team, sub_account_id, service_name, sku_meter, charge_date,
    sum(cost) as cost,
    sum(list_cost) as list_cost,
    case when series_kind = 'usage_type' then sum(quantity) end as quantity
  from sides
  group by
    series_kind, billing_currency, service, environment, team, sub_account_id, service_name, sku_meter, charge_date
),
highest as (
  select
    series_kind, billing_currency, service, environment, team, sub_account_id, service_name, sku_meter,
    max(cost) as highest_cost
  from daily
  group by series_kind, billing_currency, service, environment, team, sub_account_id, service_name, sku_meter
)
select
  d.series_kind, d.billing_currency, d.service, d.environment, d.team, d.sub_account_id, d.service_name, d.sku_meter,
  d.charge_date, d.cost, d.list_cost, d.quantity
from daily as d
join highest as h
  on h.series_kind = d.series_kind
  and h.billing_currency = d.billing_currency
  and h.service = d.service
  and h.environment = d.environment
  and h.team = d.team
  and h.sub_account_id = d.sub_account_id
  and h.service_name = d.service_name
  and h.sku_meter = d.sku_meter
join anomaly_settings as s on h.highest_cost >= s.minimum_cost_per_day
