import { decimal, text } from './columns.ts';
import type { RecordDefinition } from './definition.ts';

/** What changed in months after they were closed. */
export const RESTATEMENTS: RecordDefinition = {
  name: 'closes/restatements',
  aliases: ['restatements'],
  model: 'restatements',
  summary: 'What changed in months after they were closed, and into which open month it is booked',
  columns: [
    text('restatement_id', 'Month, entry and line'),
    text('billing_period', 'The closed month'),
    { name: 'sequence', type: 'count', isNullable: false, description: 'Entry of the journal, from 1' },
    {
      name: 'recorded_at',
      type: 'instant',
      isNullable: false,
      description: 'When a run first saw the change',
    },
    {
      name: 'known_as_of_date',
      type: 'date',
      isNullable: false,
      description: 'As of which day that run was',
    },
    text('booked_period', 'The first open month after it, into which the change is booked'),
    {
      ...text(
        'cause',
        'delivery: of the bill; configuration: the same bill is allocated otherwise, all entries of the close together, by owner',
      ),
      values: ['delivery', 'configuration'],
    },
    text('delivery_ids', 'The deliveries that the month came from then; empty where none changed it'),
    { name: 'delivered_at', type: 'instant', isNullable: true, description: 'When the newest of them came' },
    text('source', "Data source as named at import; it and the next three are '(all)' of a configuration"),
    text('billing_account_id', 'Billing (payer) account'),
    text('service_name', "The provider's product"),
    text('charge_category', 'Usage, Purchase, Tax, Credit or Adjustment'),
    text('team', 'Team that owns the cost'),
    text('cost_center', 'Cost centre that pays'),
    text('billing_currency', 'Currency of the amounts'),
    decimal('billed_cost', 'Change of the billed cost'),
    decimal('effective_cost', 'Change of the effective cost'),
    decimal('list_cost', 'Change of the list cost'),
    decimal('contracted_cost', 'Change of the contracted cost'),
  ],
  key: ['restatement_id'],
  defaultSort: '-recorded_at',
  totals: ['billed_cost', 'effective_cost'],
  tableColumns: [
    'billing_period',
    'sequence',
    'booked_period',
    'cause',
    'delivered_at',
    'service_name',
    'charge_category',
    'team',
    'cost_center',
    'billed_cost',
    'effective_cost',
  ],
};
