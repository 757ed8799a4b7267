-- When each resource had which size, from one day's inventory to the next; what was before the first day seen had the
-- size of that day. Virtual CPUs and memory follow from the names of classes, which are the same for EC2, RDS (db.) and
-- ElastiCache (cache.); unknown where a name says neither.
with days as (
  select
    *,
    regexp_extract(size_class, '([a-z][a-z0-9-]*)\.([a-z0-9]+)$', 1) as family,
    regexp_extract(size_class, '([a-z][a-z0-9-]*)\.([a-z0-9]+)$', 2) as size_name,
    lag(size_class) over resource as earlier_class,
    lag(size_gib) over resource as earlier_gib,
    row_number() over resource as place
  from resources
  where utilization_id is not null
  window resource as (partition by account_id, region_id, resource_type, resource_id order by date)
),
changes as (
  select
    *,
    lead(date) over (partition by account_id, region_id, resource_type, resource_id order by date) as next_date
  from days
  where place = 1 or size_class is distinct from earlier_class or size_gib is distinct from earlier_gib
),
counted as (
  select
    *,
    case
      when size_name = 'large' then 2
      when size_name = 'xlarge' then 4
      when size_name like '%xlarge' then 4 * try_cast(replace(size_name, 'xlarge', '') as integer)
      when size_name = 'medium' then case when family like 't%' then 2 else 1 end
      when size_name in ('nano', 'micro', 'small') and family like 't%' then case when family = 't2' then 1 else 2 end
    end as vcpu_count
  from changes
)
select
  account_id,
  region_id,
  resource_type,
  resource_id,
  utilization_id,
  case when place = 1 then date '1970-01-01' else date end as from_date,
  coalesce(next_date, date '9999-12-31') as until_date,
  size_class,
  size_gib,
  cast(vcpu_count as double) as vcpu_count,
  cast(case
    when size_name = 'nano' then 0.5
    when size_name = 'micro' then 1
    when size_name = 'small' then 2
    when size_name = 'medium' and family like 't%' then 4
    when family like 't%' or family like 'm%' then 4 * vcpu_count
    when family like 'c%' then 2 * vcpu_count
    when family like 'r%' then 8 * vcpu_count
    when family like 'x%' then 16 * vcpu_count
  end as double) as memory_gib
from counted
