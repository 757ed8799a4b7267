-- From the bill alone: AWS charges for it only while the engine's version is out of standard support.
with charged as (
  select resource_id, sub_account_id, region_id, billing_currency, effective_cost, uncommitted_cost, committed_cost, consumed_quantity
  from resource_parts
  where part = 'extended_support' and effective_cost > 0
)
select
  'rds_extended_support' as detector,
  'rds:db' as resource_type,
  c.resource_id,
  c.sub_account_id,
  c.region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  'waste' as judgement,
  'configure' as action,
  'extended_support' as cost_part,
  concat(
    'The version of the engine',
    case when element_at(r.attributes, 'engine_version') is not null
      then concat(' (', element_at(r.attributes, 'engine'), ' ', element_at(r.attributes, 'engine_version'), ')') end,
    ' is out of standard support: ', round(c.consumed_quantity),
    ' vCPU hours of Extended Support in 30 days.'
  ) as reason,
  concat(round(c.consumed_quantity), ' vCPU hours of Extended Support') as observed,
  'no charge for Extended Support' as threshold,
  c.effective_cost as part_cost,
  least(greatest(c.uncommitted_cost, 0), c.effective_cost) as saving_cost,
  least(greatest(c.committed_cost, 0), c.effective_cost) as deferred_saving_cost,
  c.billing_currency,
  cast(0.95 as double) as confidence,
  concat(
    'aws rds modify-db-instance --db-instance-identifier ',
    coalesce(r.utilization_id, regexp_extract(c.resource_id, '([^:/]+)$', 1)),
    ' --engine-version NEWER --allow-major-version-upgrade --region ', c.region_id
  ) as remedy,
  cast(json_object('vcpu_hours', cast(c.consumed_quantity as double)) as varchar) as evidence
from charged as c
left join stg_resources as r
  on r.resource_type = 'rds:db'
  and r.account_id = c.sub_account_id
  and r.region_id = c.region_id
  and r.resource_id = c.resource_id
where r.kept_reason is null
