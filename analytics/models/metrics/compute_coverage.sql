-- Unused commitments count against what they are for: those that cover compute, and Savings Plans that cover nothing yet.
with compute_commitments as (
  select distinct billing_period, commitment_discount_id
  from commitment_days
  where is_compute or commitment_discount_id like '%:savingsplan/%'
),
usage as (
  select
    d.billing_period,
    d.team,
    d.tier,
    d.billing_currency,
    d.commitment_discount_id is not null as is_covered,
    coalesce(d.commitment_discount_status, '') = 'Unused' as is_unused,
    d.effective_cost,
    d.list_cost
  from daily_cost as d
  left join compute_commitments as c
    on c.billing_period = d.billing_period and c.commitment_discount_id = d.commitment_discount_id
  where d.charge_category = 'Usage'
    and coalesce(d.charge_class, '') <> 'Correction'
    and case
      when coalesce(d.commitment_discount_status, '') = 'Unused' then c.commitment_discount_id is not null
      else coalesce(d.pricing_category, '') <> 'Dynamic'
        and regexp_matches(coalesce(d.sku_meter, ''), '(BoxUsage|DedicatedUsage|Fargate|Lambda-GB-Second|Lambda-Provisioned)')
    end
)
select
  billing_period,
  team,
  tier,
  billing_currency,
  cast(sum(case when is_unused then 0 else effective_cost end) as decimal(38,12)) as compute_cost,
  cast(sum(case when is_covered and not is_unused then effective_cost else 0 end) as decimal(38,12)) as covered_cost,
  cast(sum(case when is_unused then effective_cost else 0 end) as decimal(38,12)) as unused_cost,
  cast(sum(case when is_unused then 0 else list_cost end) as decimal(38,12)) as list_cost
from usage
group by billing_period, team, tier, billing_currency
