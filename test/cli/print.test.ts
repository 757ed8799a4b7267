import { expect, it } from 'vitest';
import { RESULTS } from '../../analytics/results/catalog.ts';
import { COMMITMENTS } from '../../analytics/results/records/commitments.ts';
import { listShownColumns } from '../../analytics/results/records/definition.ts';
import type { RecordAnswer, RecordRow } from '../../analytics/results/records/query.ts';
import { SCORECARD } from '../../analytics/results/records/scorecard.ts';
import { formatAnswer } from '../../cli/print-answer.ts';
import { formatRecords } from '../../cli/print-records.ts';
import { formatAmount, formatRatio } from '../../cli/print-table.ts';
import { TABLE_COLUMNS } from '../../cli/table-columns.ts';

it('rounds money to cents, and nothing reads as less than nothing', () => {
  expect(['1234.5', '0.00000056', '-0.00000006', '-0.005', '0'].map(formatAmount)).toEqual([
    '1,234.50',
    '0.00',
    '0.00',
    '-0.01',
    '0.00',
  ]);
  expect([-0.0001, 0.105, -1].map(formatRatio)).toEqual(['0.0 %', '10.5 %', '-100.0 %']);
});

const answer = (rows: RecordRow[]): RecordAnswer => ({
  result: 'any',
  version: 'v',
  as_of: '2026-11-10',
  rows,
  control: { is_reconciled: true, totals: [] },
  page: { number: 1, size: rows.length, rows: rows.length, pages: 1 },
});

it('shows the currency effect of a budget beside the other parts of the variance, where there is one', () => {
  const amounts = { volume_variance_cost: '72.78', rate_efficiency_variance_cost: '24.09' };
  const print = (budget_currency_cost: string) =>
    formatAnswer(
      {
        result: 'variance',
        version: 'v',
        as_of: '2026-11-10',
        month: '2026-10',
        by: ['team'],
        cost_basis: 'effective',
        currency: 'USD',
        rows: [{ team: 'a', billing_currency: 'USD', budget_currency_cost, ...amounts }],
        control: { is_reconciled: true, totals: [] },
        page: { number: 1, size: 1, rows: 1, pages: 1 },
      },
      RESULTS.variance.columns,
      { only: TABLE_COLUMNS.variance },
    );
  expect(print('126.01')).toMatch(/budget_currency_cost.*126\.01/s);
  expect(print('0')).not.toContain('budget_currency_cost');
});

it('prints ratios of the scorecard in percent, and days as they are', () => {
  const columns = listShownColumns(SCORECARD);
  const levels = { watch: 0.1, previous: 0.122468, mean_before: 0.09 };
  const rows = [
    { unit: 'ratio', value: 0.113457, target: 0.05, ...levels },
    { unit: 'days', value: 1, target: 2, previous: null, mean_before: null },
  ];
  const text = formatRecords(answer(rows), columns, {
    only: ['value', 'target', 'previous', 'mean_before'],
  });
  expect(text).toMatch(/11\.3 % +5\.0 % +12\.2 % +9\.0 %\n +1 +2\n/);
});

it('keeps prices an hour, which are below a cent', () => {
  const columns = listShownColumns(COMMITMENTS).filter(({ name }) => name === 'hourly_cost');
  const text = formatRecords(answer([{ hourly_cost: '0.0053' }]), columns);
  expect(text).toContain('0.0053');
});
