-- A charge that is spread goes to its days by differences of a rounded cumulative share, so that the days add up to the
-- charge exactly; its quantity and its line stand on the first day.
with allocated as (
  select
    d.charge_start_date,
    d.spread_from_date,
    d.spread_until_date,
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
    a.allocation_id,
    d.billed_cost,
    d.effective_cost,
    d.list_cost,
    d.contracted_cost,
    d.consumed_quantity,
    d.line_count
  from stg_charge_days as d
  join allocation_inputs as i
    on i.provider_name = d.provider_name
    and i.sub_account_id = d.sub_account_id
    and i.service_name = d.service_name
    and i.region_id = d.region_id
    and i.charge_category = d.charge_category
    and i.tags = d.tags
  join allocations as a on a.input_id = i.input_id
),
shares as (
  select
    s.*,
    c.day as charge_date,
    c.day = s.spread_from_date as is_first_day,
    date_diff('day', c.day, s.spread_until_date) = 1 as is_last_day,
    cast(round(cast(date_diff('day', s.spread_from_date, c.day) as double)
      / date_diff('day', s.spread_from_date, s.spread_until_date), 13) as decimal(14,13)) as share_before,
    cast(round(cast(date_diff('day', s.spread_from_date, c.day) + 1 as double)
      / date_diff('day', s.spread_from_date, s.spread_until_date), 13) as decimal(14,13)) as share_after
  from allocated as s
  join calendar_days as c on c.day >= s.spread_from_date and c.day < s.spread_until_date
  where s.spread_from_date < s.spread_until_date
),
days as (
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
  from allocated
  where spread_from_date is null or spread_from_date >= spread_until_date
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
    case when is_last_day then billed_cost else cast(round(cast(billed_cost as decimal(24,12)) * share_after, 9) as decimal(38,12)) end
      - cast(round(cast(billed_cost as decimal(24,12)) * share_before, 9) as decimal(38,12)) as billed_cost,
    case when is_last_day then effective_cost else cast(round(cast(effective_cost as decimal(24,12)) * share_after, 9) as decimal(38,12)) end
      - cast(round(cast(effective_cost as decimal(24,12)) * share_before, 9) as decimal(38,12)) as effective_cost,
    case when is_last_day then list_cost else cast(round(cast(list_cost as decimal(24,12)) * share_after, 9) as decimal(38,12)) end
      - cast(round(cast(list_cost as decimal(24,12)) * share_before, 9) as decimal(38,12)) as list_cost,
    case when is_last_day then contracted_cost else cast(round(cast(contracted_cost as decimal(24,12)) * share_after, 9) as decimal(38,12)) end
      - cast(round(cast(contracted_cost as decimal(24,12)) * share_before, 9) as decimal(38,12)) as contracted_cost,
    case when is_first_day then consumed_quantity end as consumed_quantity,
    case when is_first_day then line_count else 0 end as line_count
  from shares
),
summed as (
  select
    charge_date,
    is_spread,
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
    cast(sum(line_count) as bigint) as line_count
  from days
  group by
    charge_date, is_spread, source, billing_period, provider_name, billing_account_id, sub_account_id, service_name, region_id,
    resource_id, sku_meter, charge_category, charge_class, charge_frequency, pricing_category, commitment_discount_id,
    commitment_discount_status, consumed_unit, billing_currency, allocation_id
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
from summed as d
join (
  select distinct allocation_id, team, service, environment, tier, cost_center, owner, shared_no, missing_tags
  from allocations
) as a on a.allocation_id = d.allocation_id
