import { expect, it } from 'vitest';
import { listKeptDays } from '../../analytics/jobs/finding-history.ts';

it('of the days of runs the newest two months stay, and before them the last of each month', () => {
  const recent = ['2026-09-20', '2026-10-05', '2026-11-20'];
  // The run of the first of a month is as of the month before.
  const last = ['2026-06-01', '2026-08-31', '2026-09-01'];
  const gone = ['2026-05-31', '2026-08-10'];
  expect([...listKeptDays([...gone, ...recent, ...last])].sort()).toEqual([
    '2026-06-01',
    '2026-09-01',
    '2026-09-20',
    '2026-10-05',
    '2026-11-20',
  ]);
});
