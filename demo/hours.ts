import type { DuckDBConnection } from '@duckdb/node-api';
import { dayAt, type Window } from './calendar.ts';
import { loadTable, quote } from './database.ts';
import type { Incident } from './incidents.ts';
import type { MeterName } from './meters.ts';

/** What is charged by the hour: the functions of one service, in production, in the newest months. */
const HOURLY: { service: string; meters: MeterName[]; monthsAgo: number } = {
  service: 'orders',
  meters: ['lambdaTime', 'lambdaRequests'],
  monthsAgo: 2,
};
const HOURS_A_DAY = 24;
/** Swing of the usual over the day, highest in the evening, and its spread. */
const SWING = 0.4;
const PEAK_HOUR = 19;
const SPREAD_PERCENT = 8;
const AMOUNTS = ['quantity_micro', 'list_e10', 'contracted_e10', 'billed_e10', 'effective_e10'] as const;

/**
 * Splits the lines of `line` that are charged by the hour into 24, to the last unit: the usual as it swings over the day,
 * and what an incident added in the hours of the incident. The others keep null hours.
 */
export async function splitHours(
  connection: DuckDBConnection,
  schema: string,
  { seed, window, incidents }: { seed: number; window: Window; incidents: readonly Incident[] },
): Promise<void> {
  const hours = incidents.flatMap((incident, incidentNo) =>
    Array.from({ length: HOURS_A_DAY }, (_, hour) => ({ incidentNo, hour })).filter(
      ({ hour }) => hour >= (incident.hours?.from ?? 0) && hour < (incident.hours?.to ?? HOURS_A_DAY),
    ),
  );
  await loadTable<(typeof hours)[number]>(
    connection,
    schema,
    'incident_hour',
    {
      incident_no: ['INTEGER', ({ incidentNo }) => incidentNo],
      hour: ['INTEGER', ({ hour }) => hour],
    },
    hours,
  );
  const until = (column: string) => `floor(${column} * until_share)::bigint`;
  const from = (column: string) => `floor(${column} * from_share)::bigint`;
  await connection.run(`
    create or replace table ${schema}.hourly_line as
    with whole as (
      select c.*, u.incident_no,
        case when u.incident_no is null then 0 else greatest(0, 1 - u.usual_micro / u.quantity_micro) end as extra_share
      from ${schema}.line c
      join ${schema}.stream s on s.stream_no = c.stream_no
      join ${schema}.sku k on k.sku_no = c.sku_no
      join ${schema}.usage u on u.stream_no = c.stream_no and u.day = c.start_day
      where c.kind = 'usage' and c.quantity_micro > 0 and c.start_day >= ${dayAt(window, HOURLY.monthsAgo, 1)}
        and s.true_service = ${quote(HOURLY.service)} and k.meter in (${HOURLY.meters.map(quote).join(', ')})
        and c.account_id = (
          select account_id from ${schema}.stream
          where true_service = ${quote(HOURLY.service)} and slot is not null
          group by account_id order by sum(quantity_micro) desc, account_id limit 1
        )
    ),
    weights as (
      select w.*, h.hour,
        (1 + ${SWING} * cos(2 * pi() * (h.hour - ${PEAK_HOUR}) / 24))
          * (1 + (hash(${seed}, 'hour', w.stream_no, w.start_day, h.hour) % ${2 * SPREAD_PERCENT + 1}::ubigint)::int / 100.0 - ${SPREAD_PERCENT} / 100.0) as weight,
        case when i.hour is null then 0 else 1 end as is_hit
      from whole w cross join range(${HOURS_A_DAY}) as h (hour)
      left join ${schema}.incident_hour i on i.incident_no = w.incident_no and i.hour = h.hour
    ),
    parts as (
      select *,
        (1 - extra_share) * weight / sum(weight) over line_hours + extra_share * is_hit / greatest(1, sum(is_hit) over line_hours) as part
      from weights
      window line_hours as (partition by order_key)
    ),
    shares as (
      select *,
        case when hour = ${HOURS_A_DAY - 1} then 1 else round(sum(part) over so_far, 9) end as until_share,
        round(sum(part) over so_far - part, 9) as from_share
      from parts
      window so_far as (partition by order_key order by hour rows unbounded preceding)
    )
    select * exclude (incident_no, extra_share, weight, is_hit, part, until_share, from_share, hour)
      replace (${AMOUNTS.map((name) => `${until(name)} - ${from(name)} as ${name}`).join(', ')}, hash(order_key, hour) as order_key),
      order_key as whole_key, hour::integer as start_hour
    from shares;

    delete from ${schema}.line where order_key in (select whole_key from ${schema}.hourly_line);
    alter table ${schema}.line add column start_hour integer;
    insert into ${schema}.line by name select * exclude (whole_key) from ${schema}.hourly_line where quantity_micro > 0 or list_e10 > 0`);
}
