-- Registered nothing on any day seen: a deployment that swaps targets has some on some days.
with history as (
  select
    s.account_id,
    s.region_id,
    s.resource_id,
    count(*) as seen_days,
    count(case
      when element_at(s.attributes, 'target_count') = '0' then 1
      when element_at(s.attributes, 'target_count') is null and s.attachments = '[]' then 1
    end) as empty_days
  from resources as s
  cross join run as r
  cross join waste_thresholds as t
  where s.resource_type = 'elasticloadbalancing:loadbalancer'
    and date_diff('day', s.date, r.as_of_date) <= t.load_balancer_window_days
  group by s.account_id, s.region_id, s.resource_id
),
judged as (
  select c.*, h.empty_days, t.load_balancer_window_days as window_days
  from costed_resources as c
  cross join waste_thresholds as t
  join history as h
    on h.account_id = c.account_id and h.region_id = c.region_id and h.resource_id = c.resource_id
  where c.resource_type = 'elasticloadbalancing:loadbalancer'
    and c.kept_reason is null
    and coalesce(c.age_days, t.load_balancer_window_days) >= t.load_balancer_window_days
    and h.empty_days = h.seen_days
)
select
  'load_balancer_without_targets' as detector,
  j.resource_type as resource_type,
  j.resource_id as resource_id,
  j.account_id as sub_account_id,
  j.region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  'waste' as judgement,
  'delete' as action,
  'whole' as cost_part,
  concat('nothing was registered to it on any of the ', cast(j.empty_days as varchar), ' days on which it was looked at') as reason,
  '0 targets' as observed,
  concat('no target in ', cast(cast(j.window_days as integer) as varchar), ' days') as threshold,
  j.effective_cost as part_cost,
  cast(j.uncommitted_cost as decimal(38,12)) as saving_cost,
  cast(j.committed_cost as decimal(38,12)) as deferred_saving_cost,
  j.billing_currency,
  cast(0.9 as double) as confidence,
  case
    when j.size_class = 'classic'
      then concat('aws elb delete-load-balancer --region ', j.region_id, ' --load-balancer-name ', j.utilization_id)
    else concat('aws elbv2 delete-load-balancer --region ', j.region_id, ' --load-balancer-arn ', j.resource_id)
  end as remedy,
  cast(json_object(
    'empty_days', j.empty_days,
    'window_days', j.window_days,
    'age_days', j.age_days
  ) as varchar) as evidence
from judged as j
