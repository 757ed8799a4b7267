-- Loads by the hour in the unit of their limit: what is free is turned into used, rates are by the second, and loads of
-- another size are told in what the size is now. A day of another size that cannot be told so is left out, not guessed.
with measured as (
  select
    u.account_id,
    u.region_id,
    s.resource_type,
    s.resource_id,
    m.metric,
    m.combine,
    m.form,
    m.scale,
    m.fixed_limit,
    u.date,
    u.measured_at,
    u.average,
    u.maximum,
    u.minimum,
    u.sum / u.period_seconds as rate,
    case m.size_measure when 'memory_gib' then s.memory_gib when 'size_gib' then s.size_gib end as size,
    case
      when m.form <> 'gauge' or m.size_measure is null or s.size_class is not distinct from n.size_class then 1.0
      when m.size_measure = 'vcpu_count' then s.vcpu_count / n.vcpu_count
      else s.memory_gib / n.memory_gib
    end as size_ratio
  from utilization as u
  cross join run as r
  join capacity_metrics as m on m.namespace = u.namespace and m.source_metric = u.metric
  join capacity_sizes as s
    on s.account_id = u.account_id
    and s.region_id = u.region_id
    and s.utilization_id = u.resource_id
    and s.resource_type = m.resource_type
    and u.date >= s.from_date
    and u.date < s.until_date
  join capacity_sizes as n
    on n.account_id = s.account_id
    and n.region_id = s.region_id
    and n.resource_type = s.resource_type
    and n.resource_id = s.resource_id
    and n.until_date = date '9999-12-31'
  where u.date < r.as_of_date - interval '2' day
),
loads as (
  select
    *,
    case form
      when 'gauge' then coalesce(average, maximum) * scale * size_ratio
      when 'free' then greatest(0, size - coalesce(average, minimum) * scale)
      else rate * scale
    end as load,
    case form
      when 'gauge' then coalesce(maximum, average) * scale * size_ratio
      when 'free' then greatest(0, size - coalesce(minimum, average) * scale)
      else rate * scale
    end as peak_load,
    case form when 'free' then size when 'gauge' then fixed_limit * size_ratio end as ceiling
  from measured
)
select
  account_id,
  region_id,
  resource_type,
  resource_id,
  metric,
  date,
  measured_at,
  case min(combine) when 'sum' then sum(load) else max(load) end as load,
  case min(combine) when 'sum' then sum(peak_load) else max(peak_load) end as peak_load,
  max(ceiling) as ceiling
from loads
where load >= 0 and peak_load >= 0
group by account_id, region_id, resource_type, resource_id, metric, date, measured_at
