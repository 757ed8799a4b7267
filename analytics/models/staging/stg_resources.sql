-- What was there on the newest day on which its type was listed; a type that an account stopped listing a week before
-- everything else is taken as gone.
with listings as (
  select account_id, region_id, resource_type, max(date) as newest_date
  from resources
  group by account_id, region_id, resource_type
),
newest as (
  select
    account_id,
    region_id,
    resource_type,
    newest_date,
    max(newest_date) over (partition by account_id, region_id) as place_date
  from listings
),
present as (
  select r.*
  from resources as r
  join newest as n
    on n.account_id = r.account_id
    and n.region_id = r.region_id
    and n.resource_type = r.resource_type
    and n.newest_date = r.date
  where date_diff('day', n.newest_date, n.place_date) <= 7
),
states as (
  select account_id, region_id, resource_type, resource_id, state, min(date) as first_date, max(date) as last_date
  from resources
  group by account_id, region_id, resource_type, resource_id, state
),
seen as (
  select
    account_id,
    region_id,
    resource_type,
    resource_id,
    min(first_date) as first_seen_date,
    max(last_date) as last_seen_date,
    count(*) as state_count
  from states
  group by account_id, region_id, resource_type, resource_id
),
other_states as (
  select p.account_id, p.region_id, p.resource_type, p.resource_id, p.state, max(s.last_date) as last_other_date
  from present as p
  join states as s
    on s.account_id = p.account_id
    and s.region_id = p.region_id
    and s.resource_type = p.resource_type
    and s.resource_id = p.resource_id
    and s.state is distinct from p.state
  group by p.account_id, p.region_id, p.resource_type, p.resource_id, p.state
),
changed as (
  select r.account_id, r.region_id, r.resource_type, r.resource_id, min(r.date) as state_since_date
  from resources as r
  join other_states as o
    on o.account_id = r.account_id
    and o.region_id = r.region_id
    and o.resource_type = r.resource_type
    and o.resource_id = r.resource_id
    and o.last_other_date < r.date
  group by r.account_id, r.region_id, r.resource_type, r.resource_id
),
tagged as (
  select p.account_id, p.region_id, p.resource_type, p.resource_id, p.tags, k.tag_key
  from present as p
  cross join unnest(map_keys(p.tags)) as k (tag_key)
),
kept as (
  select
    t.account_id,
    t.region_id,
    t.resource_type,
    t.resource_id,
    min(concat('tag ', t.tag_key, ' = ', element_at(t.tags, t.tag_key))) as kept_reason
  from tagged as t
  join waste_kept_tags as w
    on w.tag_key = lower(trim(regexp_replace(trim(t.tag_key), '^user:', '')))
    and w.tag_value = lower(trim(element_at(t.tags, t.tag_key)))
  group by t.account_id, t.region_id, t.resource_type, t.resource_id
)
select
  p.account_id,
  p.region_id,
  p.resource_type,
  p.resource_id,
  p.arn,
  p.utilization_id,
  p.resource_name,
  p.state,
  p.size_class,
  p.size_gib,
  p.attachments,
  p.created_at,
  p.attributes,
  p.tags,
  s.first_seen_date,
  s.last_seen_date,
  coalesce(c.state_since_date, s.first_seen_date) as state_since_date,
  k.kept_reason
from present as p
join seen as s
  on s.account_id = p.account_id
  and s.region_id = p.region_id
  and s.resource_type = p.resource_type
  and s.resource_id = p.resource_id
left join changed as c
  on c.account_id = p.account_id
  and c.region_id = p.region_id
  and c.resource_type = p.resource_type
  and c.resource_id = p.resource_id
left join kept as k
  on k.account_id = p.account_id
  and k.region_id = p.region_id
  and k.resource_type = p.resource_type
  and k.resource_id = p.resource_id
