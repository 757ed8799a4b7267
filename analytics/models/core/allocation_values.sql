-- For each dimension the first matching rule that gives a value wins; then lookups fill what is still empty.
with given as (
  select
    m.input_id,
    s.dimension,
    coalesce(s.literal, t.tag_value) as value,
    row_number() over (partition by m.input_id, s.dimension order by m.rule_no) as preference
  from allocation_matches as m
  join allocation_sets as s on s.rule_no = m.rule_no
  left join allocation_tags as t on t.input_id = m.input_id and t.tag_name = s.tag_name
  where m.rule_kind = 'allocate' and coalesce(s.literal, t.tag_value) is not null
),
ruled as (
  select input_id, dimension, value from given where preference = 1
),
looked_up as (
  select
    r.input_id,
    l.dimension,
    l.value,
    row_number() over (partition by r.input_id, l.dimension order by l.lookup_no) as preference
  from ruled as r
  join allocation_lookups as l on l.from_dimension = r.dimension and l.from_value = r.value
  left join ruled as known on known.input_id = r.input_id and known.dimension = l.dimension
  where known.input_id is null
)
select input_id, dimension, value from ruled
union all
select input_id, dimension, value from looked_up where preference = 1
