-- What a charge is allocated by. There are few of these, so rules run on them and not on every line.
select
  row_number() over () as input_id,
  provider_name,
  sub_account_id,
  service_name,
  region_id,
  charge_category,
  tags
from (
  select distinct provider_name, sub_account_id, service_name, region_id, charge_category, tags
  from stg_charge_days
) as distinct_inputs
