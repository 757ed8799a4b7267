import { expect, it } from 'vitest';
import { describeSpan, formatDay, formatPercent } from '../../analytics/jobs/capacity-forecast/words.ts';
import { addDays } from '../../analytics/sources/days.ts';

const AS_OF = '2026-11-23';

it.each([
  ['2027-01-03', '2027-01-29', 'between 3 and 29 January'],
  ['2026-12-28', '2027-01-14', 'between 28 December and 14 January'],
  ['2027-01-14', '2027-01-14', 'on 14 January'],
  ['2026-12-01', '2027-11-30', 'between 1 December and 30 November 2027'],
])('from %s to %s', (from, to, words) => {
  expect(describeSpan(from, to, AS_OF)).toBe(words);
});

it('days are counted over months and years', () => {
  expect(addDays('2026-12-30', 3)).toBe('2027-01-02');
  expect(formatDay(addDays(AS_OF, -103), AS_OF)).toBe('12 August');
});

it.each([
  [0.8, 0, '80 %'],
  [0.0138, 1, '1.4 %'],
  [0.02, 1, '2 %'],
  [0.004, 0, '0.4 %'],
  [0.0001, 1, 'less than 0.1 %'],
  [0, 0, '0 %'],
])('%d with %d decimals is %s', (ratio, decimals, words) => {
  expect(formatPercent(ratio, decimals)).toBe(words);
});
