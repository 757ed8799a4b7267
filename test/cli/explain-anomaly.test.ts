import { expect, it } from 'vitest';
import type { RecordRow } from '../../analytics/results/records/query.ts';
import { formatExplanation } from '../../cli/explain-anomaly.ts';

const cause = (text: string, amount: string, change: string | null) => ({
  ...{ text, amount, quantity_amount: amount, price_amount: '0', where: {}, change, resources: [] },
});
/** 10 a day, 30 on the 3rd; the 1st is beyond its band, too, as it is any day. */
const series = ['01', '02', '03', '04'].map((day) => ({
  date: `2026-10-${day}`,
  value: day === '03' ? 30 : day === '01' ? 12 : 10,
  ...{ expected: 10, low: 9, high: 11 },
}));
const ROW = {
  ...{ id: 'a1', status: 'closed', severity: 'low', kind: 'spike', revision: 1, measure: 'cost' },
  ...{ title: 'T', reason: 'R', next_step: 'N', confidence: 1, billing_currency: 'USD', feedback: null },
  ...{ began_at: null, started_on: '2026-10-03', ended_on: '2026-10-03', excess_cost: '20.00003' },
  ...{ observed_cost: '30', expected_cost: '9.99997', excess_per_day_cost: '20.00003' },
  causes: [cause('3.0 times the usual use', '20', 'more_usage'), cause('everything else', '0.00003', null)],
  evidence: { series_name: 'S', unit: 'USD', also_in: [], series },
} as unknown as RecordRow;

it('an explanation marks the days of the incident only, and leaves out what comes to nothing', () => {
  const text = formatExplanation(ROW);
  expect(text).toContain('unusual     +\n');
  expect(text).toContain('3.0 times the usual use');
  expect(text).not.toContain('everything else');
  const ongoing = formatExplanation({ ...ROW, started_on: '2026-10-01', ended_on: null });
  expect(ongoing).toContain('unusual   + +\n');
});
