with judged as (
  select
    r.account_id,
    r.region_id,
    r.resource_type,
    r.resource_id,
    r.billing_currency,
    p.effective_cost as part_cost,
    p.uncommitted_cost as free_cost,
    p.committed_cost as bound_cost,
    1 - t.log_retention_days / nullif(r.age_days, 0) as share,
    round(r.size_gib, 3) as stored_gib,
    r.age_days as age_days,
    t.log_retention_days as retention_days,
    concat('no retention, ', round(r.size_gib, 1), ' GiB in ', r.age_days, ' days') as observed,
    concat('a retention; ', cast(t.log_retention_days as integer), ' days are taken') as threshold,
    concat('aws logs put-retention-policy --log-group-name ', regexp_extract(r.resource_id, 'log-group:(.*)$', 1), ' --retention-in-days ', cast(t.log_retention_days as integer), ' --region ', r.region_id) as remedy,
    'configure' as action,
    nullif(concat_ws(', ', case when r.age_days is null then 'creation date' end), '') as missing,
    r.age_days <= t.log_retention_days as is_used
  from priced_resources as r
  join resource_parts as p
    on p.resource_id = r.resource_id
    and p.sub_account_id = r.account_id
    and p.region_id = r.region_id
    and p.billing_currency = r.billing_currency
    and p.part = 'storage'
  cross join waste_thresholds as t
  where r.resource_type = 'logs:log-group'
    and element_at(r.attributes, 'retention_days') is null
    and r.size_gib >= t.log_retention_min_gib
)
select
  'log_group_no_retention' as detector,
  resource_type,
  resource_id,
  account_id as sub_account_id,
  region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  case when missing is null then 'waste' else 'unknown' end as judgement,
  action,
  'storage' as cost_part,
  case
    when missing is null
      then concat('Keeps everything for ever: ', round(stored_gib, 1), ' GiB of ', age_days, ' days, of which ', cast(retention_days as integer), ' would be kept.')
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
  cast(case when missing is null then 0.7 else 0 end as double) as confidence,
  remedy,
  cast(json_object(
    'stored_gib', stored_gib,
    'age_days', age_days,
    'retention_days', retention_days
  ) as varchar) as evidence
from judged
where part_cost > 0 and not coalesce(is_used, missing is null)
