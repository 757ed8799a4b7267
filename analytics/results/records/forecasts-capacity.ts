import { column, text } from './columns.ts';
import type { RecordColumn, RecordDefinition } from './definition.ts';

const MILESTONES_DAYS = [30, 60, 90] as const;

/** When resources, groups and quotas run out. */
export const FORECASTS_CAPACITY: RecordDefinition = {
  name: 'forecasts/capacity',
  aliases: ['forecast-capacity'],
  model: 'capacity_forecasts',
  summary: 'When resources, groups and quotas reach their thresholds, with the probability by date',
  columns: [
    text('forecast_id', 'Identifies the series: the same in every run'),
    column('as_of_date', 'date', 'Day of the forecast'),
    text('scope', 'resource, group or quota'),
    text('kind', 'Resource type, autoscaling:group, capacity:group, or the service code of a quota'),
    text('sub_account_id', 'Account'),
    text('region_id', 'Region; global for a quota that all regions share'),
    text('resource_id', 'Resource; of a group its name, of a quota its code'),
    text('resource_name', 'Name, or the id where it has none'),
    text('metric', 'What is used up'),
    text('unit', 'Of the loads and the limit'),
    text('statistic', 'Of the hours of a day: p95 or peak'),
    optional('limit_value', 'number', 'Null where nothing tells'),
    text('limit_name', 'The limit in words'),
    column('threshold_ratio', 'number', 'Share of the limit that counts as exhausted'),
    optional('threshold_load', 'number', 'The same in the unit'),
    optional('current_load', 'number', 'Highest of the last seven days with data'),
    optional('headroom_ratio', 'number', 'Share of the limit that is free now'),
    optional(
      'headroom_ahead_ratio',
      'number',
      'Share of the limit that is free at the horizon, of the 95th percentile',
    ),
    ...MILESTONES_DAYS.flatMap((days) => [
      optional(`p50_${days}d`, 'number', `Load ${days} days ahead, median`),
      optional(`p95_${days}d`, 'number', `Load ${days} days ahead, 95th percentile`),
      optional(`probability_${days}d`, 'number', `Chance that the threshold is reached within ${days} days`),
    ]),
    optional(
      'exhaustion_low_date',
      'date',
      'Reached by then with a chance of 10 %; null: beyond the horizon, or reached already',
    ),
    optional('exhaustion_median_date', 'date', 'Reached by then with a chance of 50 %'),
    optional('exhaustion_high_date', 'date', 'Reached by then with a chance of 90 %'),
    optional('reached_since_date', 'date', 'Day since when the threshold is reached; null where it is not'),
    column('is_reached_before', 'flag', 'Whether reached_since_date is only the first day of data'),
    optional('next_unit', 'text', 'What would be added'),
    optional('next_unit_cost', 'decimal', 'Of 30 days, from the bill; null where it does not tell'),
    optional('billing_currency', 'text', 'Of next_unit_cost'),
    ...['team', 'service', 'environment', 'tier', 'cost_center', 'owner'].map((name) =>
      optional(name, 'text', 'From the bill; null where it does not name the resource'),
    ),
    text('status', 'ok, watch, will exhaust, over threshold, saturated or unknown'),
    text('reason', 'In words'),
    column(
      'urgency_rank',
      'count',
      '1 is most urgent: production first; saturated, then by the day on which the threshold is reached',
    ),
    column('day_count', 'count', 'Days with data'),
    column('censored_days', 'count', 'Days at the ceiling, which say "at least"'),
    text('method_version', 'Of the way in which it was made'),
    optional('own_wape', 'number', 'Error of the median over load, 30 days that were held back'),
    optional('own_p95_coverage', 'number', 'Share of those days at or below the 95th percentile'),
    optional('own_days', 'count', 'Days compared'),
    ...listKindScores('kind', 'backtests of all series of the kind, 30 days ahead'),
    ...listKindScores('published', 'forecasts of the kind as published, 30 days ahead'),
    column('history', 'json', 'Loads by day from from_date'),
    column('path', 'json', 'Percentiles by day from from_date'),
  ],
  key: ['forecast_id'],
  defaultSort: 'urgency_rank',
  defaultFilters: { status: ['saturated', 'over threshold', 'will exhaust', 'watch'] },
  tableColumns: [
    'resource_name',
    'kind',
    'environment',
    'metric',
    'status',
    'current_load',
    'limit_value',
    'unit',
    'probability_30d',
    'probability_90d',
    'exhaustion_median_date',
    'next_unit_cost',
    'reason',
  ],
  hidden: ['history', 'path'],
};

/** How well they have been: beside each forecast, and here for every kind and distance. */
export const FORECASTS_CAPACITY_ACCURACY: RecordDefinition = {
  name: 'forecasts/capacity-accuracy',
  aliases: ['forecast-capacity-accuracy'],
  model: 'capacity_accuracy',
  summary: 'Accuracy of the capacity forecasts, by kind, metric and distance',
  columns: [
    text('source', 'backtest, or published: forecasts of earlier runs beside what came'),
    text('kind', 'As in forecasts/capacity; quota for all quotas'),
    text('metric', 'What is used up'),
    column('horizon_days', 'count', 'Distance'),
    column('forecast_count', 'count', 'Forecasts with a load ahead'),
    column('probability_count', 'count', 'Forecasts of series below their threshold'),
    column('exhausted_count', 'count', 'Of these, the series that reached it'),
    ...listScores('').filter(({ name }) => name !== 'forecast_count'),
  ],
  key: ['source', 'kind', 'metric', 'horizon_days'],
};

function listKindScores(prefix: string, what: string): RecordColumn[] {
  return listScores(what).map((score) => ({ ...score, name: `${prefix}_${score.name}` }));
}

function listScores(what: string): RecordColumn[] {
  const of = what === '' ? '' : `: ${what}`;
  return [
    optional('brier', 'number', `Mean squared error of the probability${of}`),
    optional(
      'brier_skill',
      'number',
      `Against always saying the share that came; null where all or none came${of}`,
    ),
    optional('calibration_error', 'number', `Gap between what was said and what came, in tenths${of}`),
    optional('wape', 'number', `Error of the median over load${of}`),
    optional('bias', 'number', `Forecast less load, over load${of}`),
    optional('p95_coverage', 'number', `Share at or below the 95th percentile; 0.95 is right${of}`),
    optional('forecast_count', 'count', `Forecasts compared${of}`),
  ];
}

function optional(name: string, type: RecordColumn['type'], description: string): RecordColumn {
  return { name, type, isNullable: true, description };
}
