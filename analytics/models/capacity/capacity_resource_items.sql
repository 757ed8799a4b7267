-- What is forecast of each resource that runs, and what bounds it: the configuration's limit first, then what is measured,
-- what the inventory says, its size, and what is fixed. A metric that a type always has is listed without data, too;
-- a table on demand has no limit of its own.
with metrics as (
  select
    resource_type,
    metric,
    min(unit) as unit,
    min(statistic) as statistic,
    min(size_measure) as size_measure,
    min(namespace) as namespace,
    min(limit_metric) as limit_metric,
    min(limit_attribute) as limit_attribute,
    min(other_limit_attribute) as other_limit_attribute,
    bool_or(is_size_limit) as is_size_limit,
    min(fixed_limit) as fixed_limit,
    min(limit_name) as limit_name,
    min(saturation_ratio) as saturation_ratio,
    bool_or(is_expected) as is_expected,
    min(next_unit_kind) as next_unit_kind,
    array_join(list_sort(array_agg(source_metric)), ' + ') as source_metrics
  from capacity_metrics
  group by resource_type, metric
),
measured_limits as (
  select u.account_id, u.region_id, u.namespace, u.resource_id, u.metric, max_by(u.average, u.date) as value
  from utilization_days as u
  where u.average > 0 and u.metric in (select limit_metric from metrics where limit_metric is not null)
  group by u.account_id, u.region_id, u.namespace, u.resource_id, u.metric
),
named as (
  select
    r.*,
    m.metric,
    m.unit,
    m.statistic,
    m.is_expected,
    m.saturation_ratio,
    m.next_unit_kind,
    m.source_metrics,
    m.limit_name,
    m.limit_metric,
    m.fixed_limit,
    l.value as measured_limit,
    try_cast(coalesce(element_at(r.attributes, m.limit_attribute), element_at(r.attributes, m.other_limit_attribute)) as double) as attribute_limit,
    case when m.is_size_limit then case m.size_measure when 'memory_gib' then s.memory_gib else s.size_gib end end as size_limit,
    concat('resource|', r.account_id, '|', r.region_id, '|', r.resource_type, '|', r.resource_id, '|', m.metric) as series_id
  from stg_resources as r
  join metrics as m on m.resource_type = r.resource_type
  left join capacity_sizes as s
    on s.account_id = r.account_id
    and s.region_id = r.region_id
    and s.resource_type = r.resource_type
    and s.resource_id = r.resource_id
    and s.until_date = date '9999-12-31'
  left join measured_limits as l
    on l.account_id = r.account_id
    and l.region_id = r.region_id
    and l.namespace = m.namespace
    and l.resource_id = r.utilization_id
    and l.metric = m.limit_metric
  where coalesce(r.state, '') not in ('stopped', 'stopping', 'terminated', 'shutting-down', 'deleting', 'deleted', 'inactive')
)
select
  n.series_id,
  'resource' as scope,
  n.resource_type as kind,
  n.account_id as sub_account_id,
  n.region_id,
  n.resource_id,
  coalesce(n.resource_name, n.resource_id) as resource_name,
  n.metric,
  n.unit,
  n.statistic,
  coalesce(n.measured_limit, n.attribute_limit, n.size_limit, n.fixed_limit) as limit_value,
  n.limit_name,
  n.saturation_ratio,
  n.source_metrics as missing,
  case n.next_unit_kind
    when 'instance' then concat('1 more ', coalesce(n.size_class, 'of the same'))
    when 'gib' then '1 GiB more'
    when 'read_unit' then '1 read capacity unit more'
    when 'write_unit' then '1 write capacity unit more'
    when 'iops' then '1 provisioned IOPS more'
  end as next_unit,
  p.unit_cost as next_unit_cost,
  p.billing_currency,
  o.team,
  o.service,
  o.environment,
  o.tier,
  o.cost_center,
  o.owner
from named as n
left join capacity_prices as p
  on p.resource_id = n.resource_id and p.sub_account_id = n.account_id and p.next_unit_kind = n.next_unit_kind
left join capacity_owners as o on o.resource_id = n.resource_id and o.sub_account_id = n.account_id
where n.is_expected
  or (
    n.series_id in (select series_id from capacity_series)
    and not (n.limit_metric is not null and coalesce(element_at(n.attributes, 'billing_mode'), '') = 'PAY_PER_REQUEST')
  )
