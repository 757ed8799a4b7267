// biome-ignore-all lint/style/noNonNullAssertion: a value that is missing fails the test
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CapacityForecast,
  type CapacityOptions,
  forecastCapacity,
  type PooledSeries,
} from '../../analytics/forecast/capacity-forecast.ts';
import { createRandom } from '../../analytics/forecast/random.ts';

function makeSeries(id: string, slope: number, length = 120): PooledSeries {
  const random = createRandom(id.length * 31 + Math.round(slope * 1000));
  const values = Array.from({ length }, (_, i) => 50 + slope * (i - length) + 0.8 * random.normal());
  return { id, frequency: 'daily', pool: 'cpu', values, threshold: 80 };
}

async function collect(series: readonly PooledSeries[], options: CapacityOptions = {}) {
  const found: CapacityForecast[] = [];
  for await (const forecast of forecastCapacity(() => series, options)) found.push(forecast);
  return found;
}

const slopes = [-0.05, 0, 0.1, 0.2, 0.3, 0.5];
const all = slopes.map((slope, i) => makeSeries(`disk-${i}`, slope));

describe('capacity of many series', () => {
  it('gives the load ahead around the line on which it grows', async () => {
    const [{ levels, exhaustion } = { levels: [], exhaustion: undefined }] = await collect([
      makeSeries('a', 0.3),
    ]);
    const [median, high] = levels;
    expect(median?.probability).toBe(0.5);
    expect(median?.values).toHaveLength(90);
    expect(Math.abs(median!.values[59]! - 68)).toBeLessThan(5);
    expect(high!.values[59]!).toBeGreaterThan(median!.values[59]!);
    expect(exhaustion).toMatchObject({ state: 'forecast' });
  });

  it('percentiles are in order, the chance does not fall with time, and dates are in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: -0.1, max: 0.6, noNaN: true }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 30, max: 200 }),
        async (given, length) => {
          const series = given.map((slope, i) => makeSeries(`s-${i}`, slope, length));
          for (const { levels, exhaustion } of await collect(series, {
            probabilities: [0.05, 0.5, 0.8, 0.95],
          })) {
            for (let k = 0; k < 90; k++) {
              const ahead = levels.map(({ values }) => values[k]!);
              expect(ahead).toEqual([...ahead].sort((a, b) => a - b));
            }
            if (exhaustion.state !== 'forecast') continue;
            const chances = exhaustion.probabilities.map(({ probability }) => probability);
            expect(chances).toEqual([...chances].sort((a, b) => a - b));
            const { low, median, high } = exhaustion;
            const dates = [low, median, high].map((day) => day ?? Number.POSITIVE_INFINITY);
            expect(dates).toEqual([...dates].sort((a, b) => a - b));
          }
        },
      ),
      { numRuns: 8 },
    );
  });

  it('is the same by seed, whatever the order, and on threads', async () => {
    const once = await collect(all, { seed: 4 });
    expect(await collect(all, { seed: 4 })).toEqual(once);
    expect(await collect(all.toReversed(), { seed: 4 })).toEqual(once.toReversed());
    expect(await collect(all, { seed: 4, threads: 2 })).toEqual(once);
  });

  it('a series says why it cannot be forecast, and disturbs no other', async () => {
    const bad: PooledSeries[] = [
      { ...makeSeries('none', 0.1), threshold: null },
      { ...makeSeries('short', 0.1), values: [1, 2, 3] },
    ];
    const [first, second, ...rest] = await collect([...bad, ...all]);
    expect(first).toMatchObject({
      exhaustion: { state: 'unknown', reason: 'its limit is not known' },
      levels: [],
    });
    expect(second?.exhaustion).toMatchObject({ state: 'unknown' });
    expect(rest).toEqual(await collect(all));
  });

  it('learns from like series first: a quiet pool is not widened by a wild one', async () => {
    const pool = (name: string, size: number) =>
      Array.from({ length: 40 }, (_, i) => {
        const random = createRandom(i + size);
        let level = 50;
        const values = Array.from({ length: 120 }, () => {
          level += size * random.normal() ** 3;
          return level + random.normal();
        });
        return { ...makeSeries(`${name}-${i}`, 0), pool: name, values, threshold: 1000 };
      });
    const quiet = pool('quiet', 0);
    const alone = await collect(quiet);
    const mixed = await collect([...quiet, ...pool('wild', 0.5)]);
    expect(mixed.slice(0, 40)).toEqual(alone);
  });
});
