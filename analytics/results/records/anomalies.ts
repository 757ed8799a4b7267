import { ALLOCATION_DIMENSIONS } from '../../vocabulary.ts';
import type { RecordColumn, RecordDefinition } from './definition.ts';

/** Incidents: cost that is not what it should be, with its causes, its owner, and what became of it. */
export const ANOMALIES: RecordDefinition = {
  name: 'anomalies',
  model: 'anomalies',
  summary: 'Incidents of cost and commitment coverage with their causes, owners and states, one row each',
  key: ['id'],
  defaultSort: '-excess_per_day_cost',
  defaultFilters: { status: ['open', 'updated'] },
  totals: ['excess_cost'],
  tableColumns: [
    'id',
    'status',
    'severity',
    'kind',
    'team',
    'started_on',
    'title',
    'excess_cost',
    'billing_currency',
  ],
  hidden: ['cause_key', 'series_id', 'family', 'statement_count', 'evidence'],
  columns: [
    text('id', 'The same from run to run'),
    text(
      'kind',
      'spike, drop, level_shift, leak, new_series, new_service, new_region, new_account, price_change, free_tier_ended, tag_change or coverage_loss',
    ),
    text('status', 'open, updated, closed, accepted (its new level is the baseline now) or withdrawn'),
    text('severity', 'critical, high, medium or low, by the amount a day'),
    text('direction', 'up or down'),
    text('title', 'The amount a day and the largest cause'),
    text('reason', 'The numbers in sentences'),
    text('next_step', 'What to do about it'),
    date('started_on', false, 'Its first day'),
    date('ended_on', true, 'Its last day; null while it goes on'),
    date('judged_on', false, 'When its data first told it: the day after the day that raised it, or later'),
    date('revised_on', false, 'The day of the run that last changed it'),
    { name: 'revision', type: 'count', isNullable: false, description: 'Rises with what is known of it' },
    decimal('excess_per_day_cost', 'More, or with a minus less, than expected, a day'),
    decimal('excess_cost', 'In all, to the day of the run; the final cost once it is over'),
    decimal('expected_cost', 'What was expected of its days together'),
    decimal('observed_cost', 'What they cost, at contracted prices'),
    text('billing_currency', 'Of the costs'),
    { name: 'confidence', type: 'number', isNullable: false, description: '0 to 1' },
    ...ALLOCATION_DIMENSIONS.map((name) =>
      text(name, 'Of who has at least four fifths of it, else (several)'),
    ),
    text('sub_account_id', 'Account with at least four fifths of it, else (several)'),
    text('region_id', 'Region with at least four fifths of it, else (several)'),
    text('service_name', 'AWS service with at least four fifths of it, else (several)'),
    text('sku_meter', 'Usage type with at least four fifths of it, else (several)'),
    {
      name: 'causes',
      type: 'json',
      isNullable: false,
      description: 'The largest first; their amounts add up to excess_cost',
    },
    {
      name: 'series_count',
      type: 'count',
      isNullable: false,
      description: 'Series of the bill that it shows in',
    },
    {
      name: 'evidence',
      type: 'json',
      isNullable: false,
      description: 'The series that tells it most clearly: value, expected and its 95 % band by day',
    },
    decimal('minimum_per_day_cost', 'Amount a day from which it is alerted, moved by feedback'),
    {
      name: 'threshold_factor',
      type: 'number',
      isNullable: false,
      description: 'What feedback made of the configured minimum',
    },
    optional('threshold_reason', 'When and why the factor last moved'),
    optional('feedback', 'actionable, not_actionable or planned, as last stated'),
    optional('feedback_by', 'Who said so'),
    { name: 'feedback_at', type: 'instant', isNullable: true, description: 'When' },
    optional('feedback_reason', 'Why'),
    date('snooze_until', true, 'The first day that it may be told again'),
    {
      name: 'statement_count',
      type: 'count',
      isNullable: false,
      description: 'Statements that the run knew',
    },
    text('cause_key', 'What its largest cause is about'),
    text('series_id', 'The series that tells it most clearly'),
    text('family', 'cost or coverage'),
  ],
};

function text(name: string, description: string): RecordColumn {
  return { name, type: 'text', isNullable: false, description };
}

function optional(name: string, description: string): RecordColumn {
  return { name, type: 'text', isNullable: true, description };
}

function decimal(name: string, description: string): RecordColumn {
  return { name, type: 'decimal', isNullable: false, description };
}

function date(name: string, isNullable: boolean, description: string): RecordColumn {
  return { name, type: 'date', isNullable, description };
}
