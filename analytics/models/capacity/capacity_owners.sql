-- Who answers for a resource, by its bill; where it was billed in two currencies, the larger amount counts.
with ranked as (
  select
    *,
    row_number() over (
      partition by resource_id, sub_account_id order by effective_cost desc, billing_currency
    ) as place
  from resource_costs
)
select resource_id, sub_account_id, effective_cost, team, service, environment, tier, cost_center, owner
from ranked
where place = 1
