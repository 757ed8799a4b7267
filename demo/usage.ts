import type { DuckDBConnection } from '@duckdb/node-api';
import type { Activity } from './activity.ts';
import type { Window } from './calendar.ts';
import { loadTable } from './database.ts';
import type { Incident } from './incidents.ts';
import type { MeterName } from './meters.ts';

/** Bills arrive late: share of the usage, and of the lines, known of the last day and of the one before, in millionths. */
const COMPLETENESS_PPM = [420_000, 900_000];
const LINES_KNOWN_PPM = [700_000, 960_000];
/** The meter of the same usage at the price after a price change. */
const DEARER: Partial<Record<MeterName, MeterName>> = { spot: 'spot dear' };
/** A machine cannot run longer than a day has hours. */
const DAY_MICRO_HOURS = 24_000_000;

export type UsageInput = {
  seed: number;
  window: Window;
  /** Numbered as in the activity. */
  incidents: readonly Incident[];
  activity: Iterable<Activity>;
  /** Companions of a metered line that cost nothing, a fraction. */
  freeLinesPerLine: number;
};

/**
 * From `stream`, `sku` and the activity to `usage`: one row per stream and day, quantities in millionths; and
 * `free_usage`: the lines that cost nothing.
 */
export async function createUsage(
  connection: DuckDBConnection,
  schema: string,
  input: UsageInput,
): Promise<void> {
  await loadTable<Activity>(
    connection,
    schema,
    'activity',
    {
      series_no: ['INTEGER', ({ seriesNo }) => seriesNo],
      day: ['INTEGER', ({ day }) => day],
      factor_ppm: ['BIGINT', ({ factorPpm }) => factorPpm],
      extra_ppm: ['BIGINT', ({ extraPpm }) => extraPpm],
      hours_ppm: ['BIGINT', ({ hoursPpm }) => hoursPpm],
      incident_no: ['INTEGER', ({ incidentNo }) => incidentNo],
    },
    input.activity,
  );
  await loadDays(connection, schema, input.window);
  await loadPriceChanges(connection, schema, input);
  await connection.run(usageSql(schema, input.seed));
  await connection.run(freeUsageSql(schema, input.seed, input.freeLinesPerLine));
}

async function loadDays(
  connection: DuckDBConnection,
  schema: string,
  { months, end }: Window,
): Promise<void> {
  const days = months.flatMap((month, periodNo) =>
    Array.from({ length: Math.min(month.end, end) - month.start }, (_, index) => ({
      periodNo,
      day: month.start + index,
    })),
  );
  await loadTable<(typeof days)[number]>(
    connection,
    schema,
    'day',
    {
      day: ['INTEGER', ({ day }) => day],
      period_no: ['INTEGER', ({ periodNo }) => periodNo],
      completeness_ppm: ['BIGINT', ({ day }) => COMPLETENESS_PPM[end - 1 - day] ?? 1_000_000],
      lines_known_ppm: ['BIGINT', ({ day }) => LINES_KNOWN_PPM[end - 1 - day] ?? 1_000_000],
    },
    days,
  );
}

/** From a day on, usage of a meter has the price of another. */
async function loadPriceChanges(
  connection: DuckDBConnection,
  schema: string,
  { incidents, window }: UsageInput,
): Promise<void> {
  const changes = incidents.flatMap((incident, incidentNo) =>
    incident.kind === 'price_change'
      ? incident.meters.map((meter) => ({ ...incident, incidentNo, meter }))
      : [],
  );
  await loadTable<(typeof changes)[number]>(
    connection,
    schema,
    'price_change',
    {
      meter: ['VARCHAR', ({ meter }) => meter],
      dearer_meter: ['VARCHAR', ({ meter }) => DEARER[meter] ?? meter],
      service: ['VARCHAR', ({ service }) => service],
      start_day: ['INTEGER', ({ start }) => start],
      end_day: ['INTEGER', ({ end }) => end ?? window.end],
      price_incident_no: ['INTEGER', ({ incidentNo }) => incidentNo],
    },
    changes,
  );
}

function usageSql(schema: string, seed: number): string {
  const machine = (volume: string) =>
    `case when slot is null then ${volume}
      else least(greatest(${volume} - ${DAY_MICRO_HOURS}::hugeint * slot, 0), ${DAY_MICRO_HOURS}) * hours_ppm // 1000000 end`;
  return `
    create or replace table ${schema}.usage as
    with volumes as (
      select
        s.stream_no, coalesce(n.sku_no, s.sku_no) as sku_no, s.sku_no as usual_sku_no, s.account_id, s.slot, d.day, d.period_no,
        d.completeness_ppm, a.hours_ppm, coalesce(a.incident_no, p.price_incident_no) as incident_no,
        1000000 - s.noise_ppm
          + (hash(${seed}, case when s.slot is null then s.stream_no else -1 - s.series_no end, d.day)
             % (2 * s.noise_ppm + 1)::ubigint)::bigint as noise_ppm,
        s.quantity_micro::hugeint * a.factor_ppm // 1000000 as planned_micro,
        s.quantity_micro::hugeint * (a.factor_ppm + a.extra_ppm) // 1000000 as actual_micro
      from ${schema}.stream s
      join ${schema}.activity a on a.series_no = s.series_no and a.day >= s.start_day and a.day < s.end_day
      join ${schema}.day d on d.day = a.day
      join ${schema}.sku k on k.sku_no = s.sku_no
      left join ${schema}.price_change p
        on p.meter = k.meter and p.service = s.true_service and a.day >= p.start_day and a.day < p.end_day
      left join ${schema}.sku n on n.meter = p.dearer_meter and n.region = k.region
      where hash(${seed}, 'late', s.stream_no, d.day) % 1000000 < d.lines_known_ppm
    ),
    measured as (
      select *,
        ${machine('(actual_micro * noise_ppm // 1000000)')} * completeness_ppm // 1000000 as quantity_micro,
        ${machine('(planned_micro * noise_ppm // 1000000)')} * completeness_ppm // 1000000 as usual_micro
      from volumes
    )
    select stream_no, sku_no, usual_sku_no, account_id, day, period_no, completeness_ppm, incident_no,
      quantity_micro::bigint as quantity_micro, usual_micro::bigint as usual_micro
    from measured
    where quantity_micro > 0 or (incident_no is not null and usual_micro > 0)`;
}

function freeUsageSql(schema: string, seed: number, perLine: number): string {
  const whole = Math.floor(perLine);
  const restPpm = Math.round((perLine - whole) * 1_000_000);
  return `
    create or replace table ${schema}.free_usage as
    with skus as (
      select *, row_number() over (partition by family, region order by sku_no) - 1 as position,
        count(*) over (partition by family, region) as choices
      from ${schema}.sku where is_free
    ),
    lines as (
      select u.stream_no, u.account_id, u.day, u.period_no, s.family, k.region,
        unnest(range(${whole} + (hash(${seed}, 'free', u.stream_no, u.day) % 1000000 < ${restPpm})::int)) as line_no
      from ${schema}.usage u
      join ${schema}.stream s on s.stream_no = u.stream_no
      join ${schema}.sku k on k.sku_no = u.sku_no
      where s.free_lines = 1
    )
    select l.stream_no, l.account_id, l.day, l.period_no, l.line_no, f.sku_no,
      (1 + hash(${seed}, 'quantity', l.stream_no, l.day, l.line_no) % 900000)::bigint as quantity_micro
    from lines l
    join skus f on f.family = l.family and f.region = l.region and f.position = (l.stream_no + l.line_no) % f.choices`;
}
