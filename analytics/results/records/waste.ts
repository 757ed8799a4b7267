import { ALLOCATION_DIMENSIONS } from '../../vocabulary.ts';
import { STATED_STATUSES } from '../../waste/finding-state.ts';
import type { RecordColumn, RecordDefinition } from './definition.ts';

/** Findings: what is paid for and not needed, with the evidence, the owner, and what became of it. */
export const WASTE: RecordDefinition = {
  name: 'waste',
  model: 'waste',
  summary: 'Findings of waste with evidence, owner and state; savings are counted once',
  key: ['id'],
  defaultSort: '-saving_cost',
  defaultFilters: { status: ['open', 'acknowledged', 'planned'] },
  totals: [
    'counted_saving_cost',
    'counted_deferred_saving_cost',
    'promised_saving_cost',
    'realised_saving_cost',
  ],
  tableColumns: [
    'id',
    'status',
    'detector',
    'resource_id',
    'owner',
    'reason',
    'saving_cost',
    'counted_saving_cost',
    'billing_currency',
  ],
  hidden: ['state_sequence', 'reopened_date'],
  columns: [
    text('id', 'The same from run to run'),
    text('detector', 'See docs/waste/'),
    {
      ...text('status', 'open, acknowledged, planned, dismissed, resolved, or unknown: a metric is missing'),
      values: [...STATED_STATUSES, 'resolved', 'unknown'],
    },
    text('resource_type', 'Service and type'),
    text('resource_id', 'As in the inventory, or as billed'),
    optional('resource_name', 'As people named it'),
    text('sub_account_id', 'Account that pays for it'),
    text('region_id', 'Region, or global'),
    {
      ...text('scope', 'What it is about: resource, group, environment or account'),
      values: ['resource', 'group', 'environment', 'account'],
    },
    optional('group_id', 'Name of the group, environment or account'),
    text('action', 'delete, stop, schedule, resize, retype, configure, commit or review'),
    text('cost_part', 'whole, or the part of the cost that it touches'),
    text('reason', 'A sentence with the numbers'),
    text('observed', 'What was measured'),
    text('threshold', 'What it was compared with'),
    decimal('part_cost', 'Effective cost of 30 days of what it touches'),
    decimal('saving_cost', 'What the bill of 30 days falls by when it is done now'),
    { name: 'is_counted', type: 'flag', isNullable: false, description: 'Part of the best compatible set' },
    decimal(
      'counted_saving_cost',
      'What it adds to the total; 0 where another finding is counted in its place',
    ),
    optional('alternative_to', 'Id of the finding that is counted in its place'),
    decimal('deferred_saving_cost', 'What is saved only when commitments end'),
    decimal('counted_deferred_saving_cost', 'Of that, what it adds to the total'),
    decimal('promised_saving_cost', 'What it added to the total when it was last found'),
    {
      ...decimal(
        'realised_saving_cost',
        'What the bill fell by since, for 30 days; null: not resolved, or not known yet',
      ),
      isNullable: true,
    },
    text('billing_currency', 'Of the costs'),
    { name: 'confidence', type: 'number', isNullable: false, description: '0 to 1' },
    ...ALLOCATION_DIMENSIONS.map((name) => text(name, 'Of who pays most of it')),
    text('remedy', 'A command to paste'),
    { name: 'evidence', type: 'json', isNullable: false, description: 'The numbers' },
    date('first_found_date', false, 'The day that the first run which found it was as of'),
    date('last_found_date', false, 'The day that the last run which found it was as of'),
    date('resolved_date', true, 'The day of the first run that no longer found it'),
    date('reopened_date', true, 'When it came back after it was resolved'),
    date('planned_date', true, 'When it is to be done'),
    date('until', true, 'When a dismissal ends'),
    optional('state_by', 'Who stated the status'),
    { name: 'state_at', type: 'instant', isNullable: true, description: 'When' },
    optional('state_reason', 'Why'),
    { name: 'state_sequence', type: 'count', isNullable: false, description: 'Statements that the run knew' },
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
