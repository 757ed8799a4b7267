with use as (
  select
    u.account_id,
    u.region_id,
    u.resource_id,
    sum(case when u.metric = 'Count' then u.sum end) as requests,
    sum(case when u.metric = 'Count' and u.sum is not null then u.datapoint_count end) as requests_hours,
    sum(case when u.metric = 'CacheHitCount' then u.sum end) as hits,
    sum(case when u.metric = 'CacheHitCount' and u.sum is not null then u.datapoint_count end) as hits_hours,
    sum(case when u.metric = 'CacheMissCount' then u.sum end) as misses,
    sum(case when u.metric = 'CacheMissCount' and u.sum is not null then u.datapoint_count end) as misses_hours
  from utilization_days as u
  cross join run as n
  cross join waste_thresholds as t
  where u.namespace = 'AWS/ApiGateway' and date_diff('day', u.date, n.as_of_date) <= t.api_cache_window_days + 2
  group by u.account_id, u.region_id, u.resource_id
),
judged as (
  select
    r.account_id,
    r.region_id,
    r.resource_type,
    r.resource_id,
    r.billing_currency,
    p.effective_cost as part_cost,
    p.uncommitted_cost as free_cost,
    p.committed_cost as bound_cost,
    1 as share,
    round(u.requests / t.api_cache_window_days, 1) as requests_per_day,
    round(100 * u.hits / nullif(u.hits + u.misses, 0), 2) as hit_percent,
    try_cast(element_at(r.attributes, 'cache_size_gb') as double) as cache_gb,
    cast(t.api_cache_window_days as integer) as window_days,
    concat(round(u.requests / t.api_cache_window_days), ' requests a day, ', coalesce(cast(round(100 * u.hits / nullif(u.hits + u.misses, 0), 1) as varchar), 'no'), ' % from the cache') as observed,
    concat('>= ', cast(t.api_cache_requests_per_day as bigint), ' requests a day and >= ', t.api_cache_hits_min_percent, ' % from the cache') as threshold,
    concat('aws apigateway update-stage --rest-api-id ', regexp_extract(r.resource_id, 'restapis/([^/]+)', 1), ' --stage-name ', regexp_extract(r.resource_id, 'stages/(.+)$', 1), ' --patch-operations op=replace,path=/cacheClusterEnabled,value=false --region ', r.region_id) as remedy,
    'configure' as action,
    nullif(
      concat_ws(', ',
        case when coalesce(u.requests_hours, 0) < t.metric_coverage_min_ratio * 24 * t.api_cache_window_days then 'Count' end,
        case when u.requests >= t.api_cache_requests_per_day * t.api_cache_window_days and (u.hits is null or u.misses is null)
          then 'CacheHitCount, CacheMissCount' end
      ),
      ''
    ) as missing,
    u.requests >= t.api_cache_requests_per_day * t.api_cache_window_days
    and u.hits >= (u.hits + u.misses) * t.api_cache_hits_min_percent / 100 as is_used
  from priced_resources as r
  join resource_parts as p
    on p.resource_id = r.resource_id
    and p.sub_account_id = r.account_id
    and p.region_id = r.region_id
    and p.billing_currency = r.billing_currency
    and p.part = 'cache'
  left join use as u on u.account_id = r.account_id and u.region_id = r.region_id and u.resource_id = r.utilization_id
  cross join waste_thresholds as t
  where r.resource_type = 'apigateway:stage'
    and element_at(r.attributes, 'is_cache_enabled') = 'true'
    and coalesce(r.age_days, t.api_cache_window_days) >= t.api_cache_window_days
)
select
  'api_gateway_cache' as detector,
  resource_type,
  resource_id,
  account_id as sub_account_id,
  region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  case when missing is null then 'waste' else 'unknown' end as judgement,
  action,
  'cache' as cost_part,
  case
    when missing is null
      then concat('The cache is paid for by the hour and answers ', coalesce(cast(hit_percent as varchar), '0'), ' % of ', requests_per_day, ' requests a day.')
    else concat('Not enough data of ', missing, ' to judge it.')
  end as reason,
  case when missing is null then observed else concat('no data: ', missing) end as observed,
  threshold,
  part_cost,
  cast(
    case when missing is null then least(greatest(free_cost, 0), part_cost) * cast(least(greatest(share, 0), 1) as decimal(9,6))
      else 0 end as decimal(38,12)
  ) as saving_cost,
  cast(
    case when missing is null then least(greatest(bound_cost, 0), part_cost) * cast(least(greatest(share, 0), 1) as decimal(9,6))
      else 0 end as decimal(38,12)
  ) as deferred_saving_cost,
  billing_currency,
  cast(case when missing is null then 0.85 else 0 end as double) as confidence,
  remedy,
  cast(json_object(
    'requests_per_day', requests_per_day,
    'hit_percent', hit_percent,
    'cache_gb', cache_gb,
    'window_days', window_days
  ) as varchar) as evidence
from judged
where part_cost > 0 and not coalesce(is_used, missing is null)
