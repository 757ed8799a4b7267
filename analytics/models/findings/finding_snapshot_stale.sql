-- Kept are snapshots of an image, of a backup plan, and the newest of a volume that still exists.
with snapshots as (
  select
    c.*,
    regexp_extract(c.resource_id, 'snap-[0-9a-zA-Z]+') as snapshot_id,
    element_at(c.attributes, 'volume_id') as volume_id,
    regexp_extract(coalesce(element_at(c.attributes, 'description'), ''), 'ami-[0-9a-f]+') as image_id,
    array_join(map_keys(s.tags), ' ') as tag_keys
  from costed_resources as c
  join stg_resources as s
    on s.account_id = c.account_id
    and s.region_id = c.region_id
    and s.resource_type = c.resource_type
    and s.resource_id = c.resource_id
  where c.resource_type = 'ec2:snapshot' and coalesce(c.state, 'completed') = 'completed'
),
image_snapshots as (
  select distinct i.account_id, i.region_id, k.snapshot_id
  from stg_resources as i
  cross join unnest(regexp_extract_all(
    concat(coalesce(i.attachments, ''), ' ', coalesce(element_at(i.attributes, 'snapshot_ids'), '')), 'snap-[0-9a-zA-Z]+'
  )) as k (snapshot_id)
  where i.resource_type = 'ec2:image'
),
images as (
  select account_id, region_id, regexp_extract(resource_id, 'ami-[0-9a-f]+') as image_id
  from stg_resources
  where resource_type = 'ec2:image'
),
places as (
  select
    account_id,
    region_id,
    max(case when resource_type = 'ec2:image' then 1 else 0 end) = 1 as has_images,
    max(case when resource_type = 'ec2:volume' then 1 else 0 end) = 1 as has_volumes
  from stg_resources
  group by account_id, region_id
),
volumes as (
  select account_id, region_id, resource_id
  from stg_resources
  where resource_type = 'ec2:volume'
),
newest as (
  select account_id, region_id, volume_id, min(age_days) as age_days
  from snapshots
  where volume_id is not null
  group by account_id, region_id, volume_id
),
judged as (
  select
    s.*,
    p.has_volumes and v.resource_id is null and coalesce(s.volume_id, '') <> '' as is_orphan,
    t.snapshot_orphan_days as orphan_days,
    t.snapshot_stale_days as stale_days
  from snapshots as s
  cross join waste_thresholds as t
  join places as p on p.account_id = s.account_id and p.region_id = s.region_id
  left join volumes as v
    on v.account_id = s.account_id and v.region_id = s.region_id and v.resource_id = s.volume_id
  left join newest as n
    on n.account_id = s.account_id and n.region_id = s.region_id and n.volume_id = s.volume_id
  left join image_snapshots as u
    on u.account_id = s.account_id and u.region_id = s.region_id and u.snapshot_id = s.snapshot_id
  left join images as i
    on i.account_id = s.account_id and i.region_id = s.region_id and i.image_id = s.image_id
  where s.kept_reason is null
    and s.age_days is not null
    and u.snapshot_id is null
    and i.image_id is null
    and (s.image_id = '' or p.has_images)
    and not regexp_matches(coalesce(s.tag_keys, ''), '(aws:backup:|aws:dlm:|dlm:)')
    and (
      (p.has_volumes and v.resource_id is null and coalesce(s.volume_id, '') <> '' and s.age_days >= t.snapshot_orphan_days)
      or (s.age_days > t.snapshot_stale_days and (v.resource_id is null or s.age_days > n.age_days))
    )
)
select
  'snapshot_stale' as detector,
  j.resource_type as resource_type,
  j.resource_id as resource_id,
  j.account_id as sub_account_id,
  j.region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  'waste' as judgement,
  'delete' as action,
  'whole' as cost_part,
  concat('made ', cast(j.age_days as varchar), ' days ago', case when j.is_orphan then concat('; its volume ', j.volume_id, ' is gone')
    when coalesce(j.volume_id, '') = '' then '' else '; newer ones of its volume exist' end, '; no image uses it') as reason,
  concat(cast(j.age_days as varchar), ' days old', case when j.is_orphan then ', volume gone' else '' end) as observed,
  concat('volume gone and >= ', cast(cast(j.orphan_days as integer) as varchar), ' days, or > ', cast(cast(j.stale_days as integer) as varchar), ' days') as threshold,
  j.effective_cost as part_cost,
  cast(j.uncommitted_cost as decimal(38,12)) as saving_cost,
  cast(j.committed_cost as decimal(38,12)) as deferred_saving_cost,
  j.billing_currency,
  cast(case when j.is_orphan and j.age_days > j.stale_days then 0.85 when j.is_orphan then 0.7 else 0.6 end as double) as confidence,
  concat('aws ec2 delete-snapshot --region ', j.region_id, ' --snapshot-id ', coalesce(nullif(j.snapshot_id, ''), j.resource_id)) as remedy,
  cast(json_object(
    'age_days', j.age_days,
    'size_gib', j.size_gib
  ) as varchar) as evidence
from judged as j
