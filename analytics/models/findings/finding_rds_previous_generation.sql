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
    t.rds_previous_generation_saving_percent / 100 as share,
    r.size_class as size,
    concat('db.', case left(split_part(r.size_class, '.', 2), 1) when 't' then 't4g' when 'm' then 'm6g' when 'r' then 'r6g' else 'x2g' end, '.',
      case split_part(r.size_class, '.', 3) when '10xlarge' then '12xlarge' else split_part(r.size_class, '.', 3) end) as target_size,
    t.rds_previous_generation_saving_percent as saving_percent,
    r.size_class as observed,
    'a current generation' as threshold,
    concat('aws rds modify-db-instance --db-instance-identifier ', r.utilization_id, ' --db-instance-class db.',
      case left(split_part(r.size_class, '.', 2), 1) when 't' then 't4g' when 'm' then 'm6g' when 'r' then 'r6g' else 'x2g' end, '.',
      case split_part(r.size_class, '.', 3) when '10xlarge' then '12xlarge' else split_part(r.size_class, '.', 3) end, ' --region ', r.region_id) as remedy,
    'retype' as action,
    cast(null as varchar) as missing,
    false as is_used
  from priced_resources as r
  join resource_parts as p
    on p.resource_id = r.resource_id
    and p.sub_account_id = r.account_id
    and p.region_id = r.region_id
    and p.billing_currency = r.billing_currency
    and p.part = 'instance'
  cross join waste_thresholds as t
  where r.resource_type = 'rds:db'
    and regexp_matches(r.size_class, '^db\.(m1|m2|m3|m4|r3|r4|t1|t2|x1|x1e)\.')
    and coalesce(r.age_days, t.rightsize_min_age_days) >= t.rightsize_min_age_days
    and coalesce(element_at(r.attributes, 'engine'), '') not like 'oracle%'
    and coalesce(element_at(r.attributes, 'engine'), '') not like 'sqlserver%'
)
select
  'rds_previous_generation' as detector,
  resource_type,
  resource_id,
  account_id as sub_account_id,
  region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  case when missing is null then 'waste' else 'unknown' end as judgement,
  action,
  'instance' as cost_part,
  case
    when missing is null
      then concat(size, ' is of a previous generation; ', target_size, ' does more for about ', saving_percent, ' % less.')
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
  cast(case when missing is null then 0.5 else 0 end as double) as confidence,
  remedy,
  cast(json_object('size', size, 'target_size', target_size, 'saving_percent', saving_percent) as varchar) as evidence
from judged
where part_cost > 0 and not coalesce(is_used, missing is null)
