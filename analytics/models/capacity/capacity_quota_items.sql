-- Quotas of the newest day on which each was asked for. A quota without a metric of its use cannot be known, and is listed
-- only where a target names it.
with ranked as (
  select
    q.*,
    case when q.is_global then 'global' else q.region_id end as place_id,
    row_number() over (
      partition by q.account_id, case when q.is_global then 'global' else q.region_id end, q.service_code, q.quota_code
      order by q.date desc, q.usage desc nulls last, q.region_id
    ) as place,
    bool_or(q.usage is not null) over (
      partition by q.account_id, case when q.is_global then 'global' else q.region_id end, q.service_code, q.quota_code
    ) as is_used
  from quotas as q
)
select
  concat('quota|', q.account_id, '|', q.place_id, '|', q.service_code, '|', q.quota_code, '|usage') as series_id,
  'quota' as scope,
  q.service_code as kind,
  q.account_id as sub_account_id,
  q.place_id as region_id,
  q.quota_code as resource_id,
  q.quota_name as resource_name,
  'usage' as metric,
  coalesce(q.unit, 'count') as unit,
  'peak' as statistic,
  q.quota_limit as limit_value,
  'the quota' as limit_name,
  cast(1 as double) as saturation_ratio,
  case
    when q.usage_metric is null then 'AWS publishes no use of this quota'
    else concat('use of the quota, ', q.usage_metric)
  end as missing,
  case when q.is_adjustable then 'a higher quota, on request' end as next_unit,
  case when q.is_adjustable then cast(0 as decimal(38,12)) end as next_unit_cost,
  case when q.is_adjustable then r.reporting_currency end as billing_currency,
  cast(null as varchar) as team,
  cast(null as varchar) as service,
  cast(null as varchar) as environment,
  cast(null as varchar) as tier,
  cast(null as varchar) as cost_center,
  cast(null as varchar) as owner
from ranked as q
cross join run as r
where q.place = 1
  and (
    q.is_used
    or q.usage_metric is not null
    or (q.service_code, q.quota_code) in (
      select (service_code, quota_code) from capacity_targets where service_code is not null and quota_code is not null
    )
  )
