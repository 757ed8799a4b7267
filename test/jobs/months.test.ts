import { describe, expect, it } from 'vitest';
import { chooseAsOf, describeMonths } from '../../analytics/jobs/months.ts';

describe('describeMonths', () => {
  it('a month is complete two days after its end', () => {
    expect(describeMonths(['2026-10'], '2026-11-02')[0]).toMatchObject({
      is_complete: false,
      complete_days: 30,
    });
    expect(describeMonths(['2026-10'], '2026-11-03')[0]).toMatchObject({
      is_complete: true,
      complete_days: 31,
      month_factor: '1.000000000',
    });
  });

  it('a running month is paced by the days that are complete', () => {
    expect(describeMonths(['2026-11'], '2026-11-17')[0]).toMatchObject({
      complete_until_date: '2026-11-15',
      complete_days: 14,
      days: 30,
      month_factor: '2.142857143',
    });
  });

  it('a month that has just begun has no pace', () => {
    expect(describeMonths(['2026-11'], '2026-11-01')[0]).toMatchObject({
      complete_days: 0,
      month_factor: '1',
    });
  });

  it('knows February', () => {
    expect(describeMonths(['2028-02', '2027-02'], '2030-01-01').map(({ days }) => days)).toEqual([28, 29]);
  });
});

describe('chooseAsOf', () => {
  it('is the day of the newest delivery, so a month that ended long before it is complete', () => {
    expect(chooseAsOf('2024-10-05', '2026-11-23')).toBe('2026-11-23');
  });
  it('is where the charges end when the files claim to be older', () => {
    expect(chooseAsOf('2024-10-01', '1970-01-01')).toBe('2024-10-01');
  });
});
