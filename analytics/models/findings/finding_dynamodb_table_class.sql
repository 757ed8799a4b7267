-- From the bill alone. Standard-IA stores for 40 % of the price and takes requests for 125 % of it.
with tables as (
  select
    resource_id,
    sub_account_id,
    region_id,
    billing_currency,
    sum(case when part = 'storage' then effective_cost else 0 end) as storage_cost,
    sum(case when part in ('requests', 'read_capacity', 'write_capacity') then effective_cost else 0 end) as request_cost,
    sum(case when part = 'storage' then uncommitted_cost else 0 end) as storage_uncommitted_cost
  from resource_parts
  where regexp_matches(resource_id, '^arn:[a-z-]+:dynamodb:[^:]*:[^:]*:table/[^/]+$')
    and part in ('storage', 'requests', 'read_capacity', 'write_capacity')
  group by resource_id, sub_account_id, region_id, billing_currency
),
savings as (
  select
    c.*,
    r.utilization_id,
    cast(
      least(cast(0.6 as decimal(9,6)) * c.storage_cost - cast(0.25 as decimal(9,6)) * c.request_cost, c.storage_uncommitted_cost)
      as decimal(38,12)
    ) as saving_cost,
    t.dynamodb_class_min_saving_percent
  from tables as c
  left join stg_resources as r
    on r.resource_type = 'dynamodb:table'
    and r.account_id = c.sub_account_id
    and r.region_id = c.region_id
    and r.resource_id = c.resource_id
  cross join run as n
  cross join waste_thresholds as t
  where r.kept_reason is null
    and coalesce(element_at(r.attributes, 'table_class'), 'STANDARD') = 'STANDARD'
    and coalesce(date_diff('day', cast(r.created_at as date), n.as_of_date), 32) >= 32
)
select
  'dynamodb_table_class' as detector,
  'dynamodb:table' as resource_type,
  resource_id,
  sub_account_id,
  region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  'waste' as judgement,
  'retype' as action,
  'storage' as cost_part,
  concat(
    'Storage costs ', round(cast(storage_cost as double), 2), ' and requests ', round(cast(request_cost as double), 2),
    ' in 30 days: Standard-IA costs less.'
  ) as reason,
  concat(
    'requests cost ', round(100 * cast(request_cost as double) / cast(storage_cost as double), 1), ' % of what storage does'
  ) as observed,
  concat('saving < ', dynamodb_class_min_saving_percent, ' % of storage and requests') as threshold,
  storage_cost as part_cost,
  saving_cost,
  cast(0 as decimal(38,12)) as deferred_saving_cost,
  billing_currency,
  cast(0.8 as double) as confidence,
  concat(
    'aws dynamodb update-table --table-name ', coalesce(utilization_id, regexp_extract(resource_id, '([^/]+)$', 1)),
    ' --table-class STANDARD_INFREQUENT_ACCESS --region ', region_id
  ) as remedy,
  cast(json_object('storage_cost', cast(storage_cost as double), 'request_cost', cast(request_cost as double)) as varchar) as evidence
from savings
where storage_cost > 0
  and saving_cost > 0
  and saving_cost >= (storage_cost + request_cost) * cast(dynamodb_class_min_saving_percent / 100 as decimal(9,6))
