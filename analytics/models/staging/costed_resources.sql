with bills as (
  select
    *,
    row_number() over (
      partition by resource_id, sub_account_id
      order by effective_cost desc, billing_currency
    ) as place
  from resource_costs
),
costed as (
  select
    s.*,
    b.team,
    b.service,
    b.environment,
    coalesce(b.billing_currency, r.reporting_currency) as billing_currency,
    case when b.effective_cost > 0 then b.effective_cost else 0 end as effective_cost,
    case when b.committed_cost > 0 then b.committed_cost else 0 end as committed_cost,
    date_diff('day', cast(s.created_at as date), r.as_of_date) - 2 as age_days,
    date_diff('day', s.state_since_date, s.last_seen_date) + 1 as state_days
  from stg_resources as s
  cross join run as r
  left join bills as b on b.sub_account_id = s.account_id and b.resource_id = s.resource_id and b.place = 1
)
select
  account_id,
  region_id,
  resource_type,
  resource_id,
  utilization_id,
  resource_name,
  state,
  size_class,
  size_gib,
  attachments,
  attributes,
  first_seen_date,
  last_seen_date,
  state_since_date,
  kept_reason,
  age_days,
  state_days,
  team,
  service,
  environment,
  billing_currency,
  cast(effective_cost as decimal(38,12)) as effective_cost,
  cast(case when committed_cost < effective_cost then effective_cost - committed_cost else 0 end as decimal(38,12)) as uncommitted_cost,
  cast(case when committed_cost < effective_cost then committed_cost else effective_cost end as decimal(38,12)) as committed_cost,
  case
    when committed_cost > 0
      then concat('; a commitment pays for ', cast(cast(committed_cost as decimal(38,2)) as varchar), ' of its cost until it ends')
    else ''
  end as commitment_note
from costed
