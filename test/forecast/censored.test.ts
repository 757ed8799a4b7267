// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imputeCensored } from '../../analytics/forecast/censored.ts';
import { fitLine } from '../../analytics/forecast/numeric.ts';
import { createRandom } from '../../analytics/forecast/random.ts';

const CEILING = 100;

function makeLoad(slope: number, seed = 1) {
  const random = createRandom(seed);
  const demand = Float64Array.from({ length: 56 }, (_, i) => 90 + slope * (i - 28) + 4 * random.normal());
  const seen = demand.map((value) => Math.min(CEILING, value));
  return { demand, seen, isCensored: (i: number) => seen[i]! >= CEILING };
}

describe('values at a ceiling', () => {
  it('come nearer to what they would have been, in level and in slope', () => {
    let [better, count] = [0, 0];
    for (let seed = 1; seed <= 20; seed++) {
      const { demand, seen, isCensored } = makeLoad(0.5, seed);
      const imputed = imputeCensored(seen, isCensored);
      const off = (values: Float64Array) => Math.abs(fitLine(values).slope - fitLine(demand).slope);
      better += off(imputed) < off(seen) ? 1 : 0;
      count++;
    }
    expect(better / count).toBeGreaterThan(0.8);
  });

  it('are at least what was seen; others stay', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -0.5, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 999 }),
        (slope, seed) => {
          const { seen, isCensored } = makeLoad(slope, seed);
          const imputed = imputeCensored(seen, isCensored);
          imputed.forEach((value, i) => {
            if (isCensored(i)) expect(value).toBeGreaterThanOrEqual(seen[i]!);
            else expect(value).toBe(seen[i]);
          });
        },
      ),
    );
  });

  it('stay where nearly everything is at the ceiling, and gaps stay gaps', () => {
    const flat = new Float64Array(30).fill(CEILING);
    expect(imputeCensored(flat, () => true)).toEqual(flat);
    const { seen, isCensored } = makeLoad(0.3);
    seen[5] = Number.NaN;
    expect(imputeCensored(seen, isCensored)[5]).toBeNaN();
  });
});
