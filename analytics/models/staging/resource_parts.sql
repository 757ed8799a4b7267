-- What a resource costs by what is metered on it. Fargate bills tasks, not services: the cost of a cluster's tasks goes
-- to its services by what their tasks ask for.
with metered as (
  select
    resource_id,
    sub_account_id,
    region_id,
    billing_currency,
    case
      when regexp_matches(sku_meter, 'ExtendedSupport') then 'extended_support'
      when regexp_matches(sku_meter, 'BackupUsage|BackupStorage|PITRStorage|SnapshotUsage') then 'backup'
      when regexp_matches(sku_meter, 'ApiGatewayCacheUsage') then 'cache'
      when regexp_matches(sku_meter, 'PIOPS$|IOUsage|GP3-Throughput') then 'iops'
      when regexp_matches(sku_meter, '(^|-)TimedStorage-ByteHrs$') then 'storage'
      when regexp_matches(sku_meter, 'TimedStorage|TimedStorage-[A-Z]+') then 'other_storage'
      when regexp_matches(sku_meter, 'Storage-ShardHour') then 'shards'
      when regexp_matches(sku_meter, '-Storage|:StorageUsage|RMS:') then 'storage'
      when regexp_matches(sku_meter, 'Fargate.*vCPU-Hours') then 'cpu'
      when regexp_matches(sku_meter, 'Fargate.*GB-Hours') then 'memory'
      when regexp_matches(sku_meter, 'ReadCapacityUnit-Hrs') then 'read_capacity'
      when regexp_matches(sku_meter, 'WriteCapacityUnit-Hrs') then 'write_capacity'
      when regexp_matches(sku_meter, 'Lambda-GB-Second-ARM') then 'arm_compute'
      when regexp_matches(sku_meter, 'Lambda-GB-Second') then 'compute'
      when regexp_matches(sku_meter, 'InstanceUsage|Multi-AZUsage|NodeUsage|ESInstance|Node:|Host:|Hosting:|ServerlessV2') then 'instance'
      when regexp_matches(sku_meter, 'DataProcessing-Bytes') then 'ingest'
      when regexp_matches(sku_meter, 'Requests-Tier2$') then 'reads'
      when regexp_matches(sku_meter, 'Request') then 'requests'
      else 'other'
    end as part,
    effective_cost,
    case when pricing_category = 'Committed' then 0 else effective_cost end as uncommitted_cost,
    consumed_quantity
  from resource_charges
  where resource_id is not null
),
parts as (
  select
    resource_id,
    sub_account_id,
    region_id,
    billing_currency,
    part,
    sum(effective_cost) as effective_cost,
    sum(uncommitted_cost) as uncommitted_cost,
    sum(consumed_quantity) as consumed_quantity
  from metered
  group by resource_id, sub_account_id, region_id, billing_currency, part
),
services as (
  select
    account_id,
    region_id,
    resource_id,
    element_at(attributes, 'cluster') as cluster,
    try_cast(element_at(attributes, 'running_count') as double)
      * try_cast(element_at(attributes, 'cpu_units') as double) as cpu_weight,
    try_cast(element_at(attributes, 'running_count') as double)
      * try_cast(element_at(attributes, 'memory_mib') as double) as memory_weight
  from stg_resources
  where resource_type = 'ecs:service' and element_at(attributes, 'launch_type') = 'FARGATE'
),
service_shares as (
  select
    account_id,
    region_id,
    resource_id,
    cluster,
    cast(round(cpu_weight / nullif(sum(cpu_weight) over cluster_services, 0), 6) as decimal(9,6)) as cpu_share,
    cast(round(memory_weight / nullif(sum(memory_weight) over cluster_services, 0), 6) as decimal(9,6)) as memory_share
  from services
  window cluster_services as (partition by account_id, region_id, cluster)
),
tasks as (
  select
    sub_account_id,
    region_id,
    billing_currency,
    part,
    regexp_extract(resource_id, ':task/([^/]+)/', 1) as cluster,
    sum(effective_cost) as effective_cost,
    sum(uncommitted_cost) as uncommitted_cost,
    sum(consumed_quantity) as consumed_quantity
  from parts
  where part in ('cpu', 'memory') and regexp_matches(resource_id, ':task/[^/]+/')
  group by sub_account_id, region_id, billing_currency, part, regexp_extract(resource_id, ':task/([^/]+)/', 1)
),
task_parts as (
  select
    s.resource_id,
    t.sub_account_id,
    t.region_id,
    t.billing_currency,
    t.part,
    cast(t.effective_cost * case t.part when 'cpu' then s.cpu_share else s.memory_share end as decimal(38,12)) as effective_cost,
    cast(t.uncommitted_cost * case t.part when 'cpu' then s.cpu_share else s.memory_share end as decimal(38,12)) as uncommitted_cost,
    cast(t.consumed_quantity * case t.part when 'cpu' then s.cpu_share else s.memory_share end as decimal(38,12)) as consumed_quantity
  from tasks as t
  join service_shares as s
    on s.account_id = t.sub_account_id and s.region_id = t.region_id and s.cluster = t.cluster
  where case t.part when 'cpu' then s.cpu_share else s.memory_share end is not null
),
all_parts as (
  select resource_id, sub_account_id, region_id, billing_currency, part, effective_cost, uncommitted_cost, consumed_quantity
  from parts
  union all
  select resource_id, sub_account_id, region_id, billing_currency, part, effective_cost, uncommitted_cost, consumed_quantity
  from task_parts
)
select
  resource_id,
  sub_account_id,
  region_id,
  billing_currency,
  part,
  cast(sum(effective_cost) as decimal(38,12)) as effective_cost,
  cast(sum(uncommitted_cost) as decimal(38,12)) as uncommitted_cost,
  cast(sum(effective_cost) - sum(uncommitted_cost) as decimal(38,12)) as committed_cost,
  cast(sum(consumed_quantity) as decimal(38,12)) as consumed_quantity
from all_parts
group by resource_id, sub_account_id, region_id, billing_currency, part
