-- What is still to come goes to those who had such costs lately, by their share of them: differences of the rounded
-- cumulative share, so that nothing is lost; the last one takes what rounding left.
with weights as (
  select
    l.billing_period,
    l.billing_currency,
    l.team,
    l.service,
    l.environment,
    l.tier,
    l.cost_center,
    l.owner,
    l.shared_no,
    l.forecast_kind,
    l.charge_key,
    k.source,
    k.provider_name,
    k.billing_account_id,
    k.sub_account_id,
    k.service_name,
    k.region_id,
    k.charge_category,
    k.pricing_category,
    l.coming_billed_cost,
    l.coming_effective_cost,
    l.coming_list_cost,
    l.coming_contracted_cost,
    greatest(sum(k.billed_cost), cast(0 as decimal(38,12))) as billed_weight,
    greatest(sum(k.effective_cost), cast(0 as decimal(38,12))) as effective_weight,
    greatest(sum(k.list_cost), cast(0 as decimal(38,12))) as list_weight,
    greatest(sum(k.contracted_cost), cast(0 as decimal(38,12))) as contracted_weight
  from cost_landings as l
  join cost_kinds as k
    on k.billing_currency = l.billing_currency
    and k.team = l.team
    and k.service = l.service
    and k.environment = l.environment
    and k.tier = l.tier
    and k.cost_center = l.cost_center
    and k.owner = l.owner
    and coalesce(k.shared_no, -1) = coalesce(l.shared_no, -1)
    and k.forecast_kind = l.forecast_kind
    and k.charge_key = l.charge_key
    and k.charge_date >= l.weigh_from_date
  group by
    l.billing_period, l.billing_currency, l.team, l.service, l.environment, l.tier, l.cost_center, l.owner,
    l.shared_no, l.forecast_kind, l.charge_key, k.source, k.provider_name, k.billing_account_id, k.sub_account_id,
    k.service_name, k.region_id, k.charge_category, k.pricing_category, l.coming_billed_cost,
    l.coming_effective_cost, l.coming_list_cost, l.coming_contracted_cost
),
shares as (
  select
    w.*,
    cast(round(coalesce(cast(sum(w.billed_weight) over through_after as double) / nullif(cast(sum(w.billed_weight) over whole as double), 0), 0), 13)
      as decimal(14,13)) as billed_after,
    cast(round(coalesce(cast(sum(w.billed_weight) over through_before as double) / nullif(cast(sum(w.billed_weight) over whole as double), 0), 0), 13)
      as decimal(14,13)) as billed_before,
    cast(round(coalesce(cast(sum(w.effective_weight) over through_after as double) / nullif(cast(sum(w.effective_weight) over whole as double), 0), 0), 13)
      as decimal(14,13)) as effective_after,
    cast(round(coalesce(cast(sum(w.effective_weight) over through_before as double) / nullif(cast(sum(w.effective_weight) over whole as double), 0), 0), 13)
      as decimal(14,13)) as effective_before,
    cast(round(coalesce(cast(sum(w.list_weight) over through_after as double) / nullif(cast(sum(w.list_weight) over whole as double), 0), 0), 13)
      as decimal(14,13)) as list_after,
    cast(round(coalesce(cast(sum(w.list_weight) over through_before as double) / nullif(cast(sum(w.list_weight) over whole as double), 0), 0), 13)
      as decimal(14,13)) as list_before,
    cast(round(coalesce(cast(sum(w.contracted_weight) over through_after as double) / nullif(cast(sum(w.contracted_weight) over whole as double), 0), 0), 13)
      as decimal(14,13)) as contracted_after,
    cast(round(coalesce(cast(sum(w.contracted_weight) over through_before as double) / nullif(cast(sum(w.contracted_weight) over whole as double), 0), 0), 13)
      as decimal(14,13)) as contracted_before,
    row_number() over whole_descending = 1 as is_last
  from weights as w
  window
    whole as (
      partition by w.billing_period, w.billing_currency, w.team, w.service, w.environment, w.tier, w.cost_center, w.owner,
        w.shared_no, w.forecast_kind, w.charge_key
    ),
    through_after as (
      partition by w.billing_period, w.billing_currency, w.team, w.service, w.environment, w.tier, w.cost_center, w.owner,
        w.shared_no, w.forecast_kind, w.charge_key
      order by w.source, w.provider_name, w.billing_account_id, w.sub_account_id, w.service_name, w.region_id,
        w.charge_category, w.pricing_category
      rows between unbounded preceding and current row
    ),
    through_before as (
      partition by w.billing_period, w.billing_currency, w.team, w.service, w.environment, w.tier, w.cost_center, w.owner,
        w.shared_no, w.forecast_kind, w.charge_key
      order by w.source, w.provider_name, w.billing_account_id, w.sub_account_id, w.service_name, w.region_id,
        w.charge_category, w.pricing_category
      rows between unbounded preceding and 1 preceding
    ),
    whole_descending as (
      partition by w.billing_period, w.billing_currency, w.team, w.service, w.environment, w.tier, w.cost_center, w.owner,
        w.shared_no, w.forecast_kind, w.charge_key
      order by w.source desc, w.provider_name desc, w.billing_account_id desc, w.sub_account_id desc, w.service_name desc,
        w.region_id desc, w.charge_category desc, w.pricing_category desc
    )
)
select
  billing_period,
  billing_currency,
  team,
  service,
  environment,
  tier,
  cost_center,
  owner,
  shared_no,
  forecast_kind,
  charge_key,
  source,
  provider_name,
  billing_account_id,
  sub_account_id,
  service_name,
  region_id,
  charge_category,
  pricing_category,
  case when is_last then coming_billed_cost else cast(round(cast(coming_billed_cost as decimal(24,12)) * billed_after, 9) as decimal(38,12)) end
    - cast(round(cast(coming_billed_cost as decimal(24,12)) * billed_before, 9) as decimal(38,12)) as coming_billed_cost,
  case when is_last then coming_effective_cost else cast(round(cast(coming_effective_cost as decimal(24,12)) * effective_after, 9) as decimal(38,12)) end
    - cast(round(cast(coming_effective_cost as decimal(24,12)) * effective_before, 9) as decimal(38,12)) as coming_effective_cost,
  case when is_last then coming_list_cost else cast(round(cast(coming_list_cost as decimal(24,12)) * list_after, 9) as decimal(38,12)) end
    - cast(round(cast(coming_list_cost as decimal(24,12)) * list_before, 9) as decimal(38,12)) as coming_list_cost,
  case when is_last then coming_contracted_cost else cast(round(cast(coming_contracted_cost as decimal(24,12)) * contracted_after, 9) as decimal(38,12)) end
    - cast(round(cast(coming_contracted_cost as decimal(24,12)) * contracted_before, 9) as decimal(38,12)) as coming_contracted_cost
from shares
