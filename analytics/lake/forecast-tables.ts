import { ALLOCATION_DIMENSIONS, COST_BASES } from '../vocabulary.ts';
import { column, type TableColumn, type TableSchema } from './table-schema.ts';
import { MONEY } from './tables.ts';

/** What the last days of the bill showed on a day: from it is learnt how much of a day is seen how soon. */
export const COST_DAYS_SEEN: TableSchema = {
  name: 'cost_days_seen',
  description: 'One row per day of a run, currency and charge day: the usage that the bill showed then',
  columns: [
    column('charge_date', 'date', false, ''),
    column('billing_currency', 'string', false, ''),
    column('list_cost', MONEY, false, 'Usage at list price'),
    column('as_of_date', 'date', false, 'The days before it were known'),
  ],
  partitionBy: ['as_of_date'],
};

const SCOPE: TableColumn[] = [
  column('level', 'string', false, 'total, a dimension, or team_tier'),
  ...ALLOCATION_DIMENSIONS.map((name) =>
    column(name, 'string', false, '(all) where the level does not name it'),
  ),
  column('cost_basis', 'string', false, ''),
  column('billing_currency', 'string', false, ''),
];

/** Every version of every forecast. */
export const COST_FORECASTS: TableSchema = {
  name: 'cost_forecasts',
  description: 'One row per day of a run, scenario, period, scope, cost basis and currency',
  columns: [
    column('forecast_id', 'string', false, ''),
    column('scenario', 'string', false, 'baseline, or a name from the configuration'),
    column('period_kind', 'string', false, 'month or year'),
    column('billing_period', 'string', false, 'The month, or the last month of the fiscal year'),
    ...SCOPE,
    column('status', 'string', false, ''),
    column('actual_cost', MONEY, false, ''),
    column('landing_cost', MONEY, false, ''),
    column('low_80_cost', MONEY, false, ''),
    column('high_80_cost', MONEY, false, ''),
    column('low_90_cost', MONEY, false, ''),
    column('high_90_cost', MONEY, false, ''),
    column('low_95_cost', MONEY, false, ''),
    column('high_95_cost', MONEY, false, ''),
    column('as_of_date', 'date', false, 'The days before it were known'),
  ],
  partitionBy: ['as_of_date'],
};

/** How good the forecasts of each version were. */
export const COST_FORECAST_SCORES: TableSchema = {
  name: 'cost_forecast_scores',
  description:
    'One row per day of a run, kind of score, month, day of the month, scope, cost basis and currency',
  columns: [
    column('score_kind', 'string', false, 'backtest or stored'),
    column('billing_period', 'string', false, '(all): every month that was scored'),
    column('origin_day', 'integer', false, 'Day of the month of the forecast; 0: all of them'),
    ...SCOPE,
    column('landing_count', 'long', false, ''),
    column('wape', 'double', true, ''),
    column('bias', 'double', true, ''),
    column('mase', 'double', true, ''),
    column('coverage_80_ratio', 'double', true, ''),
    column('coverage_90_ratio', 'double', true, ''),
    column('as_of_date', 'date', false, 'The days before it were known'),
  ],
  partitionBy: ['as_of_date'],
};

/** What months were forecast to cost, by the day as of which the forecast stands: what the bridge compares with. */
export const MONTH_FORECASTS: TableSchema = {
  name: 'month_forecasts',
  description: 'One row per day, month, allocation and currency: what the month was forecast to cost then',
  columns: [
    column('billing_period', 'string', false, 'A month that was running then, or the next one'),
    column(
      'forecast_kind',
      'string',
      false,
      'forecast: made that day; backtest: made later, without what came after',
    ),
    ...ALLOCATION_DIMENSIONS.map((name) => column(name, 'string', false, '')),
    column('billing_currency', 'string', false, ''),
    ...COST_BASES.map((basis) => column(`${basis}_cost`, MONEY, false, 'Landing')),
    column('as_of_date', 'date', false, 'The days before it were known'),
  ],
  partitionBy: ['as_of_date'],
};

/** Every table that forecasts of cost write. */
export const FORECAST_TABLES: TableSchema[] = [
  COST_DAYS_SEEN,
  COST_FORECASTS,
  COST_FORECAST_SCORES,
  MONTH_FORECASTS,
];
