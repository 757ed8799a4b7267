import { date, decimal, number, text } from './columns.ts';
import type { RecordColumn, RecordDefinition } from './definition.ts';

/** Savings Plans and reservations as the bill shows them, over the last 30 complete days. */
export const COMMITMENTS: RecordDefinition = {
  name: 'commitments',
  model: 'commitments',
  summary: 'Savings Plans and reservations: use, waste, saving and when they end',
  key: ['id', 'billing_account_id', 'billing_currency'],
  defaultSort: 'earliest_end_date',
  defaultFilters: { status: ['active', 'expiring'] },
  totals: ['used_cost', 'unused_cost', 'on_demand_cost', 'saving_cost'],
  tableColumns: [
    'id',
    'status',
    'end_date',
    'earliest_end_date',
    'hourly_cost',
    'utilisation_ratio',
    'unused_cost',
    'saving_cost',
    'billing_currency',
  ],
  columns: [
    text('id', 'As in the bill'),
    text('kind', 'savings_plan, reservation or other'),
    { ...text('status', 'active, expiring or ended'), values: ['active', 'expiring', 'ended'] },
    text('billing_account_id', 'Account that pays'),
    text('billing_currency', 'Of the costs'),
    date('start_date', 'Null: not known', true),
    date('end_date', 'Exclusive; null: not known', true),
    date(
      'earliest_end_date',
      'A year after it was first charged, or three where it outlived that; where the end is not known',
      true,
    ),
    { ...text('term_source', 'configuration, purchase or first charge; null: not known'), isNullable: true },
    {
      ...decimal('hourly_cost', 'What is paid an hour; null: not charged in the last 30 days'),
      isNullable: true,
    },
    decimal('used_cost', 'Of 30 days'),
    decimal('unused_cost', 'Paid for and not used'),
    decimal('on_demand_cost', 'What the used part would have cost without it, at negotiated prices'),
    decimal('saving_cost', 'on_demand_cost - used_cost - unused_cost'),
    number('utilisation_ratio', 'used / (used + unused)'),
    number('discount_ratio', '1 - used / on demand'),
    { name: 'months', type: 'json', isNullable: false, description: 'Used and unused cost of 13 months' },
  ],
};

/** What buying a Compute Savings Plan would do, by the percentile of the demand that it commits to. */
export const COMMITMENT_PURCHASES: RecordDefinition = {
  name: 'commitments/purchases',
  aliases: ['commitment-purchases'],
  model: 'commitment_purchases',
  summary: 'Compute Savings Plans to buy: saving, break-even, and regret if demand falls',
  key: ['billing_account_id', 'billing_currency', 'percentile'],
  tableColumns: [
    'billing_account_id',
    'percentile',
    'is_recommended',
    'hourly_commitment_cost',
    'saving_cost',
    'saving_down_20_cost',
    'saving_down_40_cost',
    'largest_regret_cost',
    'utilisation_ratio',
    'coverage_ratio',
  ],
  columns: [
    text('billing_account_id', 'Account that pays'),
    text('billing_currency', 'Of the costs'),
    { name: 'percentile', type: 'count', isNullable: false, description: 'Of the hourly demand' },
    flag('is_recommended', 'Its largest regret is the smallest'),
    decimal('hourly_commitment_cost', 'To commit to, an hour, at the discounted price'),
    decimal('demand_cost', 'Compute of 30 days that nothing covers, at on-demand prices'),
    decimal('saving_cost', 'Of 30 days if demand stays'),
    decimal('saving_down_20_cost', 'Of 30 days if demand falls by 20 %'),
    decimal('saving_down_40_cost', 'Of 30 days if demand falls by 40 %'),
    decimal('regret_cost', 'What the best choice would save more, if demand stays'),
    decimal('regret_down_20_cost', 'The same, if demand falls by 20 %'),
    decimal('regret_down_40_cost', 'The same, if demand falls by 40 %'),
    decimal('largest_regret_cost', 'The largest of the three'),
    number('utilisation_ratio', 'How much of it would be used'),
    number('break_even_utilisation_ratio', 'Below it the plan costs more than it saves'),
    number('coverage_ratio', 'Share of demand that it would cover'),
    number('discount_ratio', 'Off the on-demand price'),
    text('discount_source', 'bill or configuration'),
    text('granularity', 'hourly, or daily where the bill does not tell hours'),
    { name: 'hour_count', type: 'count', isNullable: false, description: 'Hours of demand looked at' },
  ],
};

function flag(name: string, description: string): RecordColumn {
  return { name, type: 'flag', isNullable: false, description };
}
