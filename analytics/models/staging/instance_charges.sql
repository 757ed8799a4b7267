-- What an instance itself is charged for: not its traffic, its volumes or its licences from others.
with hours as (
  select
    resource_id,
    sub_account_id,
    billing_currency,
    min(region_id) as region_id,
    min(regexp_extract(sku_meter, '(?:BoxUsage|DedicatedUsage):([a-z0-9-]+\.[a-z0-9-]+)', 1)) as size_class,
    sum(effective_cost) as effective_cost,
    sum(case when pricing_category = 'Committed' then effective_cost else 0 end) as committed_cost,
    sum(case when lower(consumed_unit) in ('hrs', 'hours', 'hour') then consumed_quantity end) as charged_hours
  from resource_charges
  where resource_id is not null
    and regexp_matches(sku_meter, '(BoxUsage|DedicatedUsage)')
  group by resource_id, sub_account_id, billing_currency
),
ranked as (
  select
    *,
    row_number() over (partition by resource_id, sub_account_id order by effective_cost desc, billing_currency) as place
  from hours
  where effective_cost > 0
)
select
  resource_id,
  sub_account_id,
  region_id,
  billing_currency,
  nullif(size_class, '') as billed_size_class,
  cast(effective_cost as decimal(38,12)) as effective_cost,
  cast(case when committed_cost < effective_cost then effective_cost - committed_cost else 0 end as decimal(38,12)) as uncommitted_cost,
  cast(case when committed_cost < effective_cost then committed_cost else effective_cost end as decimal(38,12)) as committed_cost,
  charged_hours
from ranked
where place = 1
