with use as (
  select
    u.account_id,
    u.region_id,
    u.resource_id,
    sum(case when u.metric = 'Invocations' then u.sum end) as invocations,
    sum(case when u.metric = 'Invocations' and u.sum is not null then u.datapoint_count end) as invocations_hours,
    avg(case when u.metric = 'CPUUtilization' then u.average end) as cpu,
    sum(case when u.metric = 'CPUUtilization' and u.average is not null then u.datapoint_count end) as cpu_hours
  from utilization_days as u
  cross join run as n
  cross join waste_thresholds as t
  where u.namespace in ('AWS/SageMaker', '/aws/sagemaker/Endpoints') and date_diff('day', u.date, n.as_of_date) <= t.sagemaker_idle_window_days + 2
  group by u.account_id, u.region_id, u.resource_id
),
judged as (
  select
    r.account_id,
    r.region_id,
    r.resource_type,
    r.resource_id,
    r.billing_currency,
    r.effective_cost as part_cost,
    r.uncommitted_cost as free_cost,
    r.committed_cost as bound_cost,
    1 as share,
    coalesce(u.invocations, 0) as invocations,
    round(u.cpu, 2) as cpu_average_percent,
    cast(t.sagemaker_idle_window_days as integer) as window_days,
    concat(cast(coalesce(u.invocations, 0) as bigint), ' invocations') as observed,
    concat('0 in ', cast(t.sagemaker_idle_window_days as integer), ' days') as threshold,
    concat('aws sagemaker delete-endpoint --endpoint-name ', split_part(r.utilization_id, '/', 1), ' --region ', r.region_id) as remedy,
    'delete' as action,
    nullif(
      concat_ws(', ',
        case when coalesce(greatest(u.invocations_hours, u.cpu_hours), 0) < t.metric_coverage_min_ratio * 24 * t.sagemaker_idle_window_days then 'Invocations' end
      ),
      ''
    ) as missing,
    coalesce(u.invocations, 0) > 0 as is_used
  from priced_resources as r
  left join use as u on u.account_id = r.account_id and u.region_id = r.region_id and u.resource_id = r.utilization_id
  cross join waste_thresholds as t
  where r.resource_type = 'sagemaker:endpoint'
    and coalesce(r.state, 'inservice') = 'inservice'
    and coalesce(r.age_days, t.sagemaker_idle_window_days) >= t.sagemaker_idle_window_days
)
select
  'sagemaker_endpoint_idle' as detector,
  resource_type,
  resource_id,
  account_id as sub_account_id,
  region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  case when missing is null then 'waste' else 'unknown' end as judgement,
  action,
  'whole' as cost_part,
  case
    when missing is null
      then concat('Nobody invoked it in ', window_days, ' days.')
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
  cast(case when missing is null then 0.9 else 0 end as double) as confidence,
  remedy,
  cast(json_object(
    'invocations', invocations,
    'cpu_average_percent', cpu_average_percent,
    'window_days', window_days
  ) as varchar) as evidence
from judged
where part_cost > 0 and not coalesce(is_used, missing is null)
