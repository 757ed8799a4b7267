import { expect, it } from 'vitest';
import { ANOMALIES } from '../../../analytics/results/records/anomalies.ts';
import { parseRecordRequest } from '../../../analytics/results/records/request.ts';

it('what an incident can never be is refused as a filter, and named', () => {
  for (const [name, value] of [
    ['status', 'foo'],
    ['severity', 'urgent'],
    ['kind', 'spikes'],
    ['measure', 'price'],
    ['direction', 'sideways'],
    ['feedback', 'good'],
  ] as const) {
    expect(() => parseRecordRequest(ANOMALIES, [[name, value]])).toThrow(`${name} is never '${value}'`);
    expect(parseRecordRequest(ANOMALIES, [[name, 'all']]).filters.has(name)).toBe(false);
  }
  const { filters } = parseRecordRequest(ANOMALIES, [
    ['status', 'closed'],
    ['kind', 'free_tier_ended'],
  ]);
  expect(filters.get('status')).toEqual(new Set(['closed']));
});
