with dimensions as (
  select
    input_id,
    max(case when dimension = 'team' then value end) as team,
    max(case when dimension = 'service' then value end) as service,
    max(case when dimension = 'environment' then value end) as environment,
    max(case when dimension = 'tier' then value end) as tier,
    max(case when dimension = 'cost_center' then value end) as cost_center,
    max(case when dimension = 'owner' then value end) as owner
  from allocation_values
  group by input_id
),
missing as (
  select i.input_id, array_join(array_sort(array_agg(r.tag_name)), ',') as missing_tags
  from allocation_inputs as i
  cross join required_tags as r
  left join allocation_tags as t on t.input_id = i.input_id and t.tag_name = r.tag_name
  where t.tag_name is null
  group by i.input_id
),
shared as (
  select m.input_id, min(m.rule_no) as shared_no
  from allocation_matches as m
  where m.rule_kind = 'share'
  group by m.input_id
)
select
  i.input_id,
  dense_rank() over (
    order by d.team, d.service, d.environment, d.tier, d.cost_center, d.owner, s.shared_no, m.missing_tags
  ) as allocation_id,
  coalesce(d.team, '(unallocated)') as team,
  coalesce(d.service, '(unallocated)') as service,
  coalesce(d.environment, '(unallocated)') as environment,
  coalesce(d.tier, '(unallocated)') as tier,
  coalesce(d.cost_center, '(unallocated)') as cost_center,
  coalesce(d.owner, '(unallocated)') as owner,
  s.shared_no,
  coalesce(m.missing_tags, '') as missing_tags
from allocation_inputs as i
left join dimensions as d on d.input_id = i.input_id
left join missing as m on m.input_id = i.input_id
left join shared as s on s.input_id = i.input_id
