-- From the bill alone: what is stored in class Standard, beside how often it is read.
with buckets as (
  select
    sub_account_id,
    region_id,
    resource_id,
    billing_currency,
    sum(case when part = 'storage' then effective_cost else 0 end) as storage_cost,
    sum(case when part = 'storage' then uncommitted_cost else 0 end) as uncommitted_cost,
    cast(sum(case when part = 'storage' then consumed_quantity else 0 end) as double) as stored_gib,
    cast(sum(case when part = 'reads' then consumed_quantity else 0 end) as double) as reads
  from resource_parts
  -- A bucket's name; every other resource with such storage has an ARN.
  where part in ('storage', 'reads') and not regexp_matches(resource_id, '[:/]')
  group by sub_account_id, region_id, resource_id, billing_currency
),
sized as (
  select
    u.account_id,
    u.resource_id,
    max(case when u.metric = 'BucketSizeBytes' then u.average end) / nullif(max(case when u.metric = 'NumberOfObjects' then u.average end), 0)
      as object_bytes
  from utilization_days as u
  cross join run as n
  where u.namespace = 'AWS/S3' and date_diff('day', u.date, n.as_of_date) <= 9
  group by u.account_id, u.resource_id
)
select
  's3_cold' as detector,
  's3:bucket' as resource_type,
  b.resource_id,
  b.sub_account_id,
  b.region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  'waste' as judgement,
  'retype' as action,
  'storage' as cost_part,
  concat(
    round(b.stored_gib), ' GiB in class Standard, read ', cast(b.reads as bigint), ' times in 30 days: ',
    round(b.reads / b.stored_gib, 3), ' reads a GiB.'
  ) as reason,
  concat(round(b.reads / b.stored_gib, 3), ' reads a GiB') as observed,
  concat('> ', t.s3_cold_reads_per_gib, ' reads a GiB in 30 days, from ', t.s3_cold_min_gib, ' GiB') as threshold,
  cast(b.storage_cost as decimal(38,12)) as part_cost,
  cast(
    least(greatest(b.uncommitted_cost, 0), b.storage_cost) * cast(least(t.s3_cold_saving_percent / 100, 1) as decimal(9,6))
    as decimal(38,12)
  ) as saving_cost,
  cast(0 as decimal(38,12)) as deferred_saving_cost,
  b.billing_currency,
  cast(case when o.object_bytes is null then 0.5 else 0.75 end as double) as confidence,
  concat(
    'aws s3api put-bucket-lifecycle-configuration --bucket ', b.resource_id,
    ' --lifecycle-configuration ''{"Rules":[{"ID":"infrequent-access","Status":"Enabled","Filter":{"ObjectSizeGreaterThan":131072},',
    '"Transitions":[{"Days":30,"StorageClass":"STANDARD_IA"}]}]}'''
  ) as remedy,
  cast(json_object(
    'stored_gib', round(b.stored_gib, 3),
    'reads', b.reads,
    'reads_per_gib', round(b.reads / b.stored_gib, 6),
    'object_bytes', round(o.object_bytes)
  ) as varchar) as evidence
from buckets as b
cross join run as n
cross join waste_thresholds as t
left join sized as o on o.account_id = b.sub_account_id and o.resource_id = b.resource_id
left join stg_resources as r
  on r.resource_type = 's3:bucket' and r.account_id = b.sub_account_id and r.region_id = b.region_id and r.resource_id = b.resource_id
where b.storage_cost > 0
  and b.stored_gib >= t.s3_cold_min_gib
  and b.reads <= t.s3_cold_reads_per_gib * b.stored_gib
  and coalesce(o.object_bytes, 131072) >= 131072
  and r.kept_reason is null
  and coalesce(date_diff('day', cast(r.created_at as date), n.as_of_date), 32) >= 32
