-- On-demand prices of us-east-1 (Linux) say what a size of the same vCPUs without a GPU costs of the one with it.
with gpu as (
  select
    d.account_id,
    d.region_id,
    d.resource_id,
    max(d.maximum) as gpu_max_percent,
    sum(d.datapoint_count) as gpu_hours
  from utilization_days as d
  cross join run as r
  cross join waste_thresholds as t
  where d.namespace = 'CWAgent'
    and d.metric = 'nvidia_smi_utilization_gpu'
    and date_diff('day', d.date, r.as_of_date) <= t.ec2_idle_window_days + 2
  group by d.account_id, d.region_id, d.resource_id
),
activity as (
  select
    d.account_id,
    d.region_id,
    d.resource_id,
    max(d.cpu_max_percent) as cpu_max_percent,
    max(d.network_mib) as network_mib
  from ec2_days as d
  cross join run as r
  cross join waste_thresholds as t
  where date_diff('day', d.date, r.as_of_date) <= t.ec2_idle_window_days + 2
  group by d.account_id, d.region_id, d.resource_id
),
cheaper (size_class, target_size_class, price_ratio) as (
  values
    ('g4dn.xlarge', 'm6i.xlarge', 0.3650), ('g4dn.2xlarge', 'm6i.2xlarge', 0.5106), ('g4dn.4xlarge', 'm6i.4xlarge', 0.6379),
    ('g4dn.8xlarge', 'm6i.8xlarge', 0.7059), ('g4dn.12xlarge', 'm6i.12xlarge', 0.5890),
    ('g4dn.16xlarge', 'm6i.16xlarge', 0.7059), ('g5.xlarge', 'm6i.xlarge', 0.1909), ('g5.2xlarge', 'm6i.2xlarge', 0.3168),
    ('g5.4xlarge', 'm6i.4xlarge', 0.4729), ('g5.8xlarge', 'm6i.8xlarge', 0.6275), ('g5.12xlarge', 'm6i.12xlarge', 0.4062),
    ('g5.16xlarge', 'm6i.16xlarge', 0.7500), ('p3.2xlarge', 'r6i.2xlarge', 0.1647), ('p3.8xlarge', 'r6i.8xlarge', 0.1647)
),
measured as (
  select
    c.*,
    g.gpu_max_percent,
    coalesce(g.gpu_hours, 0) as gpu_hours,
    a.cpu_max_percent,
    a.network_mib,
    t.ec2_idle_window_days as window_days,
    t.gpu_idle_max_percent as gpu_limit_percent,
    coalesce(g.gpu_hours, 0) >= t.metric_coverage_min_ratio * t.ec2_idle_window_days * 24 as is_known,
    coalesce(a.cpu_max_percent <= t.ec2_idle_cpu_spike_max_percent and a.network_mib <= t.ec2_idle_network_mib_per_day, false)
      as is_all_idle
  from costed_resources as c
  cross join waste_thresholds as t
  left join gpu as g
    on g.account_id = c.account_id and g.region_id = c.region_id and g.resource_id = c.utilization_id
  left join activity as a
    on a.account_id = c.account_id and a.region_id = c.region_id and a.resource_id = c.utilization_id
  where c.resource_type = 'ec2:instance'
    and c.state = 'running'
    and c.kept_reason is null
    and (
      coalesce(element_at(c.attributes, 'gpu_count'), '0') <> '0'
      or regexp_matches(coalesce(c.size_class, ''), '^(g[3-9]|gr[0-9]|p[2-9])')
    )
    and coalesce(c.age_days, t.ec2_idle_window_days) >= t.ec2_idle_window_days
    and (c.state_since_date = c.first_seen_date or c.state_days >= t.ec2_idle_window_days)
    and coalesce(g.gpu_max_percent, 0) <= t.gpu_idle_max_percent
),
judged as (
  select
    m.account_id,
    m.region_id,
    m.resource_type,
    m.resource_id,
    m.size_class,
    m.gpu_max_percent,
    m.gpu_hours,
    m.cpu_max_percent,
    m.network_mib,
    m.window_days,
    m.gpu_limit_percent,
    m.is_known,
    m.is_all_idle,
    m.commitment_note,
    m.billing_currency,
    p.target_size_class,
    case when m.is_all_idle or not m.is_known then m.effective_cost else coalesce(i.effective_cost, m.effective_cost) end as effective_cost,
    case when m.is_all_idle then m.uncommitted_cost else coalesce(i.uncommitted_cost, m.uncommitted_cost) end as uncommitted_cost,
    case when m.is_all_idle then m.committed_cost else coalesce(i.committed_cost, m.committed_cost) end as committed_cost,
    case when m.is_all_idle then 1 else 1 - p.price_ratio end as saving_ratio
  from measured as m
  left join cheaper as p on p.size_class = m.size_class
  left join instance_charges as i
    on i.sub_account_id = m.account_id and i.resource_id = m.resource_id and i.billing_currency = m.billing_currency
  where not m.is_known or m.is_all_idle or p.size_class is not null
)
select
  'ec2_gpu_idle' as detector,
  j.resource_type as resource_type,
  j.resource_id as resource_id,
  j.account_id as sub_account_id,
  j.region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  case when j.is_known then 'waste' else 'unknown' end as judgement,
  case when j.is_known and not j.is_all_idle then 'resize' else 'stop' end as action,
  case when j.is_known and not j.is_all_idle then 'instance' else 'whole' end as cost_part,
  case
    when j.is_known
      then concat('no GPU was used above ', cast(round(j.gpu_max_percent, 1) as varchar), ' % in ', cast(cast(j.window_days as integer) as varchar), ' days',
        case when j.is_all_idle then ', nor was the rest of it' else concat('; its other work fits ', j.target_size_class) end,
        j.commitment_note)
    else concat('not known whether its GPU is idle: nvidia_smi_utilization_gpu of the CloudWatch agent is known for ',
      cast(j.gpu_hours as varchar), ' of the last ', cast(cast(j.window_days * 24 as integer) as varchar), ' hours')
  end as reason,
  concat('GPU peak ', coalesce(cast(round(j.gpu_max_percent, 1) as varchar), 'unknown'), ' %, CPU peak ', coalesce(cast(round(j.cpu_max_percent, 1) as varchar), 'unknown'), ' %') as observed,
  concat('GPU peak <= ', cast(j.gpu_limit_percent as varchar), ' %') as threshold,
  j.effective_cost as part_cost,
  cast(case when j.is_known then cast(j.uncommitted_cost as decimal(24,12)) * cast(j.saving_ratio as decimal(9,6)) else 0 end as decimal(38,12)) as saving_cost,
  cast(case when j.is_known then cast(j.committed_cost as decimal(24,12)) * cast(j.saving_ratio as decimal(9,6)) else 0 end as decimal(38,12)) as deferred_saving_cost,
  j.billing_currency,
  cast(case when j.is_known then case when j.is_all_idle then 0.95 else 0.7 end else 0 end as double) as confidence,
  case
    when j.is_known and not j.is_all_idle
      then concat('aws ec2 modify-instance-attribute --region ', j.region_id, ' --instance-id ', j.resource_id,
        ' --instance-type Value=', j.target_size_class, '  # stopped')
    else concat('aws ec2 stop-instances --region ', j.region_id, ' --instance-ids ', j.resource_id)
  end as remedy,
  cast(json_object(
    'gpu_max_percent', round(j.gpu_max_percent, 2),
    'gpu_hours', j.gpu_hours,
    'cpu_max_percent', round(j.cpu_max_percent, 2),
    'network_max_mib_per_day', round(j.network_mib, 2),
    'window_days', j.window_days,
    'saving_ratio', j.saving_ratio
  ) as varchar) as evidence
from judged as j
