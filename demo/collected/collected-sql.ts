import type { Window } from '../calendar.ts';

/** Days before the window's end for which there are measurements, inventories and limits. */
const MEASURED_DAYS = 95;
const INVENTORY_DAYS = 60;
const INVENTORY_HOUR = 4;
/** Significant digits of a measurement. */
const DIGITS = 4;
/** Machines of fleets: hours in which the switched-off ones of small environments run. */
const FLEET_HOURS = { from: 8, to: 19 };

const instant = (day: string, hour: string | number) => `to_timestamp((${day}) * 86400 + (${hour}) * 3600)`;
const date = (day: string) => `(date '1970-01-01' + (${day})::int)`;
const map = (column: string) => `from_json(${column}, '"MAP(VARCHAR, VARCHAR)"')`;
const rounded = (value: string) =>
  `case when ${value} = 0 then 0 else round(${value}, ${DIGITS - 1} - floor(log10(abs(${value})))::int) end`;
const days = ({ start, end }: Window, count: number) =>
  `range(${Math.max(start, end - count)}, ${end}) as d (day)`;
const random = (part: number) => `((bits >> ${part * 20}) & 1048575) / 1048576.0`;

/** The machines of fleets, by the day: they come and go, a new one every week in each place. */
function fleetSql(schema: string, count: number, window: Window): string {
  return `
    select s.*, k.usage_type, k.is_spot, k.region, k.details['InstanceType'] as size_class, a.day, a.hours_ppm,
      'i-0' || left(md5(concat_ws('/', s.resource_id, s.slot, a.day // 7)), 16) as instance_id
    from ${schema}.stream s
    join ${schema}.sku k on k.sku_no = s.sku_no
    join ${schema}.activity a on a.series_no = s.series_no and a.day >= s.start_day and a.day < s.end_day
    where s.slot is not null and a.hours_ppm > 0 and a.day >= ${Math.max(window.start, window.end - count)}
      and s.quantity_micro::hugeint * (a.factor_ppm + a.extra_ppm) // 1000000 > 24000000::hugeint * s.slot`;
}

/** Rows of the table `resources`. */
export function resourcesSql(schema: string, window: Window): string {
  return `
    select account_id, region_id, resource_type, resource_id, arn, utilization_id, resource_name,
      case when day >= state_day then state else earlier_state end as state, size_class, size_gib, attachments,
      case when age_known = 1 then ${instant('created_day', 9)} end as created_at, ${map('attributes_text')} as attributes,
      ${map('tags_text')} as tags, ${instant('day', INVENTORY_HOUR)} as observed_at, ${date('day')} as date
    from ${schema}.inventory, ${days(window, INVENTORY_DAYS)}
    where day >= created_day
    union all
    select account_id, region, 'ec2:instance', instance_id, 'arn:aws:ec2:' || region || ':' || account_id || ':instance/' || instance_id,
      instance_id, resource_name, 'running', size_class, null, '[]',
      ${instant('greatest(day // 7 * 7, start_day)', 3)},
      map {'autoscaling_group': resource_name, 'lifecycle': case when is_spot then 'spot' else 'on-demand' end,
        'platform': 'Linux/UNIX', 'architecture': 'x86_64', 'availability_zone': coalesce(zone, region || 'a'), 'tenancy': 'default'},
      coalesce(t.tags, map([], [])), ${instant('day', INVENTORY_HOUR)}, ${date('day')}
    from (${fleetSql(schema, INVENTORY_DAYS, window)}) f
    left join ${schema}.tag_set t on t.tag_no = f.tags_later_no
    union all
    select account_id, region, 'autoscaling:group',
      'arn:aws:autoscaling:' || region || ':' || account_id || ':autoScalingGroup:' || left(md5(any_value(resource_id)), 12)
        || ':autoScalingGroupName/' || resource_name,
      'arn:aws:autoscaling:' || region || ':' || account_id || ':autoScalingGroup:' || left(md5(any_value(resource_id)), 12)
        || ':autoScalingGroupName/' || resource_name,
      null, resource_name, null, null, null, to_json(list_sort(list(distinct instance_id)))::varchar,
      ${instant('min(start_day)', 9)},
      map {'min_size': '1', 'max_size': (count(distinct slot) * 2)::varchar, 'desired_capacity': count(distinct slot)::varchar,
        'instance_ids': array_to_string(list_sort(list(distinct instance_id)), ',')},
      map([], []), ${instant('day', INVENTORY_HOUR)}, ${date('day')}
    from (${fleetSql(schema, INVENTORY_DAYS, window)})
    group by account_id, region, resource_name, day`;
}

/** Rows of the table `utilization`. */
export function utilizationSql(schema: string, seed: number, window: Window): string {
  const origin = Math.max(window.start, window.end - MEASURED_DAYS);
  const statistic = (name: string, value: string) =>
    `case when has_${name} = 1 then ${rounded(value)} end as ${name}`;
  return `
    with hours as (
      select s.*, d.day, h.hour, hash(${seed}, s.signal_no, d.day * 24 + h.hour) as bits,
        (d.day + 4) % 7 as weekday
      from ${schema}.signal s, ${days(window, MEASURED_DAYS)}, range(24) as h (hour)
      where d.day >= s.from_day and d.day < s.to_day and (s.period_seconds = 3600 or h.hour = 0)
    ),
    levels as (
      select *, ${random(0)} as one, ${random(1)} as two, ${random(2)} as three,
        hour >= from_hour and hour < to_hour and case days when 0 then true when 1 then weekday between 1 and 5
          when 2 then weekday in (0, 6) when 3 then weekday = 1
          else dayofmonth(${date('day')} + 1) = 1 or dayofmonth(${date('day')}) = 1 end as is_on,
        greatest(0, (base + slope * (day - ${origin} + hour / 24.0)) * pow(1 + growth, day - ${origin}))
          * case when day >= change_day then change_factor else 1 end as level
      from hours
    ),
    averages as (
      select *, least(coalesce(cap, 1e300), case
        when two * 1000 < burst_mille then burst * (0.5 + one)
        when three * 1000 < zero_mille then 0
        when is_on then level * (1 + amplitude * cos(2 * pi() * (hour - peak_hour) / 24)) * case when weekday in (0, 6) then weekend else 1 end
          * (1 + noise * (2 * one - 1))
        else off_level * (1 + noise * (2 * one - 1)) end) as value
      from levels
      where three * 1000 >= gap_mille
    )
    select account_id, region_id, namespace, resource_id, dimensions, metric,
      ${instant('day', 'hour')} as measured_at, period_seconds,
      ${statistic('average', 'value')},
      ${statistic('maximum', 'least(coalesce(cap, 1e300), value * (1 + (peak - 1) * (0.5 + two)))')},
      ${statistic('minimum', 'value * (1 - noise * three)')},
      case when has_sum = 1 then case when has_average = 1 then ${rounded('value * sample_count')} else round(value) end end as sum,
      case when has_samplecount = 1 then sample_count end as sample_count,
      ${date('day')} as date
    from averages
    union all
    ${fleetUtilizationSql(schema, seed, window)}`;
}

function fleetUtilizationSql(schema: string, seed: number, window: Window): string {
  const origin = Math.max(window.start, window.end - MEASURED_DAYS);
  const level = `(30 + (hash(${seed}, 'fleet', resource_id) % 18)) * pow(1 + (hash(${seed}, 'growth', resource_id) % 30) / 20000.0, day - ${origin})`;
  return `
    select account_id, region, 'AWS/EC2', instance_id, map {'InstanceId': instance_id}, metric, ${instant('day', 'hour')}, 3600,
      case when is_cpu then ${rounded('cpu')} end, case when is_cpu then least(100, ${rounded('cpu * (1.1 + two / 2)')}) end, null,
      case when not is_cpu then round(cpu * 30e6) end, case when is_cpu then 12.0 end, ${date('day')}
    from (
      select *, metric = 'CPUUtilization' as is_cpu, ${random(1)} as two,
        least(100, ${level} * (1 + 0.4 * cos(2 * pi() * (hour - 19) / 24)) * (0.9 + ${random(0)} / 5)) as cpu
      from (
        select f.*, h.hour, m.metric, hash(${seed}, instance_id, f.day * 24 + h.hour, m.metric) as bits
        from (${fleetSql(schema, MEASURED_DAYS, window)}) f, range(24) as h (hour),
          (values ('CPUUtilization'), ('NetworkIn'), ('NetworkOut')) as m (metric)
        where hours_ppm = 1000000 or (h.hour >= ${FLEET_HOURS.from} and h.hour < ${FLEET_HOURS.to})
      )
    )`;
}

/** Rows of the table `quotas`. */
export function quotasSql(schema: string, seed: number, window: Window): string {
  const noise = `((hash(${seed}, 'quota', account_id, quota_code, day) % 1000) / 1000.0 - 0.5)`;
  return `
    select account_id, region_id, service_code, service_name, quota_code, quota_name, quota_limit, null::varchar as unit,
      null::int as period_seconds, true as is_adjustable, false as is_global, true as is_applied,
      case when usage is not null then round(greatest(0, usage - growth_a_day * (${window.end} - 1 - day) + growth_a_day * 2 * ${noise} * (1 + usage / quota_limit))
        * case when (day + 4) % 7 in (0, 6) then weekend else 1 end, 1) end as usage,
      usage_metric, ${instant('day', INVENTORY_HOUR)} as observed_at, ${date('day')} as date
    from ${schema}.quota_series, ${days(window, MEASURED_DAYS)}`;
}
