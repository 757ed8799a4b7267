import { expect, it } from 'vitest';
import { type ComparedCosts, explainCostExplorer } from '../../analytics/jobs/explain-cost-explorer.ts';

const row = (changes: Partial<ComparedCosts> = {}): ComparedCosts => ({
  period: '2026-10',
  account_id: 'A',
  service_name: 'Amazon S3',
  billing_currency: 'USD',
  difference_billed_cost: '-5',
  difference_effective_cost: '-5',
  tax_cost: '0',
  credits_cost: '0',
  told_days: 31,
  charged_days: 31,
  is_estimated: false,
  status: 'differs',
  ...changes,
});
const equal = row({
  account_id: 'B',
  difference_billed_cost: '0',
  difference_effective_cost: '0',
  status: 'equal',
});
const only = 'only in charges' as const;

it.each<[string, ComparedCosts[], string | null]>([
  ['equal', [equal], null],
  ['below the tolerance', [{ ...equal, difference_billed_cost: '0.004' }], 'rounding'],
  ['tax', [row({ tax_cost: '5' })], 'tax is in the charges and not in what Cost Explorer told'],
  ['credits', [row({ credits_cost: '5' })], 'credits are in the charges and not in what Cost Explorer told'],
  [
    'both',
    [row({ tax_cost: '8', credits_cost: '-3' })],
    'tax and credits are in the charges and not in what Cost Explorer told',
  ],
  ['no month', [row({ status: only })], 'missing month: Cost Explorer told nothing of it'],
  ['no day', [row({ status: only, period: '2026-10-03' })], 'missing day: Cost Explorer told nothing of it'],
  ['no account', [row({ status: only }), equal], 'missing account: Cost Explorer told nothing of it'],
  [
    'no charges',
    [row({ status: 'only in cost explorer' }), equal],
    'missing account: no charges of it are imported',
  ],
  [
    'currency',
    [row({ status: only }), row({ status: 'only in cost explorer', billing_currency: 'EUR' })],
    'different currency: Cost Explorer tells it in EUR',
  ],
  [
    'names',
    [row(), row({ service_name: 'S3', difference_billed_cost: '5' })],
    'services are named otherwise: the account agrees',
  ],
  [
    'tax as a service',
    [
      row({ service_name: 'Tax', status: 'only in cost explorer', difference_billed_cost: '9' }),
      row({ tax_cost: '7' }),
    ],
    'tax: charges have 7 of it with the services',
  ],
  ['days', [row({ told_days: 30 })], 'missing days: Cost Explorer told 30 of the 31 charged'],
  [
    'charged days',
    [row({ charged_days: 3 })],
    'missing days: 3 of the 31 that Cost Explorer told are charged',
  ],
  ['estimated', [row({ is_estimated: true })], 'estimated: AWS may still change the days'],
  ['amortisation', [row({ difference_billed_cost: '0' })], 'amortised otherwise: the billed costs agree'],
  [
    'one service',
    [row({ status: only }), row({ service_name: 'x', difference_billed_cost: '1' })],
    'missing service: Cost Explorer told nothing of it',
  ],
  ['nothing known', [row()], 'unknown'],
])('%s', (_, rows, cause) => {
  expect(explainCostExplorer(rows, '0.01')[0]).toBe(cause);
});
