-- The one scan of charges. The lines of a day are summed. A recurring charge that covers more than a day (tax, support)
-- is spread over its days by differences of a rounded cumulative share, so that the days add up to the charge exactly.
with inputs as (
  select i.provider_name, i.sub_account_id, i.service_name, i.region_id, i.charge_category, i.tags, a.allocation_id
  from allocation_inputs as i
  join allocations as a on a.input_id = i.input_id
),
charge as (
  select
    charge_start_date,
    -- A charge is spread over the part of its period that lies in the billing period, if any does.
    case when is_spread then greatest(charge_start_date, billing_start_date) end as spread_from,
    case when is_spread then least(charge_end_date, billing_end_date) end as spread_until,
    source,
    billing_period,
    provider_name,
    billing_account_id,
    sub_account_id,
    service_name,
    region_id,
    resource_id,
    sku_meter,
    charge_category,
    charge_class,
    charge_frequency,
    pricing_category,
    commitment_discount_id,
    commitment_discount_status,
    consumed_unit,
    billing_currency,
    allocation_id,
    billed_cost,
    effective_cost,
    list_cost,
    contracted_cost,
    consumed_quantity
  from stg_charges
  join inputs using (provider_name, sub_account_id, service_name, region_id, charge_category, tags)
),
summed as (
  select
    charge_start_date,
    spread_from,
    spread_until,
    source,
    billing_period,
    provider_name,
    billing_account_id,
    sub_account_id,
    service_name,
    region_id,
    resource_id,
    sku_meter,
    charge_category,
    charge_class,
    charge_frequency,
    pricing_category,
    commitment_discount_id,
    commitment_discount_status,
    consumed_unit,
    billing_currency,
    allocation_id,
    sum(billed_cost) as billed_cost,
    sum(effective_cost) as effective_cost,
    sum(list_cost) as list_cost,
    sum(contracted_cost) as contracted_cost,
    sum(consumed_quantity) as consumed_quantity,
    count(*) as line_count
  from charge
  group by
    charge_start_date, spread_from, spread_until, source, billing_period, provider_name, billing_account_id,
    sub_account_id, service_name, region_id, resource_id, sku_meter, charge_category, charge_class, charge_frequency,
    pricing_category, commitment_discount_id, commitment_discount_status, consumed_unit, billing_currency, allocation_id
),
shares as (
  select
    s.*,
    c.day as charge_date,
    c.day = s.spread_from as is_first_day,
    cast(round(cast(date_diff('day', s.spread_from, c.day) as double)
      / date_diff('day', s.spread_from, s.spread_until), 9) as decimal(10,9)) as share_before,
    cast(round(cast(date_diff('day', s.spread_from, c.day) + 1 as double)
      / date_diff('day', s.spread_from, s.spread_until), 9) as decimal(10,9)) as share_after
  from summed as s
  join calendar_days as c on c.day >= s.spread_from and c.day < s.spread_until
  where s.spread_from < s.spread_until
),
spread as (
  select
    charge_date,
    source,
    billing_period,
    provider_name,
    billing_account_id,
    sub_account_id,
    service_name,
    region_id,
    resource_id,
    sku_meter,
    charge_category,
    charge_class,
    charge_frequency,
    pricing_category,
    commitment_discount_id,
    commitment_discount_status,
    consumed_unit,
    billing_currency,
    allocation_id,
    sum(round(cast(billed_cost as decimal(28,12)) * share_after, 12)
      - round(cast(billed_cost as decimal(28,12)) * share_before, 12)) as billed_cost,
    sum(round(cast(effective_cost as decimal(28,12)) * share_after, 12)
      - round(cast(effective_cost as decimal(28,12)) * share_before, 12)) as effective_cost,
    sum(round(cast(list_cost as decimal(28,12)) * share_after, 12)
      - round(cast(list_cost as decimal(28,12)) * share_before, 12)) as list_cost,
    sum(round(cast(contracted_cost as decimal(28,12)) * share_after, 12)
      - round(cast(contracted_cost as decimal(28,12)) * share_before, 12)) as contracted_cost,
    sum(case when is_first_day then consumed_quantity end) as consumed_quantity,
    cast(sum(case when is_first_day then line_count else 0 end) as bigint) as line_count
  from shares
  group by
    charge_date, source, billing_period, provider_name, billing_account_id, sub_account_id, service_name, region_id,
    resource_id, sku_meter, charge_category, charge_class, charge_frequency, pricing_category, commitment_discount_id,
    commitment_discount_status, consumed_unit, billing_currency, allocation_id
),
daily as (
  select
    charge_start_date as charge_date,
    false as is_spread,
    source,
    billing_period,
    provider_name,
    billing_account_id,
    sub_account_id,
    service_name,
    region_id,
    resource_id,
    sku_meter,
    charge_category,
    charge_class,
    charge_frequency,
    pricing_category,
    commitment_discount_id,
    commitment_discount_status,
    consumed_unit,
    billing_currency,
    allocation_id,
    billed_cost,
    effective_cost,
    list_cost,
    contracted_cost,
    consumed_quantity,
    line_count
  from summed
  where spread_from is null or spread_from >= spread_until
  union all
  select
    charge_date,
    true as is_spread,
    source,
    billing_period,
    provider_name,
    billing_account_id,
    sub_account_id,
    service_name,
    region_id,
    resource_id,
    sku_meter,
    charge_category,
    charge_class,
    charge_frequency,
    pricing_category,
    commitment_discount_id,
    commitment_discount_status,
    consumed_unit,
    billing_currency,
    allocation_id,
    billed_cost,
    effective_cost,
    list_cost,
    contracted_cost,
    consumed_quantity,
    line_count
  from spread
)
select
  d.charge_date,
  d.is_spread,
  d.source,
  d.billing_period,
  d.provider_name,
  d.billing_account_id,
  d.sub_account_id,
  d.service_name,
  d.region_id,
  d.resource_id,
  d.sku_meter,
  d.charge_category,
  d.charge_class,
  d.charge_frequency,
  d.pricing_category,
  d.commitment_discount_id,
  d.commitment_discount_status,
  d.consumed_unit,
  d.billing_currency,
  a.team,
  a.service,
  a.environment,
  a.tier,
  a.cost_center,
  a.owner,
  a.shared_no,
  a.missing_tags,
  d.billed_cost,
  d.effective_cost,
  d.list_cost,
  d.contracted_cost,
  d.consumed_quantity,
  d.line_count
from daily as d
join (
  select distinct allocation_id, team, service, environment, tier, cost_center, owner, shared_no, missing_tags
  from allocations
) as a on a.allocation_id = d.allocation_id
