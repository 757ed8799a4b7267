-- The last eight weeks, on which hours are judged.
select
  h.charge_hour,
  h.billing_currency,
  h.sub_account_id,
  h.service_name,
  h.sku_meter,
  cast(sum(h.contracted_cost) as decimal(38,12)) as cost
from hourly_cost as h
cross join run as r
where h.charge_hour >= r.as_of_date - interval '56' day and h.charge_hour < r.as_of_date
group by h.charge_hour, h.billing_currency, h.sub_account_id, h.service_name, h.sku_meter
