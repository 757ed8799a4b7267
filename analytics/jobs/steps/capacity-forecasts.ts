import { quoteText } from '../../engine/duckdb.ts';
import {
  type CapacityForecast,
  type CapacityOptions,
  forecastCapacity,
} from '../../forecast/capacity-forecast.ts';
import { ROW_COLUMNS, toRow } from '../capacity-forecast/forecast-row.ts';
import {
  createPublishedAccuracy,
  createStoredView,
  storeForecasts,
} from '../capacity-forecast/forecast-store.ts';
import { MILESTONE_DAYS, refuseItem } from '../capacity-forecast/judge-item.ts';
import { createHistories, readItems } from '../capacity-forecast/read-items.ts';
import { openRowFile } from '../capacity-forecast/row-file.ts';
import { scoreForecasts, toSeries } from '../capacity-forecast/score-forecasts.ts';
import type { Step, StepContext } from '../step.ts';

/** Changes when forecasts are made in another way, so that scores are not mixed up. */
const METHOD_VERSION = '1';
const SEED = 20_260_101;
/** From so many series on threads pay for their start. */
const THREADED_ITEMS = 1500;
const THREADS = 2;

const ITEM_COLUMNS = {
  scope: 'VARCHAR',
  kind: 'VARCHAR',
  sub_account_id: 'VARCHAR',
  region_id: 'VARCHAR',
  resource_id: 'VARCHAR',
  resource_name: 'VARCHAR',
  metric: 'VARCHAR',
  unit: 'VARCHAR',
  statistic: 'VARCHAR',
  limit_value: 'DOUBLE',
  limit_name: 'VARCHAR',
  threshold_ratio: 'DOUBLE',
  next_unit: 'VARCHAR',
  next_unit_cost: 'DECIMAL(38,12)',
  billing_currency: 'VARCHAR',
  team: 'VARCHAR',
  service: 'VARCHAR',
  environment: 'VARCHAR',
  tier: 'VARCHAR',
  cost_center: 'VARCHAR',
  owner: 'VARCHAR',
};

const OWN_COLUMNS = {
  series_id: 'VARCHAR',
  own_wape: 'DOUBLE',
  own_p95_coverage: 'DOUBLE',
  own_days: 'BIGINT',
};

const ACCURACY_COLUMNS = {
  kind: 'VARCHAR',
  metric: 'VARCHAR',
  horizon_days: 'INTEGER',
  forecast_count: 'BIGINT',
  probability_count: 'BIGINT',
  exhausted_count: 'BIGINT',
  brier: 'DOUBLE',
  brier_skill: 'DOUBLE',
  calibration_error: 'DOUBLE',
  wape: 'DOUBLE',
  bias: 'DOUBLE',
  p95_coverage: 'DOUBLE',
};

/** Scores of a kind that stand beside each of its forecasts, from backtests and from forecasts as published. */
const KIND_SCORES = [
  'brier',
  'brier_skill',
  'calibration_error',
  'wape',
  'bias',
  'p95_coverage',
  'forecast_count',
] as const;
const KIND_HORIZON_DAYS = 30;
const kindColumns = (prefix: string) =>
  Object.fromEntries(KIND_SCORES.map((name) => [`${prefix}_${name}`, ACCURACY_COLUMNS[name]]));

/**
 * Forecasts every series of capacity_items, keeps the forecasts in the lake, and scores them: by backtests on each series'
 * own past, and earlier forecasts by what came. The same lake gives the same rows.
 */
export const CAPACITY_FORECASTS_STEP: Step = {
  name: 'capacity_forecasts',
  inputs: ['capacity_items', 'capacity_series', 'run'],
  outputs: {
    capacity_forecasts: {
      as_of_date: 'DATE',
      ...ITEM_COLUMNS,
      ...ROW_COLUMNS,
      urgency_rank: 'BIGINT',
      method_version: 'VARCHAR',
      own_wape: 'DOUBLE',
      own_p95_coverage: 'DOUBLE',
      own_days: 'BIGINT',
      ...kindColumns('kind'),
      ...kindColumns('published'),
    },
    capacity_accuracy: { source: 'VARCHAR', ...ACCURACY_COLUMNS },
  },
  async run(context) {
    const { engine, scratchFolder, asOf } = context;
    await createHistories(engine);
    const options = await chooseOptions(context);
    const own = openRowFile(engine, scratchFolder, 'capacity_own_scores', OWN_COLUMNS);
    context.onProgress?.('score capacity forecasts');
    const backtests = openRowFile(engine, scratchFolder, 'capacity_backtests', ACCURACY_COLUMNS);
    const scores = await scoreForecasts(() => readItems(engine), {
      asOf,
      options,
      onOwn: (row) => own.add(row),
    });
    for (const score of scores) await backtests.add(score);
    await Promise.all([own.createTable(), backtests.createTable()]);
    await writeForecasts(context, options);
    await createStoredView(context);
    await createPublishedAccuracy(engine, 'capacity_published', asOf);
    await joinOutputs(context);
    await storeForecasts(context, 'capacity_forecasts');
  },
};

async function chooseOptions({ engine, configuration }: StepContext): Promise<CapacityOptions> {
  const { horizon_days: horizon, percentiles } = configuration.capacity;
  const [row] = await engine.query('select count(*) as item_count from capacity_items');
  const isLarge = Number(row?.item_count) >= THREADED_ITEMS;
  return {
    horizon,
    at: [...new Set([...MILESTONE_DAYS, horizon])],
    seed: SEED,
    probabilities: [...new Set([50, 95, ...percentiles])].map((percentile) => percentile / 100),
    threads: isLarge ? THREADS : 0,
  };
}

async function writeForecasts(
  { engine, scratchFolder, asOf, onProgress }: StepContext,
  options: CapacityOptions,
) {
  const file = openRowFile(engine, scratchFolder, 'capacity_rows', ROW_COLUMNS);
  onProgress?.('forecast capacity');
  const known = async function* () {
    for await (const item of readItems(engine)) if (refuseItem(item, asOf) === undefined) yield item;
  };
  const series = async function* () {
    for await (const item of known()) yield toSeries(item);
  };
  const forecasts = forecastCapacity(series, options);
  for await (const item of readItems(engine)) {
    const refusal = refuseItem(item, asOf);
    const next = refusal === undefined ? await forecasts.next() : undefined;
    const forecast = next?.value ? (next.value as CapacityForecast) : undefined;
    await file.add(toRow(item, forecast, refusal ?? '', asOf));
  }
  await file.createTable();
}

async function joinOutputs({ engine, asOf, configuration }: StepContext): Promise<void> {
  const accuracy = Object.keys(ACCURACY_COLUMNS).join(', ');
  await engine.run(`create or replace table capacity_accuracy as
    select 'backtest' as source, ${accuracy} from capacity_backtests
    union all
    select 'published' as source, ${accuracy} from capacity_published`);
  const ofKind = (prefix: string, alias: string) =>
    KIND_SCORES.map((name) => `${alias}.${name} as ${prefix}_${name}`).join(', ');
  const join = (alias: string, table: string) => `left join ${table} as ${alias}
    on ${alias}.kind = case when i.scope = 'quota' then 'quota' else i.kind end
    and ${alias}.metric = i.metric and ${alias}.horizon_days = ${KIND_HORIZON_DAYS}`;
  await engine.run(`create or replace table capacity_forecasts as
    select date ${quoteText(asOf)} as as_of_date,
      ${Object.keys(ITEM_COLUMNS).map((name) => `i.${name}`)},
      ${Object.keys(ROW_COLUMNS).map((name) => `f.${name}`)},
      row_number() over (order by ${orderByUrgency(configuration.waste.production_environments, asOf)}) as urgency_rank,
      ${quoteText(METHOD_VERSION)} as method_version,
      o.own_wape, o.own_p95_coverage, o.own_days, ${ofKind('kind', 'k')}, ${ofKind('published', 'p')}
    from capacity_rows as f
    join capacity_items as i on i.series_id = f.series_id
    left join capacity_own_scores as o on o.series_id = f.series_id
    ${join('k', 'capacity_backtests')}
    ${join('p', 'capacity_published')}
    order by f.series_id`);
}

/** What is beyond its threshold for longer than there is data is lived with: it comes after what happens in so many days. */
const LIVED_WITH_DAYS = 30;

/**
 * What needs an answer before what is fine or unknown, production and what all share (quotas) before the rest, then what is
 * full before what fills up, by the day on which that is reached.
 */
function orderByUrgency(productionEnvironments: readonly string[], asOf: string): string {
  const production = productionEnvironments.map((name) => quoteText(name.toLowerCase()));
  return `
    case f.status when 'unknown' then 2 when 'ok' then 1 else 0 end,
    coalesce(lower(i.environment) in (${['null', ...production].join(', ')}), i.environment is null) desc,
    f.status = 'saturated' desc,
    case
      when f.status = 'over threshold' and f.is_reached_before then date ${quoteText(asOf)} + ${LIVED_WITH_DAYS}
      when f.status = 'over threshold' then date ${quoteText(asOf)}
      else f.exhaustion_median_date
    end nulls last,
    f.probability_90d desc nulls last, f.headroom_ratio nulls last, f.series_id`;
}
