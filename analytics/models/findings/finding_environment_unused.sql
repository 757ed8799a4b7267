-- Requests, connections and calls are of users; a machine's own traffic shows whether something else works there. Functions report
-- nothing when nobody calls them, so that they count only when they are called.
with costs as (
  select
    service,
    environment,
    billing_currency,
    min(sub_account_id) as account_id,
    min(region_id) as region_id,
    max(charged_days) as charged_days,
    sum(effective_cost) as effective_cost,
    sum(case when pricing_category = 'Committed' then effective_cost else 0 end) as committed_cost,
    -- Tasks of ECS work behind no metric of their own that tells of users.
    max(case when regexp_matches(resource_id, ':task/') then 1 else 0 end) = 1 as has_tasks
  from resource_charges
  where service <> '(unallocated)' and environment <> '(unallocated)'
  group by service, environment, billing_currency
),
members as (
  select
    b.service,
    b.environment,
    b.billing_currency,
    c.account_id,
    c.region_id,
    c.resource_type,
    c.utilization_id,
    c.kept_reason,
    (c.resource_type = 'ec2:instance' and c.state = 'running')
      or c.resource_type in ('rds:db', 'elasticloadbalancing:loadbalancer', 'ec2:natgateway') as is_measurable
  from resource_costs as b
  join costed_resources as c
    on c.account_id = b.sub_account_id and c.resource_id = b.resource_id
),
kinds (namespace, metric, resource_type, kind) as (
  values
    ('AWS/ApplicationELB', 'RequestCount', 'elasticloadbalancing:loadbalancer', 'requests'),
    ('AWS/NetworkELB', 'NewFlowCount', 'elasticloadbalancing:loadbalancer', 'requests'),
    ('AWS/ELB', 'RequestCount', 'elasticloadbalancing:loadbalancer', 'requests'),
    ('AWS/Lambda', 'Invocations', 'lambda:function', 'requests'),
    ('AWS/ApiGateway', 'Count', 'apigateway:stage', 'requests'),
    ('AWS/DynamoDB', 'ConsumedReadCapacityUnits', 'dynamodb:table', 'requests'),
    ('AWS/DynamoDB', 'ConsumedWriteCapacityUnits', 'dynamodb:table', 'requests'),
    ('AWS/Kinesis', 'IncomingRecords', 'kinesis:stream', 'requests'),
    ('AWS/SageMaker', 'Invocations', 'sagemaker:endpoint', 'requests'),
    ('AWS/RDS', 'DatabaseConnections', 'rds:db', 'connections'),
    ('AWS/EC2', 'NetworkIn', 'ec2:instance', 'network'),
    ('AWS/EC2', 'NetworkOut', 'ec2:instance', 'network'),
    ('AWS/NATGateway', 'BytesOutToDestination', 'ec2:natgateway', 'network')
),
traffic as (
  select
    d.account_id,
    d.region_id,
    d.resource_id,
    k.resource_type,
    d.date,
    max(d.datapoint_count) as known_hours,
    sum(case when k.kind = 'requests' then d.sum end) as request_count,
    max(case when k.kind = 'connections' then d.maximum end) as connection_count,
    sum(case when k.kind = 'network' then d.sum end) / 1048576 as network_mib
  from utilization_days as d
  cross join run as r
  cross join waste_thresholds as t
  join kinds as k on k.namespace = d.namespace and k.metric = d.metric
  where date_diff('day', d.date, r.as_of_date) <= t.environment_window_days + 2
  group by d.account_id, d.region_id, d.resource_id, k.resource_type, d.date
),
resource_traffic as (
  select
    account_id,
    region_id,
    resource_id,
    resource_type,
    sum(known_hours) as known_hours,
    max(request_count) as requests_per_day,
    count(case when connection_count > 0 then 1 end) as connection_days,
    max(network_mib) as network_mib
  from traffic
  group by account_id, region_id, resource_id, resource_type
),
collected as (
  select m.account_id, m.region_id, count(*) as day_count
  from metric_days as m
  cross join run as r
  cross join waste_thresholds as t
  where date_diff('day', m.date, r.as_of_date) <= t.environment_window_days + 2
  group by m.account_id, m.region_id
),
heard as (
  select distinct account_id, region_id, resource_id
  from utilization_days
  where namespace in ('AWS/ApplicationELB', 'AWS/NetworkELB', 'AWS/ELB')
),
served as (
  select
    m.service,
    m.environment,
    m.billing_currency,
    count(*) as resource_count,
    count(m.kept_reason) as kept_count,
    count(case when m.is_measurable then 1 end) as measurable_count,
    count(case
      when not m.is_measurable then null
      when m.resource_type = 'elasticloadbalancing:loadbalancer'
        then case when h.resource_id is not null and n.day_count >= t.metric_coverage_min_ratio * t.environment_window_days then 1 end
      when f.known_hours >= t.metric_coverage_min_ratio * t.environment_window_days * 24 then 1
    end) as known_count,
    sum(f.requests_per_day) as requests_per_day,
    max(f.connection_days) as connection_days,
    max(f.network_mib) as network_mib
  from members as m
  cross join waste_thresholds as t
  left join resource_traffic as f
    on f.account_id = m.account_id
    and f.region_id = m.region_id
    and f.resource_type = m.resource_type
    and f.resource_id = m.utilization_id
  left join collected as n on n.account_id = m.account_id and n.region_id = m.region_id
  left join heard as h
    on h.account_id = m.account_id and h.region_id = m.region_id and h.resource_id = m.utilization_id
    and m.resource_type = 'elasticloadbalancing:loadbalancer'
  group by m.service, m.environment, m.billing_currency
),
judged as (
  select
    c.account_id,
    c.region_id,
    c.service,
    c.environment,
    concat(c.service, '|', c.environment) as place,
    c.billing_currency,
    coalesce(s.resource_count, 0) as resource_count,
    coalesce(s.known_count, 0) as known_count,
    coalesce(s.measurable_count, 0) as measurable_count,
    s.requests_per_day,
    coalesce(s.connection_days, 0) as connection_days,
    s.network_mib,
    t.environment_window_days as window_days,
    t.environment_idle_requests_per_day as limit_requests,
    t.environment_idle_network_mib_per_day as limit_mib,
    c.has_tasks,
    not c.has_tasks
      and coalesce(s.known_count > 0 and s.known_count >= t.metric_coverage_min_ratio * s.measurable_count, false) as is_known,
    cast(c.effective_cost as decimal(38,12)) as effective_cost,
    c.effective_cost - least(greatest(c.committed_cost, 0), c.effective_cost) as uncommitted_cost,
    least(greatest(c.committed_cost, 0), c.effective_cost) as committed_cost
  from costs as c
  cross join waste_thresholds as t
  left join served as s
    on s.service = c.service and s.environment = c.environment and s.billing_currency = c.billing_currency
  where c.effective_cost >= t.environment_min_cost
    and c.charged_days >= least(t.environment_window_days, 30) * 0.9
    and coalesce(s.kept_count, 0) = 0
    and lower(c.environment) not in (select tag_value from waste_kept_tags)
    and coalesce(s.requests_per_day, 0) <= t.environment_idle_requests_per_day
    and coalesce(s.connection_days, 0) <= (1 - t.environment_idle_days_min_ratio) * t.environment_window_days
    and coalesce(s.network_mib, 0) <= t.environment_idle_network_mib_per_day
)
select
  'environment_unused' as detector,
  'environment' as resource_type,
  j.place as resource_id,
  j.account_id as sub_account_id,
  j.region_id,
  'environment' as scope,
  j.place as group_id,
  case when j.is_known then 'waste' else 'unknown' end as judgement,
  'delete' as action,
  'whole' as cost_part,
  case
    when j.is_known
      then concat('the ', cast(j.resource_count as varchar), ' resources of ', j.service, ' in ', j.environment, ' served nothing in ',
        cast(cast(j.window_days as integer) as varchar), ' days')
    when j.has_tasks then 'not known whether it serves anything: no metric tells of the users of its ECS tasks'
    else concat('not known whether it serves anything: traffic is known for ', cast(j.known_count as varchar), ' of its ',
      cast(j.measurable_count as varchar), ' resources that tell of it')
  end as reason,
  concat(coalesce(cast(cast(j.requests_per_day as bigint) as varchar), 'unknown'), ' requests/day, ',
    coalesce(cast(round(j.network_mib, 1) as varchar), 'unknown'), ' MiB/day') as observed,
  concat('<= ', cast(cast(j.limit_requests as integer) as varchar), ' requests/day, hardly a connection, <= ', cast(j.limit_mib as varchar), ' MiB/day a resource') as threshold,
  j.effective_cost as part_cost,
  cast(case when j.is_known then j.uncommitted_cost else 0 end as decimal(38,12)) as saving_cost,
  cast(case when j.is_known then j.committed_cost else 0 end as decimal(38,12)) as deferred_saving_cost,
  j.billing_currency,
  cast(case when j.is_known then 0.75 else 0 end as double) as confidence,
  concat('aws resourcegroupstaggingapi get-resources --region ', j.region_id, ' --tag-filters Key=service,Values=', j.service,
    ' Key=environment,Values=', j.environment, '  # what to remove') as remedy,
  cast(json_object(
    'resource_count', j.resource_count,
    'known_count', j.known_count,
    'measurable_count', j.measurable_count,
    'requests_max_per_day', j.requests_per_day,
    'connection_days', j.connection_days,
    'network_max_mib_per_day', round(j.network_mib, 2),
    'window_days', j.window_days
  ) as varchar) as evidence
from judged as j
