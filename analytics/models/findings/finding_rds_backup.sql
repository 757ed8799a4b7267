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
    1 - t.rds_backup_free_ratio * r.size_gib / nullif(cast(p.consumed_quantity as double), 0) as share,
    cast(p.consumed_quantity as double) as charged_gib_months,
    r.size_gib as allocated_gib,
    try_cast(element_at(r.attributes, 'backup_retention_days') as integer) as retention_days,
    concat(round(cast(p.consumed_quantity as double)), ' GiB months of backups charged') as observed,
    concat('<= ', t.rds_backup_free_ratio, ' x the ', r.size_gib, ' GiB allocated') as threshold,
    concat('aws rds describe-db-snapshots --snapshot-type manual --db-instance-identifier ', r.utilization_id, ' --query ''DBSnapshots[].[DBSnapshotIdentifier,SnapshotCreateTime,AllocatedStorage]'' --output table --region ', r.region_id) as remedy,
    'review' as action,
    cast(null as varchar) as missing,
    coalesce(cast(p.consumed_quantity as double), 0) <= t.rds_backup_free_ratio * r.size_gib as is_used
  from priced_resources as r
  join resource_parts as p
    on p.resource_id = r.resource_id
    and p.sub_account_id = r.account_id
    and p.region_id = r.region_id
    and p.billing_currency = r.billing_currency
    and p.part = 'backup'
  cross join waste_thresholds as t
  where r.resource_type = 'rds:db'
    and r.size_gib > 0
)
select
  'rds_backup' as detector,
  resource_type,
  resource_id,
  account_id as sub_account_id,
  region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  case when missing is null then 'waste' else 'unknown' end as judgement,
  action,
  'backup' as cost_part,
  case
    when missing is null
      then concat('Backups of ', round(charged_gib_months), ' GiB are charged beyond those that are free, for ', allocated_gib, ' GiB of storage.')
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
  cast(case when missing is null then 0.6 else 0 end as double) as confidence,
  remedy,
  cast(json_object(
    'charged_gib_months', charged_gib_months,
    'allocated_gib', allocated_gib,
    'retention_days', retention_days
  ) as varchar) as evidence
from judged
where part_cost > 0 and not coalesce(is_used, missing is null)
