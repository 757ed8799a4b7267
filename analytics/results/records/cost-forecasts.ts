import { ALLOCATION_DIMENSIONS } from '../../vocabulary.ts';
import { date, decimal, json, number, text } from './columns.ts';
import type { RecordColumn, RecordDefinition } from './definition.ts';

const SCOPE: RecordColumn[] = [
  text('level', 'total, one of the allocation dimensions, or team_tier'),
  ...ALLOCATION_DIMENSIONS.map((name) => text(name, '(all) where the level does not name it')),
  text('cost_basis', 'billed, effective, list or contracted'),
  text('billing_currency', 'Currency of the costs; sums never mix currencies'),
];

const SCORES: RecordColumn[] = [
  number('wape', 'Absolute errors over cost: of past landings, forecast less what came'),
  number('bias', 'Errors over cost; above 0: forecasts were too high'),
  number('mase', "Absolute errors over those of last month's cost; below 1: better than it"),
  number('coverage_80_ratio', 'Share of past landings within their 80 % interval'),
  number('coverage_90_ratio', 'Share of past landings within their 90 % interval'),
];

/** Where months and the fiscal year will end. */
export const COST_FORECASTS: RecordDefinition = {
  name: 'forecasts/cost',
  aliases: ['forecast-cost'],
  model: 'cost_forecasts',
  summary:
    'Where the running month and the fiscal year will end, with intervals and how good such forecasts were',
  columns: [
    text('forecast_id', 'The same for the same question on every day'),
    text('scenario', 'baseline, or a scenario of the configuration'),
    text('period_kind', 'month or year'),
    text('billing_period', 'The month, or the last month of the fiscal year'),
    date('period_end_date', 'Last day of the period', false),
    ...SCOPE,
    text('status', 'forecast, or not forecast (the reason says why)'),
    text('method', 'combination, run rate (the pace of the last days) or none'),
    decimal('actual_cost', 'Charged so far'),
    decimal(
      'known_cost',
      'Of what the running and coming months will cost: commitments and fees, carried forward exactly',
    ),
    decimal('landing_cost', 'Expected at the end of the period'),
    ...[80, 90, 95].flatMap((level) => [
      decimal(`low_${level}_cost`, `Lower end of the ${level} % interval`),
      decimal(`high_${level}_cost`, `Upper end of the ${level} % interval`),
    ]),
    decimal('budget_cost', 'Budget of the period; null where there is none', true),
    decimal('budget_variance_cost', 'landing_cost - budget_cost', true),
    number('budget_exceeded_probability', 'Chance that the landing is above the budget'),
    decimal('previous_landing_cost', 'What the run before said', true),
    date('previous_as_of_date', 'The day of the run before', true),
    number('drift_ratio', 'landing_cost over previous_landing_cost, less 1'),
    {
      name: 'scored_count',
      type: 'count',
      isNullable: false,
      description: 'Past landings that the scores are from',
    },
    ...SCORES,
    number('weekly_growth_ratio', 'Growth a week of late; null where there is no clear one'),
    text('reason', 'The forecast in words'),
    json(
      'history',
      'Cost a day of the last 90 complete days, what is charged once left out: {first_date, costs}',
    ),
    json(
      'path',
      'A month by day: {first_date, costs, totals, low_80_totals, high_80_totals}; a year: {months, costs}',
    ),
  ],
  key: ['forecast_id'],
  defaultSort: '-landing_cost',
  defaultFilters: { scenario: ['baseline'], cost_basis: ['effective'], level: ['total', 'cost_center'] },
  tableColumns: [
    'period_kind',
    'billing_period',
    'cost_center',
    'actual_cost',
    'landing_cost',
    'low_80_cost',
    'high_80_cost',
    'budget_cost',
    'budget_exceeded_probability',
    'wape',
    'reason',
  ],
  hidden: ['history', 'path'],
};

/** How good forecasts of cost were. */
export const COST_FORECAST_SCORES: RecordDefinition = {
  name: 'forecasts/cost-accuracy',
  aliases: ['forecast-cost-accuracy'],
  model: 'cost_forecast_scores',
  summary:
    'How good forecasts of cost were: past months landed again from the data as known now, and the forecasts that were published',
  columns: [
    text('score_kind', 'backtest: landed again on days 7, 14 and 21; stored: as it was published'),
    text('billing_period', '(all): every month that was scored'),
    {
      name: 'origin_day',
      type: 'count',
      isNullable: false,
      description: 'Day of the month of the forecast; 0: all of them',
    },
    ...SCOPE,
    { name: 'landing_count', type: 'count', isNullable: false, description: 'Landings that were scored' },
    ...SCORES,
  ],
  key: ['score_kind', 'billing_period', 'origin_day', ...SCOPE.map(({ name }) => name)],
  defaultSort: 'level',
  defaultFilters: { cost_basis: ['effective'], level: ['total', 'cost_center'] },
  tableColumns: [
    'score_kind',
    'billing_period',
    'origin_day',
    'cost_center',
    'landing_count',
    ...SCORES.map(({ name }) => name),
  ],
};
