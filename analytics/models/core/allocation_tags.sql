-- A key counts as its name whatever its case, spaces around it or user: prefix; a value likewise.
with delivered as (
  select
    i.input_id,
    k.tag_key,
    lower(trim(regexp_replace(trim(k.tag_key), '^user:', ''))) as normal_key,
    lower(trim(element_at(i.tags, k.tag_key))) as raw_value
  from allocation_inputs as i
  cross join unnest(map_keys(i.tags)) as k (tag_key)
),
named as (
  select
    d.input_id,
    a.tag_name,
    coalesce(v.tag_value, d.raw_value) as tag_value,
    row_number() over (partition by d.input_id, a.tag_name order by a.key_order, d.tag_key) as preference
  from delivered as d
  join tag_aliases as a on a.tag_key = d.normal_key
  left join tag_value_aliases as v on v.tag_name = a.tag_name and v.raw_value = d.raw_value
  where d.raw_value <> ''
)
select input_id, tag_name, tag_value
from named
where preference = 1
