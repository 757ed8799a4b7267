-- What a resource nets to below zero in a month is excluded, so that tagged cost cannot exceed taggable cost. Credits,
-- tax, purchases and usage without a resource are untaggable. Taggable, untaggable and excluded add up to the bill.
with measured as (
  select
    billing_period,
    team,
    owner,
    sub_account_id,
    service_name,
    billing_currency,
    missing_tags,
    sum(case when is_taggable then greatest(cost, 0) else 0 end) as taggable_cost,
    sum(case when is_taggable then 0 else cost end) as untaggable_cost,
    sum(case when is_taggable then least(cost, 0) else 0 end) as excluded_cost
  from resource_cost
  group by billing_period, team, owner, sub_account_id, service_name, billing_currency, missing_tags
),
keys as (
  select tag_name as tag_key from required_tags
  union all
  select '(all required)' where exists (select 1 from required_tags)
)
select
  m.billing_period,
  k.tag_key,
  m.team,
  m.owner,
  m.sub_account_id,
  m.service_name,
  m.billing_currency,
  cast(sum(m.taggable_cost) as decimal(38,12)) as taggable_cost,
  cast(sum(case
    when k.tag_key = '(all required)' and m.missing_tags <> '' then 0
    when strpos(concat(',', m.missing_tags, ','), concat(',', k.tag_key, ',')) > 0 then 0
    else m.taggable_cost
  end) as decimal(38,12)) as tagged_cost,
  cast(sum(m.untaggable_cost) as decimal(38,12)) as untaggable_cost,
  cast(sum(m.excluded_cost) as decimal(38,12)) as excluded_cost
from measured as m
cross join keys as k
group by m.billing_period, k.tag_key, m.team, m.owner, m.sub_account_id, m.service_name, m.billing_currency
