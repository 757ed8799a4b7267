select distinct account_id, region_id, date
from utilization_days
