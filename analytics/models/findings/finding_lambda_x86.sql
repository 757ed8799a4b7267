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
    t.lambda_arm_saving_percent / 100 as share,
    t.lambda_arm_saving_percent as saving_percent,
    cast(p.effective_cost as double) as compute_cost,
    try_cast(element_at(r.attributes, 'memory_mib') as double) as memory_mib,
    concat('x86_64, ', element_at(r.attributes, 'runtime')) as observed,
    concat('arm64, from a cost of ', t.lambda_arm_min_cost, ' in 30 days') as threshold,
    concat('aws lambda update-function-code --function-name ', r.utilization_id, ' --architectures arm64 --zip-file fileb://function.zip --region ', r.region_id) as remedy,
    'retype' as action,
    cast(null as varchar) as missing,
    false as is_used
  from priced_resources as r
  join resource_parts as p
    on p.resource_id = r.resource_id
    and p.sub_account_id = r.account_id
    and p.region_id = r.region_id
    and p.billing_currency = r.billing_currency
    and p.part = 'compute'
  cross join waste_thresholds as t
  where r.resource_type = 'lambda:function'
    and element_at(r.attributes, 'architecture') = 'x86_64'
    and regexp_matches(coalesce(element_at(r.attributes, 'runtime'), ''), '^(nodejs|python|java|ruby|dotnet|provided\.al2)')
    and p.effective_cost >= t.lambda_arm_min_cost
    and coalesce(r.age_days, t.rightsize_min_age_days) >= t.rightsize_min_age_days
)
select
  'lambda_x86' as detector,
  resource_type,
  resource_id,
  account_id as sub_account_id,
  region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  case when missing is null then 'waste' else 'unknown' end as judgement,
  action,
  'compute' as cost_part,
  case
    when missing is null
      then concat('A second on arm64 costs ', saving_percent, ' % less, and the runtime is there for it.')
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
  cast(case when missing is null then 0.4 else 0 end as double) as confidence,
  remedy,
  cast(json_object(
    'saving_percent', saving_percent,
    'compute_cost', compute_cost,
    'memory_mib', memory_mib
  ) as varchar) as evidence
from judged
where part_cost > 0 and not coalesce(is_used, missing is null)
