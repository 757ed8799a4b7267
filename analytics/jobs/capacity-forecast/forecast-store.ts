import { type Engine, quoteName, quoteText } from '../../engine/duckdb.ts';
import { column, type TableSchema } from '../../lake/table-schema.ts';
import { addDays } from '../../sources/days.ts';
import { createVersionsView, type DayContext, storeVersion } from '../day-versions.ts';

/** Every forecast as it was made, for scoring it later. */
export const CAPACITY_FORECASTS: TableSchema = {
  name: 'capacity_forecasts',
  description: 'One row per series and day on which it was forecast',
  columns: [
    column('series_id', 'string', false, 'Scope, account, region, type, id and metric, split by |'),
    column('scope', 'string', false, 'resource, group or quota'),
    column('kind', 'string', false, 'Resource type, kind of group or service code'),
    column('metric', 'string', false, 'What is used up'),
    column('unit', 'string', false, 'Of the loads'),
    column('method_version', 'string', false, 'Of the way in which it was made'),
    column('status', 'string', false, 'ok, watch, will exhaust, over threshold, saturated or unknown'),
    column('limit_value', 'double', true, 'In the unit'),
    column('threshold_load', 'double', true, 'What counted as exhausted'),
    ...[30, 60, 90].flatMap((days) => [
      column(`p50_${days}d`, 'double', true, `Load ${days} days ahead, median`),
      column(`p95_${days}d`, 'double', true, `Load ${days} days ahead, 95th percentile`),
      column(`probability_${days}d`, 'double', true, `Chance that the threshold is reached in ${days} days`),
    ]),
    column('exhaustion_low_date', 'date', true, 'Reached by then with a chance of 10 %'),
    column('exhaustion_median_date', 'date', true, 'With a chance of 50 %'),
    column('exhaustion_high_date', 'date', true, 'With a chance of 90 %'),
    column('as_of_date', 'date', false, 'Day of the forecast'),
  ],
  partitionBy: ['as_of_date'],
};

/** Forecasts are kept for as long as anything can be learnt from them. */
const RETENTION_DAYS = 400;
/** The oldest forecast that the loads in the lake can still judge. */
const SCORED_DAYS = 190;
export const STORED_VIEW = 'stored_capacity_forecasts';

/** Keeps the rows of the engine's table `from` as the forecasts of a day, in place of those that it had. */
export function storeForecasts(context: DayContext, from: string): Promise<void> {
  const oldest = addDays(context.asOf, -RETENTION_DAYS);
  return storeVersion(
    context,
    CAPACITY_FORECASTS,
    `select * from ${quoteName(from)}`,
    (days) => new Set(days.filter((day) => day >= oldest)),
  );
}

/** Leaves a view of earlier forecasts whose future has begun; empty where there are none. */
export function createStoredView(context: DayContext): Promise<void> {
  const { asOf } = context;
  const oldest = addDays(asOf, -SCORED_DAYS);
  const listScored = (days: readonly string[]) => new Set(days.filter((day) => day >= oldest && day < asOf));
  return createVersionsView(context, CAPACITY_FORECASTS, listScored, STORED_VIEW);
}

/**
 * Stored forecasts beside what came: a table of the accuracy's columns, by kind, metric and distance. A forecast counts
 * once all its days are complete; the load is judged on the week that ends at its distance. What was reached already when
 * it was forecast says nothing about probabilities, and a load at the ceiling does not contradict a higher forecast. What
 * was said in percent before a resize is told in what the size is now, as the loads are.
 */
export async function createPublishedAccuracy(engine: Engine, name: string, asOf: string): Promise<void> {
  const milestones = [30, 60, 90].map(
    (
      days,
    ) => `select series_id, case when scope = 'quota' then 'quota' else kind end as kind, metric, as_of_date, threshold_load,
      ${days} as horizon_days, p50_${days}d as p50, p95_${days}d as p95,
      case when status not in ('over threshold', 'saturated')
        and coalesce(exhaustion_low_date >= as_of_date, true) then probability_${days}d end as probability
      from ${quoteName(STORED_VIEW)}`,
  );
  await engine.run(`create or replace temp table ${quoteName(name)} as
    with said as (${milestones.join(' union all ')}),
    loads as (
      select
        i.series_id, i.unit, s.date, s.ceiling,
        case i.statistic when 'peak' then s.peak_load else s.p95_load end as load,
        coalesce(case i.statistic when 'peak' then s.peak_load else s.p95_load end >= i.saturation_ratio * s.ceiling, false)
          as is_censored
      from capacity_items as i
      join capacity_series as s on s.series_id = i.series_id
    ),
    sizes as (
      select f.series_id, f.as_of_date, max_by(l.ceiling, l.date) / 100 as ratio
      from (select distinct series_id, as_of_date from said) as f
      join loads as l on l.series_id = f.series_id and l.date < f.as_of_date
      where l.unit = 'percent' and l.ceiling is not null
      group by f.series_id, f.as_of_date
    ),
    told as (
      select
        f.series_id, f.kind, f.metric, f.as_of_date, f.horizon_days, f.probability,
        f.p50 * coalesce(z.ratio, 1) as p50,
        f.p95 * coalesce(z.ratio, 1) as p95,
        f.threshold_load * coalesce(z.ratio, 1) as threshold_load
      from said as f
      left join sizes as z on z.series_id = f.series_id and z.as_of_date = f.as_of_date
    ),
    weeks as (
      select
        f.series_id, f.kind, f.metric, f.as_of_date, f.horizon_days, f.p50, f.p95, f.probability,
        case when max(l.load) >= f.threshold_load then 1 else 0 end as came,
        avg(l.load) filter (where l.date >= f.as_of_date + to_days(f.horizon_days - 7)) as actual,
        bool_or(l.is_censored) filter (where l.date >= f.as_of_date + to_days(f.horizon_days - 7)) as is_censored,
        max(l.load) filter (where l.date = f.as_of_date + to_days(f.horizon_days - 1)) as last_load
      from told as f
      join loads as l
        on l.series_id = f.series_id
        and l.date >= f.as_of_date
        and l.date < f.as_of_date + to_days(f.horizon_days)
      where f.as_of_date + to_days(f.horizon_days) <= date ${quoteText(asOf)} - interval '2' day
      group by f.series_id, f.kind, f.metric, f.as_of_date, f.horizon_days, f.p50, f.p95, f.probability, f.threshold_load
      having count(*) >= 0.8 * f.horizon_days
    ),
    judged as (
      select *, case when is_censored then least(0, p50 - actual) else p50 - actual end as error
      from weeks
    ),
    bins as (
      select kind, metric, horizon_days, abs(sum(probability) - sum(came)) as gap
      from judged
      where probability is not null
      group by kind, metric, horizon_days, least(9, cast(floor(probability * 10) as integer))
    ),
    gaps as (select kind, metric, horizon_days, sum(gap) as gap from bins group by kind, metric, horizon_days),
    sums as (
      select
        kind, metric, horizon_days,
        count(p50) as forecast_count,
        count(probability) as probability_count,
        coalesce(sum(came) filter (where probability is not null), 0) as exhausted_count,
        avg((probability - came) * (probability - came)) as brier,
        sum(abs(error)) as error,
        sum(error) as bias,
        sum(actual) filter (where p50 is not null) as actual,
        avg(case when last_load <= p95 then 1.0 else 0.0 end) filter (where p95 is not null and last_load is not null) as p95_coverage
      from judged
      group by kind, metric, horizon_days
    )
    select
      s.kind, s.metric, s.horizon_days, s.forecast_count, s.probability_count,
      cast(s.exhausted_count as bigint) as exhausted_count,
      s.brier,
      case when s.exhausted_count > 0 and s.exhausted_count < s.probability_count
        then 1 - s.brier / ((s.exhausted_count / s.probability_count) * (1 - s.exhausted_count / s.probability_count)) end as brier_skill,
      g.gap / s.probability_count as calibration_error,
      case when s.actual > 0 then s.error / s.actual end as wape,
      case when s.actual > 0 then s.bias / s.actual end as bias,
      s.p95_coverage
    from sums as s
    left join gaps as g on g.kind = s.kind and g.metric = s.metric and g.horizon_days = s.horizon_days`);
}
