import { attributeExcess } from '../../cause/attribute-excess.ts';
import type { AnomalySettings } from '../../configuration/anomalies-schema.ts';
import { parseScaled } from '../../decimal-text.ts';
import { type Engine, quoteText } from '../../engine/duckdb.ts';
import { createRelation } from '../../engine/relation.ts';
import { type Calendar, toDayNumber } from '../../forecast/calendar.ts';
import { groupBy } from '../../group-by.ts';
import type { StepContext } from '../step.ts';
import { type Departure, detectDepartures } from './candidates.ts';
import { type AttributedDeparture, ESTIMATE_DIGITS, PLACE, toLeaf } from './read-leaves.ts';
import { type BillSeries, emptyScope } from './read-series.ts';

const HOURS_A_DAY = 24;
const HOUR_MILLISECONDS = 3_600_000;
/** Series that cost most: hours of more would take longer than all the days. */
const MOST_SERIES = 200;
const SIDES = {
  service_name: ['service_name'],
  sub_account: ['sub_account_id'],
  usage_type: ['service_name', 'sku_meter'],
} as const;
const COLUMNS = ['sub_account_id', 'service_name', 'sku_meter'] as const;

/** What is charged by the hour, by AWS service, account and usage type, before a day; none where charges are daily. */
export async function readHours(engine: Engine, asOf: string): Promise<BillSeries[]> {
  const isKnown = `charge_hour < timestamptz ${quoteText(`${asOf} 00:00:00+00`)}`;
  const [span] = await engine.query(
    `select cast(min(charge_hour) as date) as first_date, list(distinct cast(epoch(charge_hour) // 3600 as integer)) as hours
     from anomaly_hours where ${isKnown}`,
  );
  const firstDate = span?.first_date as string | null;
  if (!firstDate) return [];
  const firstHour = toDayNumber(firstDate) * HOURS_A_DAY;
  const length = toDayNumber(asOf) * HOURS_A_DAY - firstHour;
  const hasData = new Uint8Array(length);
  for (const hour of (span?.hours ?? []) as number[]) hasData[hour - firstHour] = 1;
  const sides = Object.entries(SIDES).map(([side, names]) => {
    const columns = COLUMNS.map((name) =>
      (names as readonly string[]).includes(name) ? name : `'' as ${name}`,
    );
    return `select '${side}' as side, billing_currency, ${columns.join(', ')}, charge_hour, cost from anomaly_hours where ${isKnown}`;
  });
  const keys = ['side', 'billing_currency', ...COLUMNS].join(', ');
  const rows = await engine.query(
    `with hours as (
       select ${keys}, charge_hour, sum(cost) as cost from (${sides.join(' union all ')}) as sides group by ${keys}, charge_hour
     ),
     days as (
       select ${keys}, cast(charge_hour as date) as charge_date, sum(cost) as cost from hours group by ${keys}, cast(charge_hour as date)
     ),
     largest as (
       select ${keys}, max(cost) as day_cost from days group by ${keys}
       having max(cost) >= (select minimum_cost_per_day from anomaly_settings)
       order by day_cost desc, ${keys} limit ${MOST_SERIES}
     )
     select ${keys}, list(cast(epoch(charge_hour) // 3600 as integer) order by charge_hour) as hours,
       list(cast(cost as double) order by charge_hour) as costs
     from hours semi join largest using (${keys})
     group by ${keys} order by ${keys}`,
  );
  return rows.map((row): BillSeries => {
    const values = new Float64Array(length).map((_, hour) => (hasData[hour] === 1 ? 0 : Number.NaN));
    for (const [index, hour] of (row.hours as number[]).entries())
      values[hour - firstHour] = (row.costs as number[])[index] ?? Number.NaN;
    const scope = {
      ...emptyScope(),
      ...Object.fromEntries(COLUMNS.map((name) => [name, String(row[name])])),
    };
    const currency = String(row.billing_currency);
    return {
      kind: 'hours',
      currency,
      scope,
      series: {
        id: JSON.stringify(['hours', row.side, currency, ...COLUMNS.map((name) => scope[name])]),
        frequency: 'hourly',
        unit: currency,
        firstDate,
        values,
      },
    };
  });
}

const WINDOW_COLUMNS = {
  no: 'INTEGER',
  billing_currency: 'VARCHAR',
  ...Object.fromEntries(COLUMNS.map((name) => [name, 'VARCHAR'])),
  from_hour: 'TIMESTAMP WITH TIME ZONE',
  to_hour: 'TIMESTAMP WITH TIME ZONE',
  from_date: 'DATE',
  sign: 'INTEGER',
};
const WEEKS_BEFORE = 4;

/**
 * The excess of each departure of hours by part of the bill, compared with the same hours of the four weeks before. Hours
 * tell account, service and usage type; who owns it is told by the part of the bill whose day changed most.
 */
export async function readHourParts(
  { engine, scratchFolder }: StepContext,
  departures: readonly Departure[],
): Promise<AttributedDeparture[]> {
  if (departures.length === 0) return [];
  await createRelation(
    engine,
    scratchFolder,
    'anomaly_hour_windows',
    WINDOW_COLUMNS,
    departures.map(({ bill, hours, from, detection }, no) => ({
      no,
      billing_currency: bill.currency,
      ...bill.scope,
      from_hour: `${hours?.from.slice(0, 16)}:00Z`,
      to_hour: `${hours?.to.slice(0, 16)}:00Z`,
      from_date: from,
      sign: detection.direction === 'up' ? 1 : -1,
    })),
  );
  const rows = await engine.query(HOUR_PARTS_SQL);
  await engine.run('drop table anomaly_hour_windows');
  const byDeparture = groupBy(rows, ({ no }) => String(no));
  return departures.map(({ expected }, no) => {
    const leaves = (byDeparture.get(String(no)) ?? []).map(toLeaf);
    return { parts: attributeExcess(leaves, parseScaled(expected.toFixed(ESTIMATE_DIGITS))) };
  });
}

const HOUR_PARTS_SQL = `
  with hours as (
    select w.no, any_value(w.from_date) as from_date, any_value(w.sign) as sign,
      h.billing_currency, h.sub_account_id, h.service_name, h.sku_meter,
      sum(case when h.charge_hour between w.from_hour and w.to_hour then h.cost else 0 end) as cost,
      sum(case when h.charge_hour < w.from_hour then h.cost else 0 end) as base_cost
    from anomaly_hour_windows as w
    join anomaly_hours as h
      on h.billing_currency = w.billing_currency
      and (w.sub_account_id = '' or h.sub_account_id = w.sub_account_id)
      and (w.service_name = '' or h.service_name = w.service_name)
      and (w.sku_meter = '' or h.sku_meter = w.sku_meter)
    cross join range(${WEEKS_BEFORE + 1}) as weeks (week)
    where h.charge_hour between w.from_hour - week * interval '7' day and w.to_hour - week * interval '7' day
    group by w.no, h.billing_currency, h.sub_account_id, h.service_name, h.sku_meter
  ),
  days as (
    select h.no, ${PLACE.map((name) => `l.${name}`).join(', ')}, any_value(h.cost) as cost, any_value(h.base_cost) as base_cost,
      any_value(h.sign) * (sum(case when l.charge_date = h.from_date then l.cost else 0 end)
        - sum(case when l.charge_date < h.from_date then l.cost else 0 end) / ${WEEKS_BEFORE}) as change
    from hours as h
    join anomaly_leaves as l
      on l.billing_currency = h.billing_currency
      and l.sub_account_id = h.sub_account_id
      and l.service_name = h.service_name
      and l.sku_meter = h.sku_meter
      and l.charge_date between h.from_date - ${7 * WEEKS_BEFORE} and h.from_date
      and date_diff('day', l.charge_date, h.from_date) % 7 = 0
    group by h.no, ${PLACE.map((name) => `l.${name}`).join(', ')}
  )
  select no, ${PLACE.join(', ')}, '' as commitment_discount_id, cost, 0 as quantity, base_cost, 0 as base_quantity
  from days
  qualify row_number() over (
    partition by no, sub_account_id, service_name, sku_meter order by change desc, ${PLACE.join(', ')}
  ) = 1
  order by no`;

/** Whether a departure of hours is shorter than a day: one that a day may hide. */
export function isShort({ detection, hours }: Departure): boolean {
  if (hours === undefined) return false;
  const length = (Date.parse(hours.to) - Date.parse(hours.from)) / HOUR_MILLISECONDS + 1;
  return length < HOURS_A_DAY && detection.state !== 'accepted';
}

/** Departures of hours that matter by the day, as of a day that everything is complete before. */
export function listHourDepartures(
  all: readonly BillSeries[],
  options: { asOf: string; calendar: Calendar; settings: AnomalySettings },
): Departure[] {
  return all.flatMap((bill) =>
    detectDepartures(bill, { ...options, completeness: [] }).filter(({ detection, from, to }) => {
      const days = toDayNumber(to) - toDayNumber(from) + 1;
      return Math.abs(detection.excess) / days >= options.settings.minimum_cost_per_day;
    }),
  );
}
