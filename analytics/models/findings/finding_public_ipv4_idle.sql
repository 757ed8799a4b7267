-- From the bill alone where the inventory does not know the address and it is still charged; else those of stopped instances.
with stopped as (
  select account_id, region_id, concat('["', resource_id, '"]') as attachments, resource_id, state_days
  from costed_resources
  where resource_type = 'ec2:instance' and state = 'stopped' and kept_reason is null
),
on_stopped as (
  select
    c.account_id,
    c.region_id,
    c.resource_id,
    concat('its instance ', s.resource_id, ' is stopped') as what,
    least(s.state_days, c.state_days) as idle_days,
    c.effective_cost,
    c.uncommitted_cost,
    c.committed_cost,
    c.billing_currency
  from costed_resources as c
  join stopped as s
    on s.account_id = c.account_id and s.region_id = c.region_id and s.attachments = c.attachments
  where c.resource_type = 'ec2:elastic-ip' and c.kept_reason is null
),
billed as (
  select
    d.sub_account_id,
    d.region_id,
    d.resource_id,
    d.billing_currency,
    d.charge_date,
    sum(d.effective_cost) as effective_cost
  from daily_cost as d
  cross join run as r
  where d.charge_category = 'Usage'
    and d.resource_id is not null
    and (d.sku_meter like '%PublicIPv4:IdleAddress' or d.sku_meter like '%ElasticIP:IdleAddress')
    and d.charge_date >= r.as_of_date - interval '32' day
    and d.charge_date < r.as_of_date - interval '2' day
  group by d.sub_account_id, d.region_id, d.resource_id, d.billing_currency, d.charge_date
),
unlisted as (
  select
    b.sub_account_id as account_id,
    b.region_id,
    b.resource_id,
    'billed as idle' as what,
    count(*) as idle_days,
    cast(greatest(sum(b.effective_cost), 0) as decimal(38,12)) as effective_cost,
    cast(greatest(sum(b.effective_cost), 0) as decimal(38,12)) as uncommitted_cost,
    cast(0 as decimal(38,12)) as committed_cost,
    b.billing_currency
  from billed as b
  cross join run as r
  where b.resource_id not in (select resource_id from costed_resources where resource_type = 'ec2:elastic-ip')
  group by b.sub_account_id, b.region_id, b.resource_id, b.billing_currency, r.as_of_date
  having max(b.charge_date) >= r.as_of_date - interval '4' day
),
listed as (
  select * from on_stopped
  union all
  select * from unlisted
),
judged as (
  select l.*, t.address_idle_days as limit_days
  from listed as l
  cross join waste_thresholds as t
  where l.idle_days >= t.address_idle_days
)
select
  'public_ipv4_idle' as detector,
  'ec2:elastic-ip' as resource_type,
  j.resource_id as resource_id,
  j.account_id as sub_account_id,
  j.region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  'waste' as judgement,
  'delete' as action,
  'whole' as cost_part,
  concat(j.what, ' for ', cast(j.idle_days as varchar), ' days') as reason,
  concat('idle for ', cast(j.idle_days as varchar), ' days') as observed,
  concat('idle for >= ', cast(cast(j.limit_days as integer) as varchar), ' days') as threshold,
  j.effective_cost as part_cost,
  cast(j.uncommitted_cost as decimal(38,12)) as saving_cost,
  cast(j.committed_cost as decimal(38,12)) as deferred_saving_cost,
  j.billing_currency,
  cast(0.9 as double) as confidence,
  concat('aws ec2 release-address --region ', j.region_id, ' --allocation-id ',
    coalesce(nullif(regexp_extract(j.resource_id, 'eipalloc-[0-9a-zA-Z]+'), ''), j.resource_id), '  # disassociated') as remedy,
  cast(json_object(
    'idle_days', j.idle_days
  ) as varchar) as evidence
from judged as j
