import type { Engine } from '../../engine/duckdb.ts';
import { toDayNumber } from '../../forecast/calendar.ts';
import { ALLOCATION_DIMENSIONS, type AllocationDimension } from '../../vocabulary.ts';
import { type BillSeries, emptyScope, SEVERAL } from './read-series.ts';

/** A series beside the bill: what the business does, or how busy resources are. */
export type SignalSeries = BillSeries & { about: SignalAbout };

export type SignalAbout = Record<AllocationDimension, string> & {
  measure: 'driver' | 'utilization';
  /** '' of utilization. */
  driver: string;
  /** Of a driver '', as are those of a group. */
  sub_account_id: string;
  region_id: string;
  resource_type: string;
  resource_id: string;
  metric: string;
  /** The most that there can be, in the unit of the values. */
  limit: number | null;
  /** What it drives, or uses, costs on the last days; decimal text. */
  dayCost: string | null;
};

/** Days whose mean is what a driver's cost comes to a day. */
const STAKE_DAYS = 7;

/**
 * Volumes of drivers by day, as a whole and by scope. A day without a row is not known, which is not zero.
 *
 * @param currency of drivers whose cost nobody knows.
 */
export async function readVolumes(engine: Engine, asOf: string, currency: string): Promise<SignalSeries[]> {
  const rows = await engine.query(
    `select v.driver, v.is_total, ${ALLOCATION_DIMENSIONS.map((name) => `v.${name}`).join(', ')}, any_value(u.unit) as unit,
       ${listsOf('v.volume_date', 'v.volume')}
     from anomaly_volumes as v left join unit_cost_drivers as u on u.driver = v.driver
     group by v.driver, v.is_total, ${ALLOCATION_DIMENSIONS.map((name) => `v.${name}`).join(', ')}
     order by v.driver, v.is_total, ${ALLOCATION_DIMENSIONS.map((name) => `v.${name}`).join(', ')}`,
  );
  const owners = new Map(
    (
      await engine.query(`select driver, ${ALLOCATION_DIMENSIONS.map(onlyOne).join(', ')}
       from anomaly_driver_owners group by driver`)
    ).map((row) => [String(row.driver), row]),
  );
  const stakes = new Map(
    (
      await engine.query(
        `select driver, billing_currency, divide_cost(sum(cost), count(*)) as day_cost
         from (
           select *, row_number() over (partition by driver, billing_currency order by charge_date desc) as place
           from anomaly_unit_costs
         ) as newest
         where place <= ${STAKE_DAYS} group by driver, billing_currency order by day_cost`,
      )
    ).map((row) => [String(row.driver), row]),
  );
  return rows.map((row): SignalSeries => {
    const driver = String(row.driver);
    const isTotal = row.is_total === true;
    const stake = stakes.get(driver);
    const dimensions = pick(ALLOCATION_DIMENSIONS, (name) =>
      String(row[name] || owners.get(driver)?.[name] || SEVERAL),
    );
    return {
      kind: 'driver',
      name: nameVolume(driver, isTotal ? [] : ALLOCATION_DIMENSIONS.map((name) => String(row[name]))),
      currency: String(stake?.billing_currency ?? currency),
      scope: { ...emptyScope(), driver },
      about: {
        ...NO_RESOURCE,
        ...dimensions,
        measure: 'driver',
        driver,
        dayCost: isTotal && stake !== undefined ? String(stake.day_cost) : null,
      },
      series: {
        id: JSON.stringify([
          'driver',
          driver,
          ...(isTotal ? [] : ALLOCATION_DIMENSIONS.map((name) => row[name])),
        ]),
        measure: 'driver',
        ...(row.unit ? { unit: `${String(row.unit)}s` } : {}),
        ...spread(row, asOf),
      },
    };
  });
}

/** How busy resources are by day, each by itself and those of an owner together. */
export async function readUtilization(engine: Engine, asOf: string): Promise<SignalSeries[]> {
  const keys = [
    'series_kind',
    'team',
    'service',
    'environment',
    'sub_account_id',
    'region_id',
    'resource_type',
    'resource_id',
    'metric',
    'billing_currency',
  ];
  const rows = await engine.query(
    `select ${keys.join(', ')}, max(tier) as tier, max(cost_center) as cost_center, max(owner) as owner, max(unit) as unit,
       max_by(limit_value, date) as limit_value, cast(max_by(day_cost, date) as decimal(38,12)) as day_cost,
       ${listsOf('date', 'load')}
     from anomaly_utilization group by ${keys.join(', ')} order by ${keys.join(', ')}`,
  );
  return rows.map((row): SignalSeries => {
    const text = (name: string) => String(row[name] ?? '');
    const place = pick(
      ['sub_account_id', 'region_id', 'resource_type', 'resource_id', 'metric'] as const,
      text,
    );
    return {
      kind: 'utilization',
      name: nameLoad(text),
      currency: text('billing_currency'),
      scope: emptyScope(),
      about: {
        ...pick(ALLOCATION_DIMENSIONS, text),
        ...place,
        measure: 'utilization',
        driver: '',
        limit: row.limit_value as number | null,
        dayCost: text('day_cost'),
      },
      series: {
        id: JSON.stringify(['utilization', ...keys.map(text)]),
        measure: 'utilization',
        unit: text('unit'),
        ...spread(row, asOf),
      },
    };
  });
}

const nameVolume = (driver: string, scope: readonly string[]) => {
  const names = scope.filter(Boolean);
  return `volume of ${driver}${names.length === 0 ? '' : ` of ${names.join(' / ')}`}`;
};

/** 'CPU of rds:db orders-prod-db (orders prod)'. */
function nameLoad(text: (name: string) => string): string {
  const metric = text('metric').replaceAll('_', ' ').replace('cpu', 'CPU');
  const whose = `${text('service')} ${text('environment')}`;
  const id = text('resource_id');
  if (id === '') return `${metric} of all ${text('resource_type')} of ${whose}`;
  return `${metric} of ${text('resource_type')} ${id.startsWith('arn:') ? id.split(/[:/]/).at(-1) : id} (${whose})`;
}

const NO_RESOURCE = {
  sub_account_id: '',
  region_id: '',
  resource_type: '',
  resource_id: '',
  metric: '',
  limit: null,
};

const onlyOne = (name: string) =>
  `case when count(distinct ${name}) = 1 then min(${name}) else '${SEVERAL}' end as ${name}`;

const listsOf = (date: string, value: string) =>
  `list(cast(${date} as varchar) order by ${date}) as dates, list(cast(${value} as double) order by ${date}) as amounts`;

/** From the first day known; days without a row are not known. */
function spread(row: Record<string, unknown>, asOf: string): { firstDate: string; values: Float64Array } {
  const dates = row.dates as string[];
  const firstDate = dates[0] ?? asOf;
  const firstDay = toDayNumber(firstDate);
  const values = new Float64Array(Math.max(0, toDayNumber(asOf) - firstDay)).fill(Number.NaN);
  for (const [index, date] of dates.entries())
    values[toDayNumber(date) - firstDay] = (row.amounts as number[])[index] ?? Number.NaN;
  return { firstDate, values };
}

function pick<Name extends string>(names: readonly Name[], of: (name: Name) => string): Record<Name, string> {
  return Object.fromEntries(names.map((name) => [name, of(name)])) as Record<Name, string>;
}
