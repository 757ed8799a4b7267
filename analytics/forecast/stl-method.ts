// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { memoizeByArray } from './memoize.ts';
import type { Method } from './method.ts';
import { decomposeMstl, type StlOptions } from './stl.ts';

/**
 * Methods on a history without its seasons (STL for one period, MSTL for several), and the last cycle of each season put
 * back; they share the decomposition. Hyndman, R. J. and Athanasopoulos, G. (2021), Forecasting: Principles and Practice,
 * 3rd ed., section 5.7.
 */
export function stlMethods(
  methods: readonly Method[],
  periods: readonly number[],
  options: StlOptions = {},
): Method[] {
  const decompose = memoizeByArray((y) => decomposeMstl(y, periods, options));
  return methods.map((method) => ({
    name: `${periods.length > 1 ? 'mstl' : 'stl'}-${method.name}`,
    minimumLength: 2 * Math.min(...periods) + 1,
    fit(history) {
      const inner = method.fit(decompose(history).adjusted);
      return {
        forecast(y, horizon) {
          const parts = decompose(y);
          const out = inner.forecast(parts.adjusted, horizon);
          for (const [j, period] of parts.periods.entries()) {
            const season = parts.seasonals[j]!;
            for (let k = 0; k < horizon; k++) out[k]! += season[y.length - period + (k % period)]!;
          }
          return out;
        },
      };
    },
  }));
}
