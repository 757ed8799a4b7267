import { expect, it } from 'vitest';
import { InputError } from '../../analytics/errors.ts';
import { listHolidays } from '../../analytics/forecast/holidays.ts';

it('lists the public holidays of a country and of its states', () => {
  const american = listHolidays('US', 2026, 2027);
  for (const date of ['2026-12-25', '2026-11-26', '2027-01-01']) expect(american.has(date)).toBe(true);
  expect(american.has('2026-11-24')).toBe(false);
  expect(listHolidays('DE', 2026, 2026).has('2026-06-04')).toBe(false);
  expect(listHolidays('DE-BY', 2026, 2026).has('2026-06-04')).toBe(true);
});

it('a country that does not exist is the caller’s mistake', () => {
  expect(() => listHolidays('XX', 2026, 2026)).toThrow(InputError);
});
