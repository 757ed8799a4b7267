-- From the bill alone: the first copy of management events is free, so whatever is paid is another copy.
with copies as (
  select
    sub_account_id,
    max_by(region_id, effective_cost) as region_id,
    billing_currency,
    sum(effective_cost) as effective_cost,
    sum(case when pricing_category = 'Committed' then 0 else effective_cost end) as uncommitted_cost,
    cast(sum(consumed_quantity) as double) as events
  from resource_charges
  where regexp_matches(sku_meter, '(^|-)PaidEventsRecorded$')
  group by sub_account_id, billing_currency
)
select
  'cloudtrail_duplicate' as detector,
  'cloudtrail:trail' as resource_type,
  c.sub_account_id as resource_id,
  c.sub_account_id,
  c.region_id,
  'account' as scope,
  c.sub_account_id as group_id,
  'waste' as judgement,
  'review' as action,
  'management_events' as cost_part,
  concat(cast(round(c.events) as bigint), ' management events were recorded by a further trail, which is paid for; the first is free.') as reason,
  concat(cast(round(c.events) as bigint), ' paid events') as observed,
  concat('cost <= ', t.cloudtrail_duplicate_min_cost) as threshold,
  cast(c.effective_cost as decimal(38,12)) as part_cost,
  cast(least(greatest(c.uncommitted_cost, 0), c.effective_cost) as decimal(38,12)) as saving_cost,
  cast(0 as decimal(38,12)) as deferred_saving_cost,
  c.billing_currency,
  cast(0.8 as double) as confidence,
  concat('aws cloudtrail describe-trails --query ''trailList[].[Name,IsOrganizationTrail,HomeRegion,S3BucketName]'' --output table --region ', c.region_id) as remedy,
  cast(json_object('events', c.events) as varchar) as evidence
from copies as c
cross join waste_thresholds as t
where c.effective_cost > 0 and c.effective_cost > cast(t.cloudtrail_duplicate_min_cost as decimal(38,12))
