import { expect, it } from 'vitest';
import { COMMITMENTS } from '../../analytics/results/records/commitments.ts';
import { listShownColumns } from '../../analytics/results/records/definition.ts';
import { formatRecords } from '../../cli/print-records.ts';
import { formatAmount, formatRatio } from '../../cli/print-table.ts';

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

it('keeps prices an hour, which are below a cent', () => {
  const columns = listShownColumns(COMMITMENTS).filter(({ name }) => name === 'hourly_cost');
  const text = formatRecords(
    {
      result: 'commitments',
      version: 'v',
      as_of: '2026-11-10',
      rows: [{ hourly_cost: '0.0053' }],
      control: { is_reconciled: true, totals: [] },
      page: { number: 1, size: 1, rows: 1, pages: 1 },
    },
    columns,
  );
  expect(text).toContain('0.0053');
});
