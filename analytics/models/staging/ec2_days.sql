select
  account_id,
  region_id,
  resource_id,
  date,
  max(case when metric = 'CPUUtilization' then maximum end) as cpu_max_percent,
  coalesce(max(case when metric = 'CPUUtilization' then datapoint_count end), 0) as cpu_hours,
  sum(case when metric in ('NetworkIn', 'NetworkOut') then sum end) / 1048576 as network_mib,
  case
    when count(case when metric in ('NetworkIn', 'NetworkOut') then sum end) = 2
      then min(case when metric in ('NetworkIn', 'NetworkOut') then datapoint_count end)
    else 0
  end as network_hours
from utilization_days
where namespace = 'AWS/EC2'
group by account_id, region_id, resource_id, date
