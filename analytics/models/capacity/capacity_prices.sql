-- What the bill of the last 30 complete days says that one more costs in 30 days, all of its hours: the price of the meter
-- that cost most. What a commitment covers now is priced at list: it does not cover one more. A meter without a quantity,
-- or in two currencies, tells no price.
with usage as (
  select
    resource_id,
    sub_account_id,
    billing_currency,
    sku_meter,
    case
      when lower(consumed_unit) in ('hrs', 'hr', 'hours', 'hour') then 'instance'
      when lower(consumed_unit) in ('gb-mo', 'gb-month', 'gb-months', 'gib-mo') then 'gib'
      when lower(consumed_unit) in ('readcapacityunit-hrs', 'rcu-hrs') then 'read_unit'
      when lower(consumed_unit) in ('writecapacityunit-hrs', 'wcu-hrs') then 'write_unit'
      when lower(consumed_unit) in ('iops-mo', 'iops-month') then 'iops'
    end as next_unit_kind,
    case when pricing_category = 'Committed' then list_cost else effective_cost end as cost,
    consumed_quantity
  from resource_charges
  where resource_id is not null
),
meters as (
  select
    resource_id,
    sub_account_id,
    next_unit_kind,
    sku_meter,
    min(billing_currency) as billing_currency,
    count(distinct billing_currency) as currency_count,
    sum(cost) as cost,
    sum(consumed_quantity) as quantity
  from usage
  where next_unit_kind is not null
  group by resource_id, sub_account_id, next_unit_kind, sku_meter
),
ranked as (
  select
    *,
    row_number() over (
      partition by resource_id, sub_account_id, next_unit_kind order by cost desc, sku_meter
    ) as place
  from meters
)
select
  resource_id,
  sub_account_id,
  next_unit_kind,
  billing_currency,
  divide_cost(
    cost * case when next_unit_kind in ('instance', 'read_unit', 'write_unit') then 720 else 1 end,
    quantity
  ) as unit_cost
from ranked
where place = 1 and currency_count = 1 and cost > 0 and quantity > 0
