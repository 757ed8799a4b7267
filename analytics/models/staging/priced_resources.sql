
-- Managed resources that cost something and that nobody keeps idle on purpose.
with costs as (
  select
    resource_id,
    sub_account_id,
    billing_currency,
    sum(effective_cost) as effective_cost,
    sum(uncommitted_cost) as uncommitted_cost,
    sum(committed_cost) as committed_cost
  from resource_parts
  group by resource_id, sub_account_id, billing_currency
)
select
  r.account_id,
  r.region_id,
  r.resource_type,
  r.resource_id,
  coalesce(r.utilization_id, regexp_extract(r.arn, '([^:/]+)$', 1)) as utilization_id,
  r.state,
  r.size_class,
  r.size_gib,
  r.attributes,
  date_diff('day', cast(r.created_at as date), n.as_of_date) - 2 as age_days,
  coalesce(lower(element_at(r.attributes, 'is_replica')) = 'true', false)
    or element_at(r.attributes, 'replica_of') is not null as is_replica,
  cast(c.effective_cost as decimal(38,12)) as effective_cost,
  cast(c.uncommitted_cost as decimal(38,12)) as uncommitted_cost,
  cast(c.committed_cost as decimal(38,12)) as committed_cost,
  c.billing_currency
from stg_resources as r
join costs as c on c.resource_id = r.resource_id and c.sub_account_id = r.account_id
cross join run as n
where r.kept_reason is null
  and c.effective_cost > 0
  and r.resource_type in (
    'rds:db', 'lambda:function', 'dynamodb:table', 'ecs:service', 'elasticache:cluster', 'redshift:cluster', 'es:domain',
    'logs:log-group', 's3:bucket', 'apigateway:stage', 'kinesis:stream', 'sagemaker:endpoint'
  )
