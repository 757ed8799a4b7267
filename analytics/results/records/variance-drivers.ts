import { column, date } from './columns.ts';
import type { RecordDefinition } from './definition.ts';

/** What moved each month, in words. */
export const VARIANCE_DRIVERS: RecordDefinition = {
  name: 'variance/drivers',
  aliases: ['drivers'],
  model: 'variance_drivers',
  summary: 'What moved each month most, by product and owner, in words; the rows add up to the change',
  columns: [
    column('driver_id', 'text', 'Month, comparison, currency and rank'),
    column('billing_period', 'text', 'Billing month'),
    column(
      'comparison',
      'text',
      'What the month is compared with: prior_month, prior_year, budget or forecast',
    ),
    column(
      'base_period',
      'text',
      'The month it is compared with; of a budget or forecast: the month before, which tells why',
    ),
    column('driver_rank', 'count', 'From 1; 51 is what is not among the 50 largest'),
    column(
      'service_name',
      'text',
      "The provider's product; '(all)' against a budget or forecast, '(other)' in the rest",
    ),
    column('service', 'text', 'Business service or application'),
    column('team', 'text', 'Team that owns the cost'),
    column('cost_center', 'text', 'Cost centre that pays'),
    column('owner', 'text', 'Person or group to ask'),
    column('sub_account_id', 'text', 'Account that used the resources'),
    column('billing_currency', 'text', 'Currency of the amounts'),
    column('base_cost', 'decimal', 'Cost of the base month, the budget or the forecast'),
    column('change_cost', 'decimal', 'actual_cost - base_cost'),
    column('actual_cost', 'decimal', 'Cost of the month'),
    column('change_ratio', 'number', 'change_cost / base_cost; null where the base is not above 0', true),
    date(
      'changed_on',
      'Since the month before: first day on which the quantity was at its new level; null where no single day is clear',
      true,
    ),
    date('changed_until', 'The last such day; null where the quantity stayed there', true),
    column(
      'changed_ratio',
      'number',
      'Quantity a day then / on the other days - 1; null where they have none',
      true,
    ),
    date('forecast_as_of_date', 'Of a forecast: the day as of which it stands', true),
    column(
      'forecast_kind',
      'text',
      'forecast: made that day; backtest: made later from the charges up to that day',
      true,
    ),
    column('sentence', 'text', 'What changed, by how much, and why'),
    column('parts', 'json', 'The parts of the change that are not zero, as decimal text'),
    column('group_count', 'count', 'How many products and owners the row stands for'),
  ],
  key: ['driver_id'],
  defaultSort: '-billing_period',
  defaultFilters: { comparison: ['prior_month'] },
  tableColumns: [
    'billing_period',
    'driver_rank',
    'cost_center',
    'owner',
    'change_cost',
    'change_ratio',
    'sentence',
  ],
};
