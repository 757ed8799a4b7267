-- A rule matches when every field it names has one of the values it lists for that field.
with fields as (
  select input_id, 'provider_name' as field, provider_name as value from allocation_inputs
  union all
  select input_id, 'sub_account_id', sub_account_id from allocation_inputs
  union all
  select input_id, 'service_name', service_name from allocation_inputs
  union all
  select input_id, 'region_id', region_id from allocation_inputs
  union all
  select input_id, 'charge_category', charge_category from allocation_inputs
  union all
  select input_id, concat('tag:', tag_name), lower(tag_value) from allocation_tags
),
matched as (
  select f.input_id, c.rule_kind, c.rule_no, count(distinct c.field) as matched_fields
  from fields as f
  join allocation_conditions as c on c.field = f.field and f.value like c.pattern escape '\'
  group by f.input_id, c.rule_kind, c.rule_no
)
select m.input_id, m.rule_kind, m.rule_no
from matched as m
join allocation_rules as r on r.rule_kind = m.rule_kind and r.rule_no = m.rule_no
where m.matched_fields = r.field_count
union all
select i.input_id, r.rule_kind, r.rule_no
from allocation_inputs as i
cross join allocation_rules as r
where r.field_count = 0
