-- Every amount at every step: as delivered, as loaded, set aside, as modelled by day. Publication adds its own.
with stages as (
  select source, provider_name, billing_account_id, billing_period, billing_currency, charge_category, stage, row_count, billed_cost, effective_cost, list_cost, contracted_cost
  from stg_control_totals
  union all
  select source, provider_name, billing_account_id, billing_period, billing_currency, charge_category, 'modelled', line_count, billed_cost, effective_cost, list_cost, contracted_cost
  from daily_cost
)
select
  source, provider_name, billing_account_id, billing_period, billing_currency, charge_category,
  cast(sum(case when stage = 'source' then row_count else 0 end) as bigint) as source_row_count,
  cast(sum(case when stage = 'source' then billed_cost else 0 end) as decimal(38,12)) as source_billed_cost,
  cast(sum(case when stage = 'source' then effective_cost else 0 end) as decimal(38,12)) as source_effective_cost,
  cast(sum(case when stage = 'source' then list_cost else 0 end) as decimal(38,12)) as source_list_cost,
  cast(sum(case when stage = 'source' then contracted_cost else 0 end) as decimal(38,12)) as source_contracted_cost,
  cast(sum(case when stage = 'loaded' then row_count else 0 end) as bigint) as loaded_row_count,
  cast(sum(case when stage = 'loaded' then billed_cost else 0 end) as decimal(38,12)) as loaded_billed_cost,
  cast(sum(case when stage = 'loaded' then effective_cost else 0 end) as decimal(38,12)) as loaded_effective_cost,
  cast(sum(case when stage = 'loaded' then list_cost else 0 end) as decimal(38,12)) as loaded_list_cost,
  cast(sum(case when stage = 'loaded' then contracted_cost else 0 end) as decimal(38,12)) as loaded_contracted_cost,
  cast(sum(case when stage = 'quarantined' then row_count else 0 end) as bigint) as quarantined_row_count,
  cast(sum(case when stage = 'quarantined' then billed_cost else 0 end) as decimal(38,12)) as quarantined_billed_cost,
  cast(sum(case when stage = 'quarantined' then effective_cost else 0 end) as decimal(38,12)) as quarantined_effective_cost,
  cast(sum(case when stage = 'quarantined' then list_cost else 0 end) as decimal(38,12)) as quarantined_list_cost,
  cast(sum(case when stage = 'quarantined' then contracted_cost else 0 end) as decimal(38,12)) as quarantined_contracted_cost,
  cast(sum(case when stage = 'modelled' then row_count else 0 end) as bigint) as modelled_row_count,
  cast(sum(case when stage = 'modelled' then billed_cost else 0 end) as decimal(38,12)) as modelled_billed_cost,
  cast(sum(case when stage = 'modelled' then effective_cost else 0 end) as decimal(38,12)) as modelled_effective_cost,
  cast(sum(case when stage = 'modelled' then list_cost else 0 end) as decimal(38,12)) as modelled_list_cost,
  cast(sum(case when stage = 'modelled' then contracted_cost else 0 end) as decimal(38,12)) as modelled_contracted_cost
from stages
group by source, provider_name, billing_account_id, billing_period, billing_currency, charge_category
