-- A stopped instance costs nothing itself; what is attached to it does. Findings on those are its alternatives.
with stopped as (
  select
    c.*,
    date_diff('day', coalesce(
      try_cast(nullif(regexp_extract(element_at(c.attributes, 'state_changed'), '[0-9]{4}-[0-9]{2}-[0-9]{2}'), '') as date),
      c.state_since_date
    ), c.last_seen_date) + 1 as stopped_days
  from costed_resources as c
  where c.resource_type = 'ec2:instance' and c.state = 'stopped'
),
attached as (
  -- The currency is that of the dearest of them; costs in another are not added.
  select
    s.account_id,
    s.region_id,
    s.resource_id,
    a.resource_type,
    a.effective_cost,
    a.uncommitted_cost,
    a.committed_cost,
    a.billing_currency,
    first_value(a.billing_currency) over (
      partition by s.account_id, s.region_id, s.resource_id order by a.effective_cost desc, a.billing_currency
    ) as main_currency
  from stopped as s
  join costed_resources as a
    on a.account_id = s.account_id
    and a.region_id = s.region_id
    and a.attachments = concat('["', s.resource_id, '"]')
  where a.resource_type in ('ec2:volume', 'ec2:elastic-ip')
),
paid_for as (
  select
    account_id,
    region_id,
    resource_id,
    count(case when resource_type = 'ec2:volume' then 1 end) as volume_count,
    count(case when resource_type = 'ec2:elastic-ip' then 1 end) as address_count,
    sum(case when billing_currency = main_currency then effective_cost else 0 end) as effective_cost,
    sum(case when billing_currency = main_currency then uncommitted_cost else 0 end) as uncommitted_cost,
    sum(case when billing_currency = main_currency then committed_cost else 0 end) as committed_cost,
    main_currency as billing_currency
  from attached
  group by account_id, region_id, resource_id, main_currency
),
judged as (
  select
    s.account_id,
    s.region_id,
    s.resource_type,
    s.resource_id,
    s.stopped_days,
    s.state_days,
    coalesce(a.volume_count, 0) as volume_count,
    coalesce(a.address_count, 0) as address_count,
    t.ec2_stopped_days as limit_days,
    cast(coalesce(a.effective_cost, 0) as decimal(38,12)) as effective_cost,
    cast(coalesce(a.uncommitted_cost, 0) as decimal(38,12)) as uncommitted_cost,
    cast(coalesce(a.committed_cost, 0) as decimal(38,12)) as committed_cost,
    coalesce(a.billing_currency, s.billing_currency) as billing_currency
  from stopped as s
  cross join waste_thresholds as t
  left join paid_for as a
    on a.account_id = s.account_id and a.region_id = s.region_id and a.resource_id = s.resource_id
  where s.kept_reason is null and s.stopped_days > t.ec2_stopped_days
)
select
  'ec2_stopped' as detector,
  j.resource_type as resource_type,
  j.resource_id as resource_id,
  j.account_id as sub_account_id,
  j.region_id,
  'group' as scope,
  j.resource_id as group_id,
  'waste' as judgement,
  'delete' as action,
  'whole' as cost_part,
  concat('stopped for ', cast(j.stopped_days as varchar), ' days; ', cast(j.volume_count as varchar), ' volumes and ',
    cast(j.address_count as varchar), ' addresses on it are still paid for') as reason,
  concat('stopped for ', cast(j.stopped_days as varchar), ' days') as observed,
  concat('stopped for > ', cast(cast(j.limit_days as integer) as varchar), ' days') as threshold,
  j.effective_cost as part_cost,
  cast(j.uncommitted_cost as decimal(38,12)) as saving_cost,
  cast(j.committed_cost as decimal(38,12)) as deferred_saving_cost,
  j.billing_currency,
  cast(0.9 as double) as confidence,
  concat('aws ec2 create-image --region ', j.region_id, ' --instance-id ', j.resource_id, ' --name ', j.resource_id,
    '-before-removal && aws ec2 terminate-instances --region ', j.region_id, ' --instance-ids ', j.resource_id) as remedy,
  cast(json_object(
    'stopped_days', j.stopped_days,
    'volume_count', j.volume_count,
    'address_count', j.address_count
  ) as varchar) as evidence
from judged as j
