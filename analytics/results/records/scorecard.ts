import { KPI_NAMES } from '../../scorecard/kpis.ts';
import { number, text } from './columns.ts';
import type { RecordDefinition } from './definition.ts';

/** KPIs against their targets: of the organisation, of each tier and of each team. */
export const SCORECARD: RecordDefinition = {
  name: 'scorecard',
  model: 'scorecard',
  summary: 'KPIs by tier and team: value, target, status, trend, and the remedy that moves each',
  key: ['scope', 'scope_value', 'kpi', 'billing_currency'],
  defaultFilters: { scope: ['organisation'] },
  tableColumns: [
    'label',
    'scope',
    'scope_value',
    'value',
    'target',
    'status',
    'previous',
    'mean_before',
    'trend',
    'remedy',
  ],
  columns: [
    { ...text('kpi', 'Formulas: docs/metrics.md'), values: KPI_NAMES },
    text('label', 'For people'),
    { ...text('scope', 'organisation, tier or team'), values: ['organisation', 'tier', 'team'] },
    text('scope_value', 'Name of the tier or team; empty for the organisation'),
    text('billing_currency', 'Of the costs that it is computed from'),
    text(
      'billing_period',
      'Month of the value: the newest complete one, or the running one where it is judged as of now',
    ),
    number('value', 'Null: unknown'),
    text('unit', 'ratio or days'),
    { ...number('target', 'At or better: on target'), isNullable: false },
    { ...number('watch', 'Worse: off target'), isNullable: false },
    text('direction', 'high or low is better, or near to 0'),
    {
      ...text('status', 'on target, watch, off target or unknown'),
      values: ['on target', 'watch', 'off target', 'unknown'],
    },
    number('previous', 'Of the month before'),
    number('mean_before', 'Mean of up to three known months before, which the trend compares with'),
    { ...text('trend', 'improving, stable or worsening, against mean_before'), isNullable: true },
    text('remedy', 'What to do, with the largest lever; where the value is unknown, what makes it known'),
    { ...text('lever', 'What moves it most'), isNullable: true },
    { name: 'lever_cost', type: 'decimal', isNullable: true, description: 'What that costs or saves' },
    { name: 'history', type: 'json', isNullable: false, description: 'Values of 13 months' },
  ],
};
