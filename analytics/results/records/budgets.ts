import { ALLOCATION_DIMENSIONS } from '../../vocabulary.ts';
import { DIMENSION_DESCRIPTIONS } from '../tables.ts';
import { column } from './columns.ts';
import type { RecordDefinition } from './definition.ts';

/** Budgets as written. */
export const BUDGET_LINES: RecordDefinition = {
  name: 'budgets',
  model: 'budget_lines',
  summary:
    'Budgets as written, by version: what is budgeted inside each, the difference to it, and who approved it',
  columns: [
    column('budget_id', 'text', 'Version, month, scope and currency'),
    column('version', 'text', 'Version of the budget'),
    column('billing_period', 'text', 'Billing month'),
    column('scope', 'text', 'What it is for'),
    ...ALLOCATION_DIMENSIONS.map((name) => column(name, 'text', DIMENSION_DESCRIPTIONS[name] ?? name)),
    column('billing_currency', 'text', 'Currency of the amounts'),
    column('budget_cost', 'decimal', 'The budget as written'),
    column('inner_count', 'count', 'Budgets directly inside it'),
    column(
      'inner_cost',
      'decimal',
      'What they come to; null without any, and where it is not in effect',
      true,
    ),
    column(
      'difference_cost',
      'decimal',
      'budget_cost - inner_cost: what is not handed on; below 0: too much is',
      true,
    ),
    column('state', 'text', 'in effect: variance is measured against it; or not in effect'),
    column('driver', 'text', 'Business driver that it flexes with', true),
    column('planned_volume', 'decimal', 'Planned units of the driver', true),
    column('approval', 'text', 'none, approved, or changed since it was approved'),
    column('approved_by', 'text', 'Who approved the version', true),
    column('approved_at', 'instant', 'When', true),
    column('approval_note', 'text', 'What they said of it', true),
  ],
  key: ['budget_id'],
  defaultSort: '-billing_period',
  defaultFilters: { state: ['in effect'] },
  tableColumns: [
    'billing_period',
    'version',
    'scope',
    'billing_currency',
    'budget_cost',
    'inner_count',
    'inner_cost',
    'difference_cost',
    'approval',
  ],
};

/** What each version of the budget changed. */
export const BUDGET_CHANGES: RecordDefinition = {
  name: 'budgets/diff',
  model: 'budget_changes',
  summary: 'What each budget version changed of the version in effect before it',
  columns: [
    column('change_id', 'text', 'Version, month, scope and currency'),
    column('from_version', 'text', 'Version in effect before'),
    column('to_version', 'text', 'Version that changed it'),
    column('billing_period', 'text', 'Billing month'),
    column('scope', 'text', 'What the budget is for'),
    column('cost_center', 'text', 'Cost centre of the scope'),
    column('billing_currency', 'text', 'Currency of the amounts'),
    column('change', 'text', 'added, removed or changed'),
    column('from_cost', 'decimal', 'Budget before; 0 where there was none'),
    column('to_cost', 'decimal', 'Budget after; 0 where there is none'),
    column('change_cost', 'decimal', 'to_cost - from_cost'),
  ],
  key: ['change_id'],
  defaultSort: 'billing_period',
  totals: ['from_cost', 'to_cost', 'change_cost'],
  tableColumns: [
    'billing_period',
    'from_version',
    'to_version',
    'scope',
    'billing_currency',
    'change',
    'from_cost',
    'to_cost',
    'change_cost',
  ],
};
