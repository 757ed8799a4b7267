import { column, decimal, number, text } from './columns.ts';
import type { RecordDefinition } from './definition.ts';

/** How good alerts on anomalies are by what people said of them, and the minimums that this has led to. */
export const ALERT_PRECISION: RecordDefinition = {
  name: 'alert-precision',
  model: 'alert_precision',
  summary: 'Share of anomalies that people call actionable, by team and detector, and the minimums it led to',
  key: ['precision_id'],
  defaultSort: 'precision_ratio',
  tableColumns: [
    'team',
    'detector',
    'actionable_count',
    'not_actionable_count',
    'planned_count',
    'precision_ratio',
    'lowest_ratio',
    'highest_ratio',
    'minimum_per_day_cost',
    'minimum_confidence',
  ],
  columns: [
    text('precision_id', 'Team and detector'),
    text('team', 'Whom the anomalies belong to'),
    text('detector', 'Kind of the anomalies'),
    column(
      'actionable_count',
      'count',
      'Anomalies that are called actionable, by the newest statement on each',
    ),
    column('not_actionable_count', 'count', 'Those that are called not actionable'),
    column('planned_count', 'count', 'Those that are called planned, which count neither way'),
    number('precision_ratio', 'Actionable ones among those that were actionable or not; null without any'),
    column('lowest_ratio', 'number', 'From where the precision is with 95 % confidence'),
    column('highest_ratio', 'number', 'To where it is'),
    decimal('minimum_per_day_cost', 'Amount a day from which they are alerted now'),
    column('minimum_confidence', 'number', 'Confidence from which they are alerted now'),
    column('change_count', 'count', 'How often feedback has moved the minimums'),
    text('threshold_reason', 'When and why they last moved', true),
  ],
};
