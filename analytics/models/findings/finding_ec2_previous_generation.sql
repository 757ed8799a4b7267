-- List prices of Linux in us-east-1: what a size of the newer family costs of the same size of the older one.
with successors (family, target_family, price_ratio, sizes) as (
  values
    ('t2', 't3', 0.8966, 'nano micro small medium large xlarge 2xlarge'),
    ('m1', 'm6i', 0.5486, 'large xlarge'),
    ('m3', 'm6i', 0.7218, 'large xlarge 2xlarge'),
    ('m4', 'm6i', 0.9600, 'large xlarge 2xlarge 4xlarge 16xlarge'),
    ('c3', 'c6i', 0.8095, 'large xlarge 2xlarge 4xlarge 8xlarge'),
    ('c4', 'c6i', 0.8548, 'large xlarge 2xlarge 4xlarge 8xlarge'),
    ('r3', 'r6i', 0.7590, 'large xlarge 2xlarge 4xlarge 8xlarge'),
    ('r4', 'r6i', 0.9474, 'large xlarge 2xlarge 4xlarge 8xlarge 16xlarge'),
    ('i2', 'i4i', 0.4021, 'xlarge 2xlarge 4xlarge 8xlarge'),
    ('d2', 'd3', 0.7232, 'xlarge 2xlarge 4xlarge 8xlarge')
),
billed as (
  select
    *,
    regexp_extract(billed_size_class, '^[^.]+') as family,
    regexp_extract(billed_size_class, '[^.]+$') as size_name
  from instance_charges
  where billed_size_class is not null
),
judged as (
  select
    b.sub_account_id as account_id,
    b.region_id,
    b.resource_id,
    b.billed_size_class,
    concat(s.target_family, '.', b.size_name) as target_size_class,
    1 - s.price_ratio as saving_ratio,
    b.charged_hours,
    b.effective_cost,
    b.uncommitted_cost,
    b.committed_cost,
    b.billing_currency
  from billed as b
  join successors as s
    on s.family = b.family and concat(' ', s.sizes, ' ') like concat('% ', b.size_name, ' %')
  left join stg_resources as r
    on r.account_id = b.sub_account_id and r.resource_id = b.resource_id and r.resource_type = 'ec2:instance'
  where coalesce(r.state, 'running') <> 'stopped'
    and coalesce(lower(element_at(r.attributes, 'platform')), 'linux') not like '%windows%'
)
select
  'ec2_previous_generation' as detector,
  'ec2:instance' as resource_type,
  j.resource_id as resource_id,
  j.account_id as sub_account_id,
  j.region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  'waste' as judgement,
  'resize' as action,
  'instance' as cost_part,
  concat(j.target_size_class, ' does the work of ', j.billed_size_class, ' for ', cast(cast(round(100 * j.saving_ratio) as integer) as varchar), ' % less') as reason,
  j.billed_size_class as observed,
  'no cheaper successor of the same size' as threshold,
  j.effective_cost as part_cost,
  cast(cast(j.uncommitted_cost as decimal(24,12)) * cast(j.saving_ratio as decimal(9,6)) as decimal(38,12)) as saving_cost,
  cast(cast(j.committed_cost as decimal(24,12)) * cast(j.saving_ratio as decimal(9,6)) as decimal(38,12)) as deferred_saving_cost,
  j.billing_currency,
  cast(0.9 as double) as confidence,
  concat('aws ec2 modify-instance-attribute --region ', j.region_id, ' --instance-id ', j.resource_id,
    ' --instance-type Value=', j.target_size_class, '  # stopped, with ENA and NVMe drivers') as remedy,
  cast(json_object(
    'saving_ratio', j.saving_ratio,
    'charged_hours', j.charged_hours
  ) as varchar) as evidence
from judged as j
