-- Sizes of a family cost in proportion to AWS's normalisation factors. CPU peaks are rounded up to whole percents.
with sizes (size_name, factor, is_target) as (
  values
    ('nano', 0.25, true), ('micro', 0.5, true), ('small', 1, true), ('medium', 2, true), ('large', 4, true),
    ('xlarge', 8, true), ('2xlarge', 16, true), ('4xlarge', 32, true), ('8xlarge', 64, true), ('9xlarge', 72, false),
    ('10xlarge', 80, false), ('12xlarge', 96, true), ('16xlarge', 128, true), ('18xlarge', 144, false),
    ('24xlarge', 192, true), ('32xlarge', 256, false), ('48xlarge', 384, false)
),
-- What a burstable size may use of a vCPU for ever; above it, credits run out. t2 has less than t3, t3a and t4g.
baselines (size_name, vcpus, t2_vcpus, t2_baseline_vcpus, baseline_vcpus) as (
  values
    ('nano', 2, 1, 0.05, 0.1), ('micro', 2, 1, 0.1, 0.2), ('small', 2, 1, 0.2, 0.4), ('medium', 2, 2, 0.4, 0.4),
    ('large', 2, 2, 0.6, 0.6), ('xlarge', 4, 4, 0.9, 1.6), ('2xlarge', 8, 8, 1.35, 3.2)
),
candidates as (
  select
    c.*,
    regexp_extract(c.size_class, '^[^.]+') as family,
    s.factor
  from costed_resources as c
  cross join waste_thresholds as t
  join sizes as s on s.size_name = regexp_extract(c.size_class, '[^.]+$')
  where c.resource_type = 'ec2:instance'
    and c.state = 'running'
    and c.kept_reason is null
    and coalesce(element_at(c.attributes, 'lifecycle'), 'on-demand') <> 'spot'
    and regexp_matches(c.size_class, '^[mcrt][0-9][a-z0-9-]*[.]')
    and coalesce(c.age_days, t.rightsize_min_age_days) >= t.rightsize_min_age_days
),
buckets as (
  select
    u.account_id,
    u.region_id,
    u.resource_id,
    least(100, ceil(u.maximum)) as cpu_percent,
    sum(u.period_seconds) as seconds,
    sum(coalesce(u.average, u.maximum) * u.period_seconds) as percent_seconds
  from utilization as u
  cross join run as r
  cross join waste_thresholds as t
  where u.namespace = 'AWS/EC2'
    and u.metric = 'CPUUtilization'
    and u.maximum is not null
    and date_diff('day', u.date, r.as_of_date) between 3 and t.rightsize_window_days + 2
  group by u.account_id, u.region_id, u.resource_id, least(100, ceil(u.maximum))
),
running_sums as (
  select
    *,
    sum(seconds) over (partition by account_id, region_id, resource_id order by cpu_percent) as seconds_up_to,
    sum(seconds) over (partition by account_id, region_id, resource_id) as all_seconds,
    sum(percent_seconds) over (partition by account_id, region_id, resource_id)
      / sum(seconds) over (partition by account_id, region_id, resource_id) as mean_percent
  from buckets
),
cpu as (
  select
    b.account_id,
    b.region_id,
    b.resource_id,
    min(case when b.seconds_up_to >= t.rightsize_cpu_percentile_ratio * b.all_seconds then b.cpu_percent end) as cpu_percent,
    max(b.all_seconds) / 3600 as cpu_hours,
    max(b.mean_percent) as cpu_mean_percent
  from running_sums as b
  cross join waste_thresholds as t
  group by b.account_id, b.region_id, b.resource_id
),
memory as (
  select
    d.account_id,
    d.region_id,
    d.resource_id,
    max(d.maximum) as memory_percent,
    sum(d.datapoint_count) as memory_hours
  from utilization_days as d
  cross join run as r
  cross join waste_thresholds as t
  where d.namespace = 'CWAgent'
    and d.metric = 'mem_used_percent'
    and date_diff('day', d.date, r.as_of_date) <= t.rightsize_window_days + 2
  group by d.account_id, d.region_id, d.resource_id
),
demand as (
  select
    c.*,
    p.cpu_percent,
    coalesce(p.cpu_hours, 0) as cpu_hours,
    p.cpu_mean_percent / 100 * case when c.family = 't2' then v.t2_vcpus else v.vcpus end as mean_vcpus,
    case when m.memory_hours >= t.rightsize_data_min_hours then m.memory_percent end as memory_percent,
    t.rightsize_window_days as window_days,
    t.rightsize_cpu_percentile_ratio as percentile_ratio,
    t.rightsize_cpu_headroom_ratio as headroom_ratio,
    t.rightsize_data_min_hours as min_hours,
    coalesce(p.cpu_hours, 0) >= t.rightsize_data_min_hours as is_known,
    -- What is not known of memory may need half of it.
    greatest(
      p.cpu_percent / 100 / (1 - t.rightsize_cpu_headroom_ratio),
      case
        when m.memory_hours >= t.rightsize_data_min_hours
          then m.memory_percent / 100 / (1 - t.rightsize_memory_headroom_ratio)
        else 0.5
      end
    ) as needed_ratio
  from candidates as c
  cross join waste_thresholds as t
  left join cpu as p
    on p.account_id = c.account_id and p.region_id = c.region_id and p.resource_id = c.utilization_id
  left join memory as m
    on m.account_id = c.account_id and m.region_id = c.region_id and m.resource_id = c.utilization_id
  left join baselines as v on c.family like 't%' and v.size_name = regexp_extract(c.size_class, '[^.]+$')
),
targets as (
  select
    d.account_id,
    d.region_id,
    d.resource_id,
    min(s.factor) as target_factor
  from demand as d
  join sizes as s
    on s.is_target
    and s.factor < d.factor
    and s.factor >= d.factor * case when d.is_known then d.needed_ratio else 0.5 end
    and (s.factor >= 4 or d.family like 't%' or (s.factor >= 2 and regexp_matches(d.family, '^[mcr][0-9]+g')))
    and (s.factor not in (64, 128) or not regexp_matches(d.family, '^(c5|c5d|c5n|m4)$'))
    and (s.factor <= 32 or regexp_matches(d.family, '^[mcr]([5-9]|[1-9][0-9])'))
    and (s.factor not in (96, 192) or d.family <> 'c5n')
  left join baselines as b on b.size_name = s.size_name
  where d.family not like 't%'
    or coalesce(d.mean_vcpus, 0) <= case when d.family = 't2' then b.t2_baseline_vcpus else b.baseline_vcpus end
  group by d.account_id, d.region_id, d.resource_id
),
judged as (
  select
    d.account_id,
    d.region_id,
    d.resource_type,
    d.resource_id,
    d.size_class,
    concat(d.family, '.', s.size_name) as target_size_class,
    element_at(d.attributes, 'autoscaling_group') as autoscaling_group,
    d.cpu_percent,
    d.cpu_hours,
    d.memory_percent,
    d.window_days,
    d.percentile_ratio,
    d.headroom_ratio,
    d.min_hours,
    d.is_known,
    d.commitment_note,
    cast(1 - s.factor / d.factor as double) as saving_ratio,
    coalesce(i.effective_cost, d.effective_cost) as effective_cost,
    coalesce(i.uncommitted_cost, d.uncommitted_cost) as uncommitted_cost,
    coalesce(i.committed_cost, d.committed_cost) as committed_cost,
    d.billing_currency,
    cast(i.effective_cost as double) / nullif(cast(i.charged_hours as double), 0) as hourly_price
  from demand as d
  join targets as g
    on g.account_id = d.account_id and g.region_id = d.region_id and g.resource_id = d.resource_id
  join sizes as s on s.factor = g.target_factor
  left join instance_charges as i
    on i.sub_account_id = d.account_id and i.resource_id = d.resource_id and i.billing_currency = d.billing_currency
)
select
  'ec2_oversized' as detector,
  j.resource_type as resource_type,
  j.resource_id as resource_id,
  j.account_id as sub_account_id,
  j.region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  case when j.is_known then 'waste' else 'unknown' end as judgement,
  'resize' as action,
  'instance' as cost_part,
  case
    when j.is_known
      then concat(cast(100 * j.percentile_ratio as varchar), ' % of hours peak at ', cast(cast(j.cpu_percent as integer) as varchar), ' % CPU or less, ',
        coalesce('memory at ' || cast(round(j.memory_percent, 1) as varchar) || ' %', 'memory is not known'), ': ', j.target_size_class,
        ' is enough', coalesce(', at ' || cast(round(j.hourly_price * (1 - j.saving_ratio), 4) as varchar) || ' instead of ' ||
        cast(round(j.hourly_price, 4) as varchar) || ' ' || j.billing_currency || ' an hour', ''), j.commitment_note)
    else concat('not known whether it is too large: CPU is known for ', cast(cast(j.cpu_hours as integer) as varchar), ' hours of the last ',
      cast(cast(j.window_days as integer) as varchar), ' days')
  end as reason,
  concat(j.size_class, ', CPU ', coalesce(cast(cast(j.cpu_percent as integer) as varchar) || ' %', 'unknown'), ', memory ',
    coalesce(cast(round(j.memory_percent, 1) as varchar) || ' %', 'unknown')) as observed,
  concat('fits the next size with ', cast(100 * j.headroom_ratio as varchar), ' % of CPU to spare; >= ', cast(cast(j.min_hours as integer) as varchar),
    ' h of data') as threshold,
  j.effective_cost as part_cost,
  cast(case when j.is_known then cast(j.uncommitted_cost as decimal(24,12)) * cast(j.saving_ratio as decimal(9,6)) else 0 end as decimal(38,12)) as saving_cost,
  cast(case when j.is_known then cast(j.committed_cost as decimal(24,12)) * cast(j.saving_ratio as decimal(9,6)) else 0 end as decimal(38,12)) as deferred_saving_cost,
  j.billing_currency,
  cast(case when j.is_known then case when j.memory_percent is not null then 0.9 else 0.6 end else 0 end as double) as confidence,
  case
    when j.autoscaling_group is null
      then concat('aws ec2 modify-instance-attribute --region ', j.region_id, ' --instance-id ', j.resource_id,
        ' --instance-type Value=', j.target_size_class, '  # stopped')
    else concat('aws autoscaling start-instance-refresh --region ', j.region_id, ' --auto-scaling-group-name ', j.autoscaling_group,
      '  # after a launch template version with ', j.target_size_class)
  end as remedy,
  cast(json_object(
    'cpu_percentile_percent', j.cpu_percent,
    'cpu_hours', round(j.cpu_hours, 1),
    'memory_max_percent', round(j.memory_percent, 1),
    'saving_ratio', round(j.saving_ratio, 4),
    'hourly_price', round(j.hourly_price, 6),
    'target_hourly_price', round(j.hourly_price * (1 - j.saving_ratio), 6)
  ) as varchar) as evidence
from judged as j
