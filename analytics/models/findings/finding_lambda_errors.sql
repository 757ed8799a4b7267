with use as (
  select
    u.account_id,
    u.region_id,
    u.resource_id,
    sum(case when u.metric = 'Invocations' then u.sum end) as invocations,
    sum(case when u.metric = 'Invocations' and u.sum is not null then u.datapoint_count end) as invocations_hours,
    sum(case when u.metric = 'Errors' then u.sum end) as errors,
    sum(case when u.metric = 'Errors' and u.sum is not null then u.datapoint_count end) as errors_hours
  from utilization_days as u
  cross join run as n
  cross join waste_thresholds as t
  where u.namespace = 'AWS/Lambda' and date_diff('day', u.date, n.as_of_date) <= t.lambda_window_days + 2
  group by u.account_id, u.region_id, u.resource_id
),
judged as (
  select
    r.account_id,
    r.region_id,
    r.resource_type,
    r.resource_id,
    r.billing_currency,
    cast(
      r.effective_cost * cast(
        case when u.errors is null or u.invocations is null then 1 else least(u.errors / nullif(u.invocations, 0), 1) end as decimal(9,6)
      ) as decimal(38,12)
    ) as part_cost,
    cast(
      r.uncommitted_cost * cast(
        case when u.errors is null or u.invocations is null then 1 else least(u.errors / nullif(u.invocations, 0), 1) end as decimal(9,6)
      ) as decimal(38,12)
    ) as free_cost,
    cast(
      r.committed_cost * cast(
        case when u.errors is null or u.invocations is null then 1 else least(u.errors / nullif(u.invocations, 0), 1) end as decimal(9,6)
      ) as decimal(38,12)
    ) as bound_cost,
    1 as share,
    u.invocations as invocations,
    u.errors as errors,
    round(100 * u.errors / nullif(u.invocations, 0), 2) as error_percent,
    cast(t.lambda_window_days as integer) as window_days,
    concat(round(100 * u.errors / nullif(u.invocations, 0), 1), ' % of ', cast(u.invocations as bigint), ' invocations failed') as observed,
    concat('< ', t.lambda_errors_min_percent, ' % of at least ', cast(t.lambda_errors_min_invocations as bigint), ' invocations') as threshold,
    concat('aws logs filter-log-events --log-group-name /aws/lambda/', r.utilization_id, ' --filter-pattern ''?ERROR ?"Task timed out"'' --max-items 50 --region ', r.region_id) as remedy,
    'review' as action,
    nullif(
      concat_ws(', ',
        case when coalesce(u.invocations_hours, 0) < 1 then 'Invocations' end,
        case when coalesce(u.errors_hours, 0) < 1 then 'Errors' end
      ),
      ''
    ) as missing,
    u.invocations < t.lambda_errors_min_invocations
    or u.errors < u.invocations * t.lambda_errors_min_percent / 100 as is_used
  from priced_resources as r
  left join use as u on u.account_id = r.account_id and u.region_id = r.region_id and u.resource_id = r.utilization_id
  cross join waste_thresholds as t
  where r.resource_type = 'lambda:function'
    and coalesce(r.age_days, t.lambda_window_days) >= t.lambda_window_days
)
select
  'lambda_errors' as detector,
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
      then concat(cast(errors as bigint), ' of ', cast(invocations as bigint), ' invocations in ', window_days, ' days failed or ran into the timeout.')
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
  cast(case when missing is null then 0.7 else 0 end as double) as confidence,
  remedy,
  cast(json_object(
    'invocations', invocations,
    'errors', errors,
    'error_percent', error_percent,
    'window_days', window_days
  ) as varchar) as evidence
from judged
where part_cost > 0 and not coalesce(is_used, missing is null)
