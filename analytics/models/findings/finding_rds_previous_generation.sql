-- Sizes that the newer family has too, with no less memory, and what it is cheaper by at most: t4g hardly is.
with successors (family, target_family, sizes, saving_limit_percent) as (
  values
    ('t1', 't4g', 'micro', 100), ('t2', 't4g', 'micro small medium large xlarge 2xlarge', 4),
    ('m1', 'm6g', 'large xlarge', 100), ('m3', 'm6g', 'large xlarge 2xlarge', 100),
    ('m4', 'm6g', 'large xlarge 2xlarge 4xlarge 16xlarge', 100),
    ('r3', 'r6g', 'large xlarge 2xlarge 4xlarge 8xlarge', 100),
    ('r4', 'r6g', 'large xlarge 2xlarge 4xlarge 8xlarge 16xlarge', 100), ('x1', 'x2g', '16xlarge', 100)
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
    least(t.rds_previous_generation_saving_percent, s.saving_limit_percent) / 100 as share,
    r.size_class as size,
    concat('db.', s.target_family, '.', split_part(r.size_class, '.', 3)) as target_size,
    least(t.rds_previous_generation_saving_percent, s.saving_limit_percent) as saving_percent,
    r.size_class as observed,
    'a current generation' as threshold,
    concat('aws rds modify-db-instance --db-instance-identifier ', r.utilization_id, ' --db-instance-class db.',
      s.target_family, '.', split_part(r.size_class, '.', 3), ' --region ', r.region_id) as remedy,
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
  join successors as s
    on s.family = split_part(r.size_class, '.', 2)
    and concat(' ', s.sizes, ' ') like concat('% ', split_part(r.size_class, '.', 3), ' %')
  cross join waste_thresholds as t
  where r.resource_type = 'rds:db'
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
