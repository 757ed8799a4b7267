// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import type { Method } from './method.ts';
import { fitLine } from './numeric.ts';

/** The last value, carried on. */
export const NAIVE: Method = {
  name: 'naive',
  minimumLength: 1,
  fit: () => ({
    forecast: (y, horizon) => new Float64Array(horizon).fill(y[y.length - 1]!),
  }),
};

/** The last season, repeated; with a history shorter than a season, the last value. */
export function seasonalNaive(period: number): Method {
  return {
    name: 'seasonal-naive',
    minimumLength: period,
    fit: () => ({
      forecast: (y, horizon) => {
        const lag = y.length >= period ? period : 1;
        return Float64Array.from({ length: horizon }, (_, k) => y[y.length - lag + (k % lag)]!);
      },
    }),
  };
}

/** The line through as many last values as the horizon, doubled, has periods: what people draw, as one method of many. */
export const DRIFT = driftMethod('drift', 2);
/** The same through the last half horizon: a change of slope shows sooner. */
export const RECENT_DRIFT = driftMethod('recent-drift', 0.5);

function driftMethod(name: string, horizons: number): Method {
  return {
    name,
    minimumLength: 3,
    fit: () => ({
      forecast(y, horizon) {
        const recent = y.subarray(-Math.max(7, Math.round(horizons * horizon)));
        const { intercept, slope } = fitLine(recent);
        return Float64Array.from({ length: horizon }, (_, k) => intercept + slope * (recent.length + k));
      },
    }),
  };
}
