import { describe, expect, it } from 'vitest';
import { describeGrowth } from '../../analytics/forecast/growth.ts';
import { createRandom } from '../../analytics/forecast/random.ts';

function make(level: (day: number) => number, { noise = 0.5, length = 90, seed = 1 } = {}): Float64Array {
  const random = createRandom(seed);
  return Float64Array.from({ length }, (_, day) => level(day) + noise * random.normal());
}

describe('growth', () => {
  it('since a bend, where there is one', () => {
    const growth = describeGrowth(make((day) => 40 + 0.6 * Math.max(0, day - 45)));
    expect(growth.isClear).toBe(true);
    expect(growth.slope).toBeCloseTo(0.6, 1);
    expect(Math.abs(growth.since - 45)).toBeLessThanOrEqual(4);
    expect(growth.level).toBeCloseTo(40 + 0.6 * 44, 0);
  });

  it('since the first value, where it is one line', () => {
    const growth = describeGrowth(make((day) => 40 + 0.3 * day));
    expect(growth).toMatchObject({ isClear: true, since: 0 });
    expect(growth.slope).toBeCloseTo(0.3, 1);
  });

  it('is none in noise, nor in a week that repeats', () => {
    const clear = Array.from({ length: 40 }, (_, seed) =>
      describeGrowth(make((day) => 40 + (day % 7 > 4 ? -5 : 0), { seed: seed + 1 })),
    ).filter(({ isClear }) => isClear);
    expect(clear.length).toBeLessThanOrEqual(2);
  });

  it('gaps do not matter, and few values say nothing', () => {
    const values = make((day) => 40 + 0.3 * day);
    values.fill(Number.NaN, 20, 35);
    expect(describeGrowth(values).slope).toBeCloseTo(0.3, 1);
    expect(describeGrowth(Float64Array.of(1, 2, 3)).isClear).toBe(false);
    expect(describeGrowth(new Float64Array(0)).isClear).toBe(false);
  });
});
