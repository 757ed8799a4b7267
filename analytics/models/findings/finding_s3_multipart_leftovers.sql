with judged as (
  select
    r.account_id,
    r.region_id,
    r.resource_type,
    r.resource_id,
    r.billing_currency,
    cast(
      p.effective_cost * cast(
        coalesce(least(try_cast(element_at(r.attributes, 'incomplete_upload_bytes') as double) / 1073741824 / nullif(cast(p.consumed_quantity as double), 0), 1), 1)
        as decimal(9,6)) as decimal(38,12)
    ) as part_cost,
    cast(
      p.uncommitted_cost * cast(
        coalesce(least(try_cast(element_at(r.attributes, 'incomplete_upload_bytes') as double) / 1073741824 / nullif(cast(p.consumed_quantity as double), 0), 1), 1)
        as decimal(9,6)) as decimal(38,12)
    ) as free_cost,
    cast(
      p.committed_cost * cast(
        coalesce(least(try_cast(element_at(r.attributes, 'incomplete_upload_bytes') as double) / 1073741824 / nullif(cast(p.consumed_quantity as double), 0), 1), 1)
        as decimal(9,6)) as decimal(38,12)
    ) as bound_cost,
    1 as share,
    try_cast(element_at(r.attributes, 'incomplete_upload_count') as integer) as incomplete_uploads,
    round(try_cast(element_at(r.attributes, 'incomplete_upload_bytes') as double) / 1073741824, 3) as incomplete_gib,
    try_cast(element_at(r.attributes, 'oldest_upload_days') as integer) as oldest_days,
    concat(round(try_cast(element_at(r.attributes, 'incomplete_upload_bytes') as double) / 1073741824, 1), ' GiB of ', coalesce(element_at(r.attributes, 'incomplete_upload_count'), 'some'), ' uploads') as observed,
    concat('none begun more than ', cast(t.s3_multipart_age_days as integer), ' days ago') as threshold,
    concat('aws s3api put-bucket-lifecycle-configuration --bucket ', r.utilization_id, ' --lifecycle-configuration ''{"Rules":[{"ID":"abort-incomplete-uploads","Status":"Enabled","Filter":{"Prefix":""},"AbortIncompleteMultipartUpload":{"DaysAfterInitiation":', cast(t.s3_multipart_age_days as integer), '}}]}''') as remedy,
    'configure' as action,
    nullif(
      concat_ws(', ',
        case when element_at(r.attributes, 'incomplete_upload_bytes') is null then 'size of the parts' end
      ),
      ''
    ) as missing,
    coalesce(try_cast(element_at(r.attributes, 'incomplete_upload_bytes') as double) = 0, false) as is_used
  from priced_resources as r
  join resource_parts as p
    on p.resource_id = r.resource_id
    and p.sub_account_id = r.account_id
    and p.region_id = r.region_id
    and p.billing_currency = r.billing_currency
    and p.part = 'storage'
  cross join waste_thresholds as t
  where r.resource_type = 's3:bucket'
    and (try_cast(element_at(r.attributes, 'incomplete_upload_count') as integer) > 0 or try_cast(element_at(r.attributes, 'incomplete_upload_bytes') as double) > 0)
    and coalesce(try_cast(element_at(r.attributes, 'oldest_upload_days') as integer), t.s3_multipart_age_days) >= t.s3_multipart_age_days
)
select
  's3_multipart_leftovers' as detector,
  resource_type,
  resource_id,
  account_id as sub_account_id,
  region_id,
  'resource' as scope,
  cast(null as varchar) as group_id,
  case when missing is null then 'waste' else 'unknown' end as judgement,
  action,
  'storage' as cost_part,
  case
    when missing is null
      then concat(incomplete_gib, ' GiB of ', case when incomplete_uploads is not null then concat(incomplete_uploads, ' ') end, 'uploads that were begun',
        case when oldest_days is not null then concat(' up to ', oldest_days, ' days ago') end, ' and never completed.')
    else concat('Not enough data of ', missing, ' to judge it.')
  end as reason,
  case when missing is null then observed else concat('no data: ', missing) end as observed,
  threshold,
  part_cost,
  cast(
    case when missing is null then least(greatest(free_cost, 0), part_cost) * cast(least(greatest(share, 0), 1) as decimal(9,6))
      else 0 end as decimal(38,12)
  ) as saving_cost,
  cast(
    case when missing is null then least(greatest(bound_cost, 0), part_cost) * cast(least(greatest(share, 0), 1) as decimal(9,6))
      else 0 end as decimal(38,12)
  ) as deferred_saving_cost,
  billing_currency,
  cast(case when missing is null then 0.95 else 0 end as double) as confidence,
  remedy,
  cast(json_object(
    'incomplete_uploads', incomplete_uploads,
    'incomplete_gib', incomplete_gib,
    'oldest_days', oldest_days
  ) as varchar) as evidence
from judged
where part_cost > 0 and not coalesce(is_used, missing is null)
