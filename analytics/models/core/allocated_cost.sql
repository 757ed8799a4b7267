-- What is shared leaves where it is and arrives at its targets, by differences of the rounded cumulative share, so that the
-- parts add up exactly; a shared cost without targets stays where it is.
with parts as (
  select
    d.source,
    d.billing_period,
    d.provider_name,
    d.billing_account_id,
    d.sub_account_id,
    d.service_name,
    d.region_id,
    d.charge_category,
    d.pricing_category,
    d.billing_currency,
    'shared' as allocation_kind,
    t.team,
    t.service,
    t.environment,
    t.tier,
    t.cost_center,
    t.owner,
    case when t.is_last then d.billed_cost else cast(round(cast(d.billed_cost as decimal(24,12)) * t.share_after, 9) as decimal(38,12)) end
      - cast(round(cast(d.billed_cost as decimal(24,12)) * t.share_before, 9) as decimal(38,12)) as billed_cost,
    case when t.is_last then d.effective_cost else cast(round(cast(d.effective_cost as decimal(24,12)) * t.share_after, 9) as decimal(38,12)) end
      - cast(round(cast(d.effective_cost as decimal(24,12)) * t.share_before, 9) as decimal(38,12)) as effective_cost,
    case when t.is_last then d.list_cost else cast(round(cast(d.list_cost as decimal(24,12)) * t.share_after, 9) as decimal(38,12)) end
      - cast(round(cast(d.list_cost as decimal(24,12)) * t.share_before, 9) as decimal(38,12)) as list_cost,
    case when t.is_last then d.contracted_cost else cast(round(cast(d.contracted_cost as decimal(24,12)) * t.share_after, 9) as decimal(38,12)) end
      - cast(round(cast(d.contracted_cost as decimal(24,12)) * t.share_before, 9) as decimal(38,12)) as contracted_cost,
    case when t.is_last then d.landing_billed_cost else cast(round(cast(d.landing_billed_cost as decimal(24,12)) * t.share_after, 9) as decimal(38,12)) end
      - cast(round(cast(d.landing_billed_cost as decimal(24,12)) * t.share_before, 9) as decimal(38,12)) as landing_billed_cost,
    case when t.is_last then d.landing_effective_cost else cast(round(cast(d.landing_effective_cost as decimal(24,12)) * t.share_after, 9) as decimal(38,12)) end
      - cast(round(cast(d.landing_effective_cost as decimal(24,12)) * t.share_before, 9) as decimal(38,12)) as landing_effective_cost,
    case when t.is_last then d.landing_list_cost else cast(round(cast(d.landing_list_cost as decimal(24,12)) * t.share_after, 9) as decimal(38,12)) end
      - cast(round(cast(d.landing_list_cost as decimal(24,12)) * t.share_before, 9) as decimal(38,12)) as landing_list_cost,
    case when t.is_last then d.landing_contracted_cost else cast(round(cast(d.landing_contracted_cost as decimal(24,12)) * t.share_after, 9) as decimal(38,12)) end
      - cast(round(cast(d.landing_contracted_cost as decimal(24,12)) * t.share_before, 9) as decimal(38,12)) as landing_contracted_cost,
    case when t.is_first then d.line_count else 0 end as line_count
  from cost_by_month as d
  join shared_cost_targets as t
    on t.billing_period = d.billing_period and t.billing_currency = d.billing_currency and t.shared_no = d.shared_no
  union all
  select
    d.source,
    d.billing_period,
    d.provider_name,
    d.billing_account_id,
    d.sub_account_id,
    d.service_name,
    d.region_id,
    d.charge_category,
    d.pricing_category,
    d.billing_currency,
    case
      when d.shared_no is not null then 'shared'
      when d.team = '(unallocated)' and d.service = '(unallocated)' and d.cost_center = '(unallocated)'
        then 'unallocated'
      else 'direct'
    end as allocation_kind,
    d.team,
    d.service,
    d.environment,
    d.tier,
    d.cost_center,
    d.owner,
    d.billed_cost,
    d.effective_cost,
    d.list_cost,
    d.contracted_cost,
    d.landing_billed_cost,
    d.landing_effective_cost,
    d.landing_list_cost,
    d.landing_contracted_cost,
    d.line_count
  from cost_by_month as d
  where d.shared_no is null or not exists (
    select 1
    from shared_cost_targets as t
    where t.billing_period = d.billing_period and t.billing_currency = d.billing_currency and t.shared_no = d.shared_no
  )
)
select
  source,
  billing_period,
  provider_name,
  billing_account_id,
  sub_account_id,
  service_name,
  region_id,
  charge_category,
  pricing_category,
  billing_currency,
  allocation_kind,
  team,
  service,
  environment,
  tier,
  cost_center,
  owner,
  sum(billed_cost) as billed_cost,
  sum(effective_cost) as effective_cost,
  sum(list_cost) as list_cost,
  sum(contracted_cost) as contracted_cost,
  sum(landing_billed_cost) as landing_billed_cost,
  sum(landing_effective_cost) as landing_effective_cost,
  sum(landing_list_cost) as landing_list_cost,
  sum(landing_contracted_cost) as landing_contracted_cost,
  cast(sum(line_count) as bigint) as line_count
from parts
group by
  source, billing_period, provider_name, billing_account_id, sub_account_id, service_name, region_id, charge_category,
  pricing_category, billing_currency, allocation_kind, team, service, environment, tier, cost_center, owner
