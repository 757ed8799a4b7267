-- Instances come and go: what any member did counts, also of those that are gone.
with members as (
  select distinct
    s.account_id,
    s.region_id,
    s.utilization_id,
    element_at(s.attributes, 'autoscaling_group') as group_name
  from resources as s
  cross join run as r
  cross join waste_thresholds as t
  where s.resource_type = 'ec2:instance'
    and element_at(s.attributes, 'autoscaling_group') is not null
    and date_diff('day', s.date, r.as_of_date) <= t.asg_idle_window_days + 2
),
activity as (
  select
    m.account_id,
    m.region_id,
    m.group_name,
    max(d.cpu_max_percent) as cpu_max_percent,
    max(d.network_mib) as network_mib
  from members as m
  cross join run as r
  cross join waste_thresholds as t
  join ec2_days as d
    on d.account_id = m.account_id and d.region_id = m.region_id and d.resource_id = m.utilization_id
  where date_diff('day', d.date, r.as_of_date) <= t.asg_idle_window_days + 2
  group by m.account_id, m.region_id, m.group_name
),
measured as (
  select
    d.account_id,
    d.region_id,
    d.resource_id,
    sum(d.cpu_hours) as cpu_hours,
    sum(d.network_hours) as network_hours
  from ec2_days as d
  cross join run as r
  cross join waste_thresholds as t
  where date_diff('day', d.date, r.as_of_date) <= t.asg_idle_window_days + 2
  group by d.account_id, d.region_id, d.resource_id
),
running as (
  -- Its currency is that of its dearest instance; costs in another are not added.
  select
    *,
    element_at(attributes, 'autoscaling_group') as group_name,
    first_value(billing_currency) over (
      partition by account_id, region_id, element_at(attributes, 'autoscaling_group')
      order by effective_cost desc, billing_currency
    ) as group_currency
  from costed_resources
  where resource_type = 'ec2:instance'
    and state = 'running'
    and element_at(attributes, 'autoscaling_group') is not null
),
grouped as (
  select
    c.account_id,
    c.region_id,
    c.group_name,
    count(*) as instance_count,
    count(case
      when least(coalesce(h.cpu_hours, 0), coalesce(h.network_hours, 0))
        >= t.metric_coverage_min_ratio * 24 * least(t.asg_idle_window_days, greatest(coalesce(c.age_days, t.asg_idle_window_days), 0))
        then 1
    end) as known_count,
    max(c.age_days) as age_days,
    max(c.kept_reason) as kept_reason,
    c.group_currency as billing_currency,
    sum(case when c.billing_currency = c.group_currency then c.effective_cost else 0 end) as effective_cost,
    sum(case when c.billing_currency = c.group_currency then c.uncommitted_cost else 0 end) as uncommitted_cost,
    sum(case when c.billing_currency = c.group_currency then c.committed_cost else 0 end) as committed_cost
  from running as c
  cross join waste_thresholds as t
  left join measured as h
    on h.account_id = c.account_id and h.region_id = c.region_id and h.resource_id = c.utilization_id
  group by c.account_id, c.region_id, c.group_name, c.group_currency
),
judged as (
  select
    g.account_id,
    g.region_id,
    coalesce(s.resource_id, g.group_name) as resource_id,
    g.group_name,
    g.instance_count,
    g.known_count,
    a.cpu_max_percent,
    a.network_mib,
    t.asg_idle_window_days as window_days,
    t.ec2_idle_cpu_spike_max_percent as cpu_limit_percent,
    t.ec2_idle_network_mib_per_day as network_limit_mib,
    g.known_count = g.instance_count and a.group_name is not null as is_known,
    cast(g.effective_cost as decimal(38,12)) as effective_cost,
    g.uncommitted_cost,
    g.committed_cost,
    g.billing_currency
  from grouped as g
  cross join waste_thresholds as t
  left join costed_resources as s
    on s.account_id = g.account_id
    and s.region_id = g.region_id
    and s.resource_type = 'autoscaling:group'
    and coalesce(element_at(s.attributes, 'group_name'), s.resource_name) = g.group_name
  left join activity as a
    on a.account_id = g.account_id and a.region_id = g.region_id and a.group_name = g.group_name
  where g.kept_reason is null
    and s.kept_reason is null
    and coalesce(s.age_days, g.age_days, t.asg_idle_window_days) >= t.asg_idle_window_days
    and coalesce(a.cpu_max_percent, 0) <= t.ec2_idle_cpu_spike_max_percent
    and coalesce(a.network_mib, 0) <= t.ec2_idle_network_mib_per_day
)
select
  'autoscaling_group_idle' as detector,
  'autoscaling:group' as resource_type,
  j.resource_id as resource_id,
  j.account_id as sub_account_id,
  j.region_id,
  'group' as scope,
  j.group_name as group_id,
  case when j.is_known then 'waste' else 'unknown' end as judgement,
  'stop' as action,
  'whole' as cost_part,
  case
    when j.is_known
      then concat('none of its ', cast(j.instance_count as varchar), ' instances went above ', cast(round(j.cpu_max_percent, 1) as varchar), ' % CPU or ',
        cast(round(j.network_mib, 1) as varchar), ' MiB of traffic a day in ', cast(cast(j.window_days as integer) as varchar), ' days')
    else concat('not known whether it is idle: CPU and traffic are known for ', cast(j.known_count as varchar), ' of its ',
      cast(j.instance_count as varchar), ' instances')
  end as reason,
  concat('CPU peak ', coalesce(cast(round(j.cpu_max_percent, 1) as varchar), 'unknown'), ' %, traffic ',
    coalesce(cast(round(j.network_mib, 1) as varchar), 'unknown'), ' MiB/day') as observed,
  concat('CPU peak <= ', cast(j.cpu_limit_percent as varchar), ' %, traffic <= ', cast(j.network_limit_mib as varchar), ' MiB/day, every instance') as threshold,
  j.effective_cost as part_cost,
  cast(case when j.is_known then j.uncommitted_cost else 0 end as decimal(38,12)) as saving_cost,
  cast(case when j.is_known then j.committed_cost else 0 end as decimal(38,12)) as deferred_saving_cost,
  j.billing_currency,
  cast(case when j.is_known then 0.9 else 0 end as double) as confidence,
  concat('aws autoscaling update-auto-scaling-group --region ', j.region_id, ' --auto-scaling-group-name ', j.group_name,
    ' --min-size 0 --desired-capacity 0') as remedy,
  cast(json_object(
    'instance_count', j.instance_count,
    'known_count', j.known_count,
    'cpu_max_percent', round(j.cpu_max_percent, 2),
    'network_max_mib_per_day', round(j.network_mib, 2),
    'window_days', j.window_days
  ) as varchar) as evidence
from judged as j
