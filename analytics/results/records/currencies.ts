import { decimal, number, text } from './columns.ts';
import type { RecordDefinition } from './definition.ts';

/** What bills in other currencies come to, and at which rates. */
export const CURRENCIES: RecordDefinition = {
  name: 'currencies',
  model: 'currency_costs',
  summary:
    'Cost by month and currency of the bill, with the rate that converts it; what has no rate is named',
  columns: [
    text('currency_key', 'Month and currency of the bill'),
    text('billing_period', 'Billing month'),
    text('bill_currency', 'Currency of the bill'),
    text('billing_currency', 'Currency that it counts in in variance/converted'),
    {
      ...text('conversion', 'At which rate; at the budget rate: no actual rate yet'),
      values: ['reporting currency', 'at the actual rate', 'at the budget rate', 'no rate'],
    },
    number('actual_rate', 'Actual rate of the month in fx.csv'),
    number('budget_rate', 'Budget rate of the month, or of the newest month before it'),
    decimal('bill_billed_cost', 'Billed cost in the currency of the bill'),
    decimal('bill_effective_cost', 'Effective cost in the currency of the bill'),
    decimal('billed_cost', 'Billed cost in the currency that it counts in, rounded once'),
    decimal('effective_cost', 'Effective cost in the currency that it counts in, rounded once'),
  ],
  key: ['currency_key'],
  defaultSort: '-billing_period',
  totals: ['billed_cost', 'effective_cost'],
  tableColumns: [
    'billing_period',
    'bill_currency',
    'billing_currency',
    'conversion',
    'actual_rate',
    'budget_rate',
    'bill_billed_cost',
    'billed_cost',
    'effective_cost',
  ],
};
