-- From the base to the actual cost in steps, each of which changes one thing and keeps the rest. A step is the difference of
-- two levels, so the steps add up to the change exactly, however the levels are rounded.
with bases as (
  select 'billed' as cost_basis
  union
  select cost_basis from run
),
leaves as (
  select
    l.billing_period, l.comparison, b.cost_basis, l.team, l.service, l.environment, l.tier, l.cost_center, l.owner, l.sub_account_id, l.service_name, l.charge_kind,
    l.sku_meter, l.resource_key, l.presence, l.billing_currency,
    case b.cost_basis when 'billed' then l.base_billed_cost when 'list' then l.base_list_cost when 'contracted' then l.base_contracted_cost else l.base_effective_cost end as base_cost,
    case b.cost_basis when 'billed' then l.actual_billed_cost when 'list' then l.actual_list_cost when 'contracted' then l.actual_contracted_cost else l.actual_effective_cost end as actual_cost,
    l.base_list_cost, l.actual_list_cost, l.base_contracted_cost, l.actual_contracted_cost,
    -- A quantity grows by at most so much; beyond it, and where there was none, a price is no price.
    case when l.base_consumed_quantity > 0 and l.actual_consumed_quantity between 0 and l.base_consumed_quantity * 1000000
      then cast(l.actual_consumed_quantity as double) / cast(l.base_consumed_quantity as double) end as own_growth,
    case when l.charge_kind = 'usage' and l.presence = 'both' and l.base_consumed_quantity > 0 then l.base_consumed_quantity else 0 end as mixed_base_quantity,
    case when l.charge_kind = 'usage' and l.presence = 'both' and l.base_consumed_quantity > 0 then l.actual_consumed_quantity else 0 end as mixed_actual_quantity,
    l.consumed_unit, l.region_id
  from bridge_leaves as l
  cross join bases as b
),
grown as (
  select
    leaves.*,
    case when sum(mixed_base_quantity) over products > 0
        and sum(mixed_actual_quantity) over products between 0 and sum(mixed_base_quantity) over products * 1000000
      then cast(sum(mixed_actual_quantity) over products as double) / cast(sum(mixed_base_quantity) over products as double)
    end as product_growth,
    max(case when charge_kind = 'usage' and presence <> 'new' then 1 else 0 end) over owned as is_in_base,
    max(case when charge_kind = 'usage' and presence <> 'ended' then 1 else 0 end) over owned as is_in_actual
  from leaves
  window owned as (
    partition by billing_period, comparison, cost_basis, team, service, environment, tier, cost_center, owner, sub_account_id, service_name, billing_currency
  ),
  products as (
    partition by billing_period, comparison, cost_basis, team, service, environment, tier, cost_center, owner, sub_account_id, service_name, region_id, consumed_unit, billing_currency
  )
),
-- What each step ends at: volume at the mix of the base, the quantities as they are, list prices, negotiated prices.
raw_levels as (
  select
    grown.*,
    charge_kind = 'usage' and presence = 'both' as is_stepped,
    -- A resource, and usage without one where its owner had nothing of the product; another meter of it is mix.
    charge_kind = 'usage' and presence = 'new' and (resource_key <> '' or is_in_base = 0) as is_new,
    charge_kind = 'usage' and presence = 'ended' and (resource_key <> '' or is_in_actual = 0) as is_ended,
    case when own_growth is null or product_growth is null then base_cost
      else cast(round(cast(base_cost as double) * product_growth, 6) as decimal(38,12)) end as volume_level,
    case when own_growth is null or product_growth is null then base_cost
      else cast(round(cast(base_cost as double) * own_growth, 6) as decimal(38,12)) end as raw_mix_level,
    -- Where the base had no discount the level is the list cost itself, to the last digit.
    case when base_list_cost = 0 or abs(actual_list_cost) > abs(base_list_cost) * 1000000 then actual_cost
      when base_cost = base_list_cost then actual_list_cost
      else cast(round(cast(base_cost as double) * (cast(actual_list_cost as double) / cast(base_list_cost as double)), 6) as decimal(38,12))
    end as raw_price_level,
    case when base_list_cost = 0 or base_contracted_cost = 0 or abs(actual_contracted_cost) > abs(base_contracted_cost) * 1000000
      then actual_cost
      when base_cost = base_contracted_cost then actual_contracted_cost
      else cast(round(cast(base_cost as double) * (cast(actual_contracted_cost as double) / cast(base_contracted_cost as double)), 6) as decimal(38,12))
    end as raw_negotiated_level
  from grown
),
-- A level that is the actual cost but for rounding is the actual cost: dust does not become a price.
levels as (
  select
    raw_levels.*,
    case when abs(raw_mix_level - actual_cost) <= 0.00001 then actual_cost else raw_mix_level end as mix_level,
    case when abs(raw_price_level - actual_cost) <= 0.00001 then actual_cost else raw_price_level end as price_level,
    case when abs(raw_negotiated_level - actual_cost) <= 0.00001 then actual_cost else raw_negotiated_level end as negotiated_level
  from raw_levels
)
select
  billing_period, comparison, cost_basis, team, service, environment, tier, cost_center, owner, sub_account_id, service_name, region_id, charge_kind, sku_meter, consumed_unit,
  resource_key, billing_currency, base_cost, actual_cost,
  case when is_stepped then volume_level - base_cost else 0 end as volume_cost,
  case
    when is_stepped then mix_level - volume_level
    when charge_kind = 'usage' and not is_new and not is_ended then actual_cost - base_cost
    else 0
  end as mix_cost,
  case when is_stepped then price_level - mix_level else 0 end as price_cost,
  case when is_stepped then negotiated_level - price_level else 0 end as negotiated_discount_cost,
  case when is_stepped then actual_cost - negotiated_level else 0 end as commitment_discount_cost,
  case when is_new then actual_cost - base_cost else 0 end as new_resources_cost,
  case when is_ended then actual_cost - base_cost else 0 end as ended_resources_cost,
  case when charge_kind <> 'usage' then actual_cost - base_cost else 0 end as other_cost
from levels
