-- An image costs what its snapshots cost.
with images as (
  select
    *,
    regexp_extract(resource_id, 'ami-[0-9a-zA-Z]+') as image_id,
    try_cast(substr(element_at(attributes, 'last_launched_at'), 1, 10) as date) as last_launched_date
  from costed_resources
  where resource_type = 'ec2:image' and coalesce(state, 'available') = 'available'
),
used as (
  -- Instances of the last three months, and templates of groups that may be at zero now.
  select distinct account_id, region_id, element_at(attributes, 'image_id') as image_id
  from resources
  where resource_type in ('ec2:instance', 'autoscaling:group') and element_at(attributes, 'image_id') is not null
),
kept_snapshots as (
  -- The currency is that of the dearest of them; costs in another are not added.
  select
    i.account_id,
    i.region_id,
    i.resource_id,
    s.effective_cost,
    s.uncommitted_cost,
    s.committed_cost,
    s.billing_currency,
    first_value(s.billing_currency) over (
      partition by i.account_id, i.region_id, i.resource_id order by s.effective_cost desc, s.billing_currency
    ) as main_currency
  from images as i
  cross join unnest(regexp_extract_all(
    concat(coalesce(i.attachments, ''), ' ', coalesce(element_at(i.attributes, 'snapshot_ids'), '')), 'snap-[0-9a-zA-Z]+'
  )) as k (snapshot_id)
  join costed_resources as s
    on s.account_id = i.account_id
    and s.region_id = i.region_id
    and s.resource_type = 'ec2:snapshot'
    and regexp_extract(s.resource_id, 'snap-[0-9a-zA-Z]+') = k.snapshot_id
),
snapshots as (
  select
    account_id,
    region_id,
    resource_id,
    count(*) as snapshot_count,
    main_currency as billing_currency,
    sum(case when billing_currency = main_currency then effective_cost else 0 end) as effective_cost,
    sum(case when billing_currency = main_currency then uncommitted_cost else 0 end) as uncommitted_cost,
    sum(case when billing_currency = main_currency then committed_cost else 0 end) as committed_cost
  from kept_snapshots
  group by account_id, region_id, resource_id, main_currency
),
judged as (
  select
    i.account_id,
    i.region_id,
    i.resource_type,
    i.resource_id,
    i.image_id,
    i.age_days,
    i.size_gib,
    coalesce(s.snapshot_count, 0) as snapshot_count,
    date_diff('day', i.last_launched_date, i.last_seen_date) as unlaunched_days,
    t.image_unused_days as limit_days,
    cast(coalesce(s.effective_cost, 0) + case when k.is_same_currency then i.effective_cost else 0 end as decimal(38,12)) as effective_cost,
    coalesce(s.uncommitted_cost, 0) + case when k.is_same_currency then i.uncommitted_cost else 0 end as uncommitted_cost,
    coalesce(s.committed_cost, 0) + case when k.is_same_currency then i.committed_cost else 0 end as committed_cost,
    coalesce(s.billing_currency, i.billing_currency) as billing_currency
  from images as i
  cross join waste_thresholds as t
  left join used as u
    on u.account_id = i.account_id and u.region_id = i.region_id and u.image_id = i.image_id
  left join snapshots as s
    on s.account_id = i.account_id and s.region_id = i.region_id and s.resource_id = i.resource_id
  cross join lateral (select coalesce(s.billing_currency = i.billing_currency, true) as is_same_currency) as k
  where i.kept_reason is null
    and u.image_id is null
    and i.age_days >= t.image_unused_days
    and coalesce(element_at(i.attributes, 'is_public'), 'false') <> 'true'
    and (i.last_launched_date is null or date_diff('day', i.last_launched_date, i.last_seen_date) >= t.image_unused_days)
)
select
  'image_unused' as detector,
  j.resource_type as resource_type,
  j.resource_id as resource_id,
  j.account_id as sub_account_id,
  j.region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  'waste' as judgement,
  'delete' as action,
  'whole' as cost_part,
  concat('made ', cast(j.age_days as varchar), ' days ago; no instance of the last three months runs from it; it keeps ', cast(j.snapshot_count as varchar), ' snapshots') as reason,
  concat(cast(j.age_days as varchar), ' days old, ', coalesce('launched ' || cast(j.unlaunched_days as varchar) || ' days ago', 'no launch known')) as observed,
  concat('>= ', cast(cast(j.limit_days as integer) as varchar), ' days old and not launched since') as threshold,
  j.effective_cost as part_cost,
  cast(j.uncommitted_cost as decimal(38,12)) as saving_cost,
  cast(j.committed_cost as decimal(38,12)) as deferred_saving_cost,
  j.billing_currency,
  cast(case when j.unlaunched_days is null then 0.7 else 0.9 end as double) as confidence,
  concat('aws ec2 deregister-image --region ', j.region_id, ' --image-id ', coalesce(nullif(j.image_id, ''), j.resource_id), ' --delete-associated-snapshots') as remedy,
  cast(json_object(
    'age_days', j.age_days,
    'unlaunched_days', j.unlaunched_days,
    'snapshot_count', j.snapshot_count
  ) as varchar) as evidence
from judged as j
