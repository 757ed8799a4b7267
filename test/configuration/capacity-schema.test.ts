import { describe, expect, it } from 'vitest';
import { capacitySchema } from '../../analytics/configuration/capacity-schema.ts';

describe('capacity:', () => {
  it('may be left out', () => {
    expect(capacitySchema.parse(undefined)).toEqual({
      horizon_days: 90,
      threshold_ratio: 0.8,
      quota_threshold_ratio: 0.8,
      percentiles: [5, 80],
      targets: [],
      groups: [],
    });
  });

  it.each([
    ['a threshold above the limit', { threshold_ratio: 1.2 }, 'threshold_ratio'],
    ['a unit without its cost', { targets: [{ next_unit: 'a node' }] }, 'next_unit and next_unit_cost'],
    [
      'two groups of one name',
      { groups: [0, 0].map(() => ({ name: 'a', tags: { b: 'c' } })) },
      "two groups 'a'",
    ],
    ['a group without a tag', { groups: [{ name: 'a', tags: {} }] }, 'names no tag'],
    ['a percentile that is none', { percentiles: [100] }, 'percentiles'],
    ['a mistyped key', { target: [] }, 'target'],
  ])('refuses %s', (_, capacity, message) => {
    expect(JSON.stringify(capacitySchema.safeParse(capacity).error?.issues)).toContain(message);
  });
});
