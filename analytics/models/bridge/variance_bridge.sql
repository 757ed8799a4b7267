-- A closed month keeps the parts that it was closed with; what changed since, of the month and of what it is compared with, is a
-- part of its own, by allocation, account and product. Without a close the bridge is that as known now.
with closed as (
  select
    c.billing_period, c.comparison, c.cost_basis, c.team, c.service, c.environment, c.tier, c.cost_center, c.owner, c.sub_account_id, c.service_name, c.sku_meter, c.resource_id, c.billing_currency,
    coalesce(c.base_cost, 0) as base_cost,
    coalesce(c.currency_cost, 0) as currency_cost,
    coalesce(c.driver_volume_cost, 0) as driver_volume_cost,
    coalesce(c.plan_gap_cost, 0) as plan_gap_cost,
    coalesce(c.volume_cost, 0) as volume_cost,
    coalesce(c.mix_cost, 0) as mix_cost,
    coalesce(c.price_cost, 0) as price_cost,
    coalesce(c.negotiated_discount_cost, 0) as negotiated_discount_cost,
    coalesce(c.commitment_discount_cost, 0) as commitment_discount_cost,
    coalesce(c.unused_commitment_cost, 0) as unused_commitment_cost,
    coalesce(c.new_resources_cost, 0) as new_resources_cost,
    coalesce(c.ended_resources_cost, 0) as ended_resources_cost,
    coalesce(c.one_off_purchases_cost, 0) as one_off_purchases_cost,
    coalesce(c.fees_cost, 0) as fees_cost,
    coalesce(c.tax_cost, 0) as tax_cost,
    coalesce(c.credits_cost, 0) as credits_cost,
    coalesce(c.refunds_cost, 0) as refunds_cost,
    coalesce(c.shared_cost, 0) as shared_cost,
    coalesce(c.shared_reallocation_cost, 0) as shared_reallocation_cost,
    coalesce(c.restatement_cost, 0) as restatement_cost,
    coalesce(c.actual_cost, 0) as actual_cost
  from closed_bridges as c
  join bridge_pairs as p on p.billing_period = c.billing_period and p.comparison = c.comparison
  join (select 'billed' as cost_basis union select cost_basis from run) as b on b.cost_basis = c.cost_basis
),
closed_pairs as (
  select distinct billing_period, comparison, cost_basis
  from closed
),
known as (
  select k.*, p.billing_period is not null as is_closed
  from bridge_known as k
  left join closed_pairs as p
    on p.billing_period = k.billing_period and p.comparison = k.comparison and p.cost_basis = k.cost_basis
),
changes as (
  select billing_period, comparison, cost_basis, team, service, environment, tier, cost_center, owner, sub_account_id, service_name, billing_currency, base_cost, actual_cost
  from known
  where is_closed
  union all
  select billing_period, comparison, cost_basis, team, service, environment, tier, cost_center, owner, sub_account_id, service_name, billing_currency, -base_cost as base_cost, -actual_cost as actual_cost
  from closed
),
parts as (
  select
    billing_period, comparison, cost_basis, team, service, environment, tier, cost_center, owner, sub_account_id, service_name, sku_meter, resource_id, billing_currency,
    base_cost,
    currency_cost,
    driver_volume_cost,
    plan_gap_cost,
    volume_cost,
    mix_cost,
    price_cost,
    negotiated_discount_cost,
    commitment_discount_cost,
    unused_commitment_cost,
    new_resources_cost,
    ended_resources_cost,
    one_off_purchases_cost,
    fees_cost,
    tax_cost,
    credits_cost,
    refunds_cost,
    shared_cost,
    shared_reallocation_cost,
    0 as restatement_cost,
    actual_cost
  from known
  where not is_closed
  union all
  select
    billing_period, comparison, cost_basis, team, service, environment, tier, cost_center, owner, sub_account_id, service_name, sku_meter, resource_id, billing_currency,
    base_cost,
    currency_cost,
    driver_volume_cost,
    plan_gap_cost,
    volume_cost,
    mix_cost,
    price_cost,
    negotiated_discount_cost,
    commitment_discount_cost,
    unused_commitment_cost,
    new_resources_cost,
    ended_resources_cost,
    one_off_purchases_cost,
    fees_cost,
    tax_cost,
    credits_cost,
    refunds_cost,
    shared_cost,
    shared_reallocation_cost,
    restatement_cost,
    actual_cost
  from closed
  union all
  select
    billing_period, comparison, cost_basis, team, service, environment, tier, cost_center, owner, sub_account_id, service_name, '(restated)' as sku_meter, '' as resource_id, billing_currency,
    sum(base_cost) as base_cost,
    0 as currency_cost,
    0 as driver_volume_cost,
    0 as plan_gap_cost,
    0 as volume_cost,
    0 as mix_cost,
    0 as price_cost,
    0 as negotiated_discount_cost,
    0 as commitment_discount_cost,
    0 as unused_commitment_cost,
    0 as new_resources_cost,
    0 as ended_resources_cost,
    0 as one_off_purchases_cost,
    0 as fees_cost,
    0 as tax_cost,
    0 as credits_cost,
    0 as refunds_cost,
    0 as shared_cost,
    0 as shared_reallocation_cost,
    sum(actual_cost) - sum(base_cost) as restatement_cost,
    sum(actual_cost) as actual_cost
  from changes
  group by billing_period, comparison, cost_basis, team, service, environment, tier, cost_center, owner, sub_account_id, service_name, billing_currency
  having sum(base_cost) <> 0 or sum(actual_cost) <> 0
)
select
  billing_period, comparison, cost_basis, team, service, environment, tier, cost_center, owner, sub_account_id, service_name, sku_meter, resource_id, billing_currency,
  cast(sum(base_cost) as decimal(38,12)) as base_cost,
  cast(sum(currency_cost) as decimal(38,12)) as currency_cost,
  cast(sum(driver_volume_cost) as decimal(38,12)) as driver_volume_cost,
  cast(sum(plan_gap_cost) as decimal(38,12)) as plan_gap_cost,
  cast(sum(volume_cost) as decimal(38,12)) as volume_cost,
  cast(sum(mix_cost) as decimal(38,12)) as mix_cost,
  cast(sum(price_cost) as decimal(38,12)) as price_cost,
  cast(sum(negotiated_discount_cost) as decimal(38,12)) as negotiated_discount_cost,
  cast(sum(commitment_discount_cost) as decimal(38,12)) as commitment_discount_cost,
  cast(sum(unused_commitment_cost) as decimal(38,12)) as unused_commitment_cost,
  cast(sum(new_resources_cost) as decimal(38,12)) as new_resources_cost,
  cast(sum(ended_resources_cost) as decimal(38,12)) as ended_resources_cost,
  cast(sum(one_off_purchases_cost) as decimal(38,12)) as one_off_purchases_cost,
  cast(sum(fees_cost) as decimal(38,12)) as fees_cost,
  cast(sum(tax_cost) as decimal(38,12)) as tax_cost,
  cast(sum(credits_cost) as decimal(38,12)) as credits_cost,
  cast(sum(refunds_cost) as decimal(38,12)) as refunds_cost,
  cast(sum(shared_cost) as decimal(38,12)) as shared_cost,
  cast(sum(shared_reallocation_cost) as decimal(38,12)) as shared_reallocation_cost,
  cast(sum(restatement_cost) as decimal(38,12)) as restatement_cost,
  cast(sum(actual_cost) as decimal(38,12)) as actual_cost
from parts
group by billing_period, comparison, cost_basis, team, service, environment, tier, cost_center, owner, sub_account_id, service_name, sku_meter, resource_id, billing_currency
