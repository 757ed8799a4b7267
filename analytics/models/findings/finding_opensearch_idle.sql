with use as (
  select
    u.account_id,
    u.region_id,
    u.resource_id,
    max(case when u.metric = 'SearchRate' then u.maximum end) as searches,
    sum(case when u.metric = 'SearchRate' and u.maximum is not null then u.datapoint_count end) as searches_hours,
    max(case when u.metric = 'IndexingRate' then u.maximum end) as updates,
    sum(case when u.metric = 'IndexingRate' and u.maximum is not null then u.datapoint_count end) as updates_hours
  from utilization_days as u
  cross join run as n
  cross join waste_thresholds as t
  where u.namespace = 'AWS/ES' and date_diff('day', u.date, n.as_of_date) <= t.opensearch_idle_window_days + 2
  group by u.account_id, u.region_id, u.resource_id
),
judged as (
  select
    r.account_id,
    r.region_id,
    r.resource_type,
    r.resource_id,
    r.billing_currency,
    r.effective_cost as part_cost,
    r.uncommitted_cost as free_cost,
    r.committed_cost as bound_cost,
    1 as share,
    u.searches as searches_max_per_minute,
    u.updates as updates_max_per_minute,
    cast(t.opensearch_idle_window_days as integer) as window_days,
    concat('at most ', round(u.searches, 1), ' searches and ', round(u.updates, 1), ' updates a minute') as observed,
    concat('<= ', t.opensearch_idle_rate_per_minute, ' a minute for ', cast(t.opensearch_idle_window_days as integer), ' days') as threshold,
    concat('aws opensearch delete-domain --domain-name ', r.utilization_id, ' --region ', r.region_id) as remedy,
    'delete' as action,
    nullif(
      concat_ws(', ',
        case when coalesce(u.searches_hours, 0) < t.metric_coverage_min_ratio * 24 * t.opensearch_idle_window_days then 'SearchRate' end,
        case when coalesce(u.updates_hours, 0) < t.metric_coverage_min_ratio * 24 * t.opensearch_idle_window_days then 'IndexingRate' end
      ),
      ''
    ) as missing,
    u.searches > t.opensearch_idle_rate_per_minute or u.updates > t.opensearch_idle_rate_per_minute as is_used
  from priced_resources as r
  left join use as u on u.account_id = r.account_id and u.region_id = r.region_id and u.resource_id = r.utilization_id
  cross join waste_thresholds as t
  where r.resource_type = 'es:domain'
    and coalesce(r.age_days, t.opensearch_idle_window_days) >= t.opensearch_idle_window_days
)
select
  'opensearch_idle' as detector,
  resource_type,
  resource_id,
  account_id as sub_account_id,
  region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  case when missing is null then 'waste' else 'unknown' end as judgement,
  action,
  'whole' as cost_part,
  case
    when missing is null
      then concat('Never more than ', searches_max_per_minute, ' searches and ', updates_max_per_minute, ' updates a minute in ', window_days, ' days.')
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
  cast(case when missing is null then 0.8 else 0 end as double) as confidence,
  remedy,
  cast(json_object(
    'searches_max_per_minute', searches_max_per_minute,
    'updates_max_per_minute', updates_max_per_minute,
    'window_days', window_days
  ) as varchar) as evidence
from judged
where part_cost > 0 and not coalesce(is_used, missing is null)
