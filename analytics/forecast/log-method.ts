import { memoizeByArray } from './memoize.ts';
import type { Method } from './method.ts';
import { median } from './numeric.ts';

/** A forecast in logarithms moves at most this far from the range of the last values: a factor of about 2.7. */
const MAXIMUM_LOG_MOVE = 1;
/** Values below this share of the median are raised to it: their logarithm would swamp all others. */
const LOG_FLOOR_RATIO = 0.02;

/** Whether logarithms serve: every value is positive and none is vanishing beside the median. */
export function isLogSafe(y: Float64Array): boolean {
  const low = y.reduce((a, b) => Math.min(a, b), Infinity);
  return low > 0 && low > LOG_FLOOR_RATIO * median(y);
}

/**
 * The methods on logarithms, so that growth and season are in percent, clamped: an exponent that runs away is the known
 * way for such a forecast to fail. A history that is not safe for logarithms is taken as it is.
 */
export function logMethods(methods: readonly Method[]): Method[] {
  const toLog = memoizeByArray((y) => {
    const floor = LOG_FLOOR_RATIO * median(y);
    return y.map((value) => Math.log(Math.max(value, floor)));
  });
  const isSafe = memoizeByArray(isLogSafe);
  return methods.map((method) => ({
    name: `log-${method.name}`,
    minimumLength: method.minimumLength,
    fit(history) {
      if (!isSafe(history)) return method.fit(history);
      const inner = method.fit(toLog(history));
      return {
        forecast(y, horizon) {
          const logs = toLog(y);
          const recent = logs.subarray(-Math.max(2 * horizon, 30));
          const low = recent.reduce((a, b) => Math.min(a, b)) - MAXIMUM_LOG_MOVE;
          const high = recent.reduce((a, b) => Math.max(a, b)) + MAXIMUM_LOG_MOVE;
          const clamp = (value: number) => Math.exp(Math.min(high, Math.max(low, value)));
          return inner.forecast(logs, horizon).map(clamp);
        },
      };
    },
  }));
}
