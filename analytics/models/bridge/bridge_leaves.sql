-- A resource of one of the two months only is new or ended; where a fleet replaced some of its resources by others of the
-- same meter and owner, they are compared as one. Against a budget or a forecast the leaves are those of the month before.
with leaves as (
  select
    p.billing_period, p.comparison, c.team, c.service, c.environment, c.tier, c.cost_center, c.owner, c.sub_account_id, c.service_name, c.region_id, c.charge_kind, c.sku_meter, c.consumed_unit, c.resource_id, c.billing_currency,
    max(case when c.billing_period = p.base_period then 1 else 0 end) as is_in_base,
    max(case when c.billing_period = p.billing_period then 1 else 0 end) as is_in_actual,
    sum(case when c.billing_period = p.base_period then c.consumed_quantity else 0 end) as base_consumed_quantity,
    sum(case when c.billing_period = p.billing_period then c.consumed_quantity else 0 end) as actual_consumed_quantity,
    sum(case when c.billing_period = p.base_period then c.billed_cost else 0 end) as base_billed_cost,
    sum(case when c.billing_period = p.billing_period then c.billed_cost else 0 end) as actual_billed_cost,
    sum(case when c.billing_period = p.base_period then c.effective_cost else 0 end) as base_effective_cost,
    sum(case when c.billing_period = p.billing_period then c.effective_cost else 0 end) as actual_effective_cost,
    sum(case when c.billing_period = p.base_period then c.list_cost else 0 end) as base_list_cost,
    sum(case when c.billing_period = p.billing_period then c.list_cost else 0 end) as actual_list_cost,
    sum(case when c.billing_period = p.base_period then c.contracted_cost else 0 end) as base_contracted_cost,
    sum(case when c.billing_period = p.billing_period then c.contracted_cost else 0 end) as actual_contracted_cost
  from bridge_pairs as p
  join bridge_charges as c on c.billing_period = p.billing_period or c.billing_period = p.base_period
  where p.comparison in ('prior_month', 'prior_year')
  group by p.billing_period, p.comparison, c.team, c.service, c.environment, c.tier, c.cost_center, c.owner, c.sub_account_id, c.service_name, c.region_id, c.charge_kind, c.sku_meter, c.consumed_unit, c.resource_id, c.billing_currency
),
told_apart as (
  select
    leaves.*,
    case
      when is_in_base = 1 and is_in_actual = 1 then 'both'
      when max(1 - is_in_base) over fleet = 1 and max(1 - is_in_actual) over fleet = 1 then 'replaced'
      when is_in_base = 0 then 'new'
      else 'ended'
    end as presence
  from leaves
  window fleet as (
    partition by billing_period, comparison, team, service, environment, tier, cost_center, owner, sub_account_id, service_name, region_id, charge_kind, sku_meter, consumed_unit, billing_currency
  )
)
select
  billing_period, comparison, team, service, environment, tier, cost_center, owner, sub_account_id, service_name, region_id, charge_kind, sku_meter, consumed_unit,
  case when presence = 'replaced' then '(replaced resources)' else resource_id end as resource_key,
  billing_currency,
  case when presence = 'replaced' then 'both' else presence end as presence,
  sum(base_consumed_quantity) as base_consumed_quantity,
  sum(actual_consumed_quantity) as actual_consumed_quantity,
  sum(base_billed_cost) as base_billed_cost,
  sum(actual_billed_cost) as actual_billed_cost,
  sum(base_effective_cost) as base_effective_cost,
  sum(actual_effective_cost) as actual_effective_cost,
  sum(base_list_cost) as base_list_cost,
  sum(actual_list_cost) as actual_list_cost,
  sum(base_contracted_cost) as base_contracted_cost,
  sum(actual_contracted_cost) as actual_contracted_cost
from told_apart
group by billing_period, comparison, team, service, environment, tier, cost_center, owner, sub_account_id, service_name, region_id, charge_kind, sku_meter, consumed_unit, resource_key, billing_currency,
  case when presence = 'replaced' then 'both' else presence end
