with billed as (
  select sub_account_id, resource_id, max(charged_days) as idle_days
  from resource_charges
  where resource_id is not null and sku_meter like '%IdleAddress%'
  group by sub_account_id, resource_id
),
judged as (
  select
    c.*,
    greatest(c.state_days, coalesce(b.idle_days, 0)) as idle_days,
    t.address_idle_days as limit_days
  from costed_resources as c
  cross join waste_thresholds as t
  left join billed as b on b.sub_account_id = c.account_id and b.resource_id = c.resource_id
  where c.resource_type = 'ec2:elastic-ip'
    and c.state = 'unassociated'
    and c.kept_reason is null
    and (c.state_days >= t.address_idle_days or (c.state_since_date = c.first_seen_date and b.idle_days >= t.address_idle_days))
)
select
  'elastic_ip_idle' as detector,
  j.resource_type as resource_type,
  j.resource_id as resource_id,
  j.account_id as sub_account_id,
  j.region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  'waste' as judgement,
  'delete' as action,
  'whole' as cost_part,
  concat('associated with nothing for ', cast(j.idle_days as varchar), ' days or more') as reason,
  concat('unassociated for ', cast(j.idle_days as varchar), ' days') as observed,
  concat('unassociated for >= ', cast(cast(j.limit_days as integer) as varchar), ' days') as threshold,
  j.effective_cost as part_cost,
  cast(j.uncommitted_cost as decimal(38,12)) as saving_cost,
  cast(j.committed_cost as decimal(38,12)) as deferred_saving_cost,
  j.billing_currency,
  cast(0.95 as double) as confidence,
  concat('aws ec2 release-address --region ', j.region_id, ' --allocation-id ',
    coalesce(nullif(regexp_extract(j.resource_id, 'eipalloc-[0-9a-zA-Z]+'), ''), element_at(j.attributes, 'allocation_id'), j.resource_id)) as remedy,
  cast(json_object(
    'idle_days', j.idle_days
  ) as varchar) as evidence
from judged as j
