import type { Engine } from '../../engine/duckdb.ts';
import { imputeCensored } from '../../forecast/censored.ts';

/** A row of capacity_items with its loads by day. */
export type CapacityItem = {
  seriesId: string;
  scope: string;
  kind: string;
  metric: string;
  unit: string;
  limit: number | null;
  thresholdRatio: number;
  limitName: string;
  saturationRatio: number | null;
  missing: string;
  /** Loads by day up to the day before `as_of`; NaN where there is no data. */
  loads: Float64Array;
  /** Days on which the metric could not have shown more, by position in `loads`. */
  isCensored: (position: number) => boolean;
};

/** Days of history that a forecast reads. */
const HISTORY_DAYS = 540;
const PAGE_ROWS = 1000;

/** Leaves the loads of every item in the engine, as lists in a fixed order. */
export async function createHistories(engine: Engine): Promise<void> {
  await engine.run(`create or replace temp table capacity_histories as
    with days as (
      select
        i.series_id,
        cast(date_diff('day', s.date, r.as_of_date) as integer) as age_days,
        case i.statistic when 'peak' then s.peak_load else s.p95_load end as load,
        s.ceiling
      from capacity_items as i
      join capacity_series as s on s.series_id = i.series_id
      cross join run as r
      where s.date < r.as_of_date
    ),
    lists as (
      select
        series_id,
        list(age_days order by age_days) as ages,
        list(load order by age_days) as loads,
        list(ceiling order by age_days) as ceilings
      from days
      where age_days <= ${HISTORY_DAYS}
      group by series_id
    )
    select i.*, l.ages, l.loads, l.ceilings, row_number() over (order by i.series_id) - 1 as place
    from capacity_items as i
    left join lists as l on l.series_id = i.series_id`);
}

/** Every item, a page at a time: memory does not grow with their number. */
export async function* readItems(engine: Engine): AsyncGenerator<CapacityItem> {
  for (let from = 0; ; from += PAGE_ROWS) {
    const rows = await engine.query(
      `select * from capacity_histories where place >= ${from} and place < ${from + PAGE_ROWS} order by place`,
    );
    for (const row of rows) yield toItem(row);
    if (rows.length < PAGE_ROWS) return;
  }
}

function toItem(row: Record<string, unknown>): CapacityItem {
  const limit = row.limit_value as number | null;
  const saturationRatio = row.saturation_ratio as number | null;
  const ages = (row.ages ?? []) as (number | string)[];
  const length = Number(ages.at(-1) ?? 0);
  const loads = new Float64Array(length).fill(Number.NaN);
  const ceilings = new Float64Array(length).fill(limit ?? Number.NaN);
  ages.forEach((age, k) => {
    const position = length - Number(age);
    loads[position] = (row.loads as number[])[k] ?? Number.NaN;
    ceilings[position] = (row.ceilings as (number | null)[])[k] ?? limit ?? Number.NaN;
  });
  return {
    seriesId: row.series_id as string,
    scope: row.scope as string,
    kind: row.kind as string,
    metric: row.metric as string,
    unit: row.unit as string,
    limit,
    thresholdRatio: row.threshold_ratio as number,
    limitName: row.limit_name as string,
    saturationRatio,
    missing: row.missing as string,
    loads,
    isCensored: (position) =>
      saturationRatio !== null &&
      (loads[position] ?? Number.NaN) >= saturationRatio * (ceilings[position] ?? Number.NaN),
  };
}

/** What a forecast is fitted on: days at the ceiling are told as what they are expected to have been. */
export function readDemand({ loads, isCensored }: Pick<CapacityItem, 'loads' | 'isCensored'>): Float64Array {
  return loads.some((_, position) => isCensored(position)) ? imputeCensored(loads, isCensored) : loads;
}
