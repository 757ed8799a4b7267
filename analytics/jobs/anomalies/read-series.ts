import type { AnomalySeries } from '../../anomaly/series.ts';
import { type Engine, quoteText } from '../../engine/duckdb.ts';
import { toDayNumber } from '../../forecast/calendar.ts';

export const SERIES_KINDS = ['group', 'service_name', 'sub_account', 'usage_type'] as const;
export type SeriesKind =
  | (typeof SERIES_KINDS)[number]
  | 'unit_cost'
  | 'coverage'
  | 'driver'
  | 'utilization'
  | 'hours';

/** By what a series of cost is told from others of its kind; '' where it is not. */
const COST_COLUMNS = [
  'service',
  'environment',
  'team',
  'sub_account_id',
  'service_name',
  'sku_meter',
] as const;
export const SERIES_COLUMNS = [...COST_COLUMNS, 'driver'] as const;

/** What stands for a value where there are several. */
export const SEVERAL = '(several)';

/** The scope of a series that nothing tells apart. */
export function emptyScope(): BillSeries['scope'] {
  return Object.fromEntries(SERIES_COLUMNS.map((name) => [name, ''])) as BillSeries['scope'];
}

/** A series of the bill. */
export type BillSeries = {
  kind: SeriesKind;
  currency: string;
  scope: Record<(typeof SERIES_COLUMNS)[number], string>;
  series: AnomalySeries;
  /** For people; by default its kind and scope. */
  name?: string;
  /** Of a unit cost: the units that a day's value is for. */
  volumes?: Float64Array;
};

/** Everything that is judged before a day, with the first day that the bill tells of. */
export async function readSeries(engine: Engine, asOf: string): Promise<BillSeries[]> {
  const [span] = await engine.query(
    'select min(charge_date) as first_date, list(distinct charge_date) as dates from anomaly_leaves',
  );
  const firstDate = span?.first_date as string | null;
  if (!firstDate) return [];
  const firstDay = toDayNumber(firstDate);
  const length = toDayNumber(asOf) - firstDay;
  const hasData = new Uint8Array(length);
  for (const date of (span?.dates ?? []) as string[]) hasData[toDayNumber(date) - firstDay] = 1;
  const spread = (days: readonly number[], amounts: readonly (number | null)[]) => {
    const values = new Float64Array(length).map((_, day) => (hasData[day] === 1 ? 0 : Number.NaN));
    for (const [index, day] of days.entries()) if (day < length) values[day] = amounts[index] ?? Number.NaN;
    return values;
  };
  const costs = await readCosts(engine, firstDate, spread);
  return [
    ...costs,
    ...(await readUnitCosts(engine, firstDate, length)),
    ...(await readCoverage(engine, firstDate, spread)),
  ];
}

type Spread = (days: readonly number[], amounts: readonly (number | null)[]) => Float64Array;

async function readCosts(engine: Engine, firstDate: string, spread: Spread): Promise<BillSeries[]> {
  const keys = ['series_kind', 'billing_currency', ...COST_COLUMNS].join(', ');
  const rows = await engine.query(
    `select ${keys}, list(cast(date_diff('day', date ${quoteText(firstDate)}, charge_date) as integer) order by charge_date) as days,
       list(cast(cost as double) order by charge_date) as costs, cast(sum(list_cost) as double) as list_cost,
       list(cast(quantity as double) order by charge_date) as quantities, cast(sum(quantity) as double) as quantity
     from anomaly_series group by ${keys} order by ${keys}`,
  );
  return rows.map((row): BillSeries => {
    const scope = Object.fromEntries(
      SERIES_COLUMNS.map((name) => [name, String(row[name] ?? '')]),
    ) as BillSeries['scope'];
    const kind = row.series_kind as SeriesKind;
    const currency = String(row.billing_currency);
    const days = row.days as number[];
    const units = row.quantity as number | null;
    return {
      kind,
      currency,
      scope,
      series: {
        id: JSON.stringify([kind, currency, ...Object.values(scope)]),
        unit: currency,
        firstDate,
        observedSince: firstDate,
        values: spread(days, row.costs as number[]),
        ...(units !== null && units > 0
          ? {
              quantity: spread(days, row.quantities as number[]),
              listUnitPrice: (row.list_cost as number) / units,
            }
          : {}),
      },
    };
  });
}

/** Cost of a unit of each driver; days without a volume are not known. */
async function readUnitCosts(engine: Engine, firstDate: string, length: number): Promise<BillSeries[]> {
  const rows = await engine.query(
    `select driver, billing_currency, list(cast(date_diff('day', date ${quoteText(firstDate)}, charge_date) as integer) order by charge_date) as days,
       list(cast(cost as double) order by charge_date) as costs, list(cast(volume as double) order by charge_date) as volumes
     from anomaly_unit_costs group by driver, billing_currency order by driver, billing_currency`,
  );
  return rows.map((row): BillSeries => {
    const values = new Float64Array(length).fill(Number.NaN);
    const volumes = new Float64Array(length);
    for (const [index, day] of (row.days as number[]).entries()) {
      if (day >= length) continue;
      volumes[day] = (row.volumes as number[])[index] ?? 0;
      values[day] = ((row.costs as number[])[index] ?? 0) / (volumes[day] ?? 0);
    }
    const [driver, currency] = [String(row.driver), String(row.billing_currency)];
    return {
      kind: 'unit_cost',
      currency,
      scope: { ...emptyScope(), driver },
      volumes,
      series: {
        id: JSON.stringify(['unit_cost', currency, driver]),
        measure: 'unit_cost',
        unit: currency,
        firstDate,
        values,
      },
    };
  });
}

/** The share of compute that commitments cover. */
async function readCoverage(engine: Engine, firstDate: string, spread: Spread): Promise<BillSeries[]> {
  const rows = await engine.query(
    `select billing_currency, list(day order by day) as days, list(covered / compute order by day) as ratios
     from (
       select billing_currency, cast(date_diff('day', date ${quoteText(firstDate)}, charge_date) as integer) as day,
         cast(sum(compute_cost) as double) as compute,
         cast(sum(case when commitment_discount_id <> '' then compute_cost else 0 end) as double) as covered
       from anomaly_coverage group by all
     ) as daily
     where compute > 0 group by billing_currency having sum(covered) > 0 order by billing_currency`,
  );
  return rows.map((row): BillSeries => {
    const currency = String(row.billing_currency);
    return {
      kind: 'coverage',
      currency,
      scope: emptyScope(),
      series: {
        id: JSON.stringify(['coverage', currency]),
        measure: 'coverage',
        unit: currency,
        firstDate,
        values: spread(row.days as number[], row.ratios as number[]),
      },
    };
  });
}
