import { expect, test } from 'vitest';
import { addMonths, countMonths, isMonth, startOfFiscalYear } from '../../analytics/results/months.ts';

test('months are counted across years', () => {
  expect(addMonths('2026-01', -1)).toBe('2025-12');
  expect(addMonths('2025-11', 14)).toBe('2027-01');
  expect(countMonths('2025-11', '2026-02')).toBe(4);
});

test.each([
  ['2026-10', 1, '2026-01'],
  ['2026-10', 4, '2026-04'],
  ['2026-03', 4, '2025-04'],
  ['2026-04', 4, '2026-04'],
  ['2026-11', 12, '2025-12'],
])('the fiscal year of %s that begins in month %i begins in %s', (month, start, expected) => {
  expect(startOfFiscalYear(month, start)).toBe(expected);
});

test.each(['2026-13', '2026-00', '26-01', '2026-1', '2026-01-01', ''])('%s is not a month', (text) => {
  expect(isMonth(text)).toBe(false);
});
