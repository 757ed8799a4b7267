// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import type { Fit, Method } from './method.ts';

export type Backtest = {
  /** Lengths of the history at which a forecast was made, oldest first. */
  origins: number[];
  horizon: number;
  /** Forecasts by method and origin. */
  forecasts: Float64Array[][];
};

const MAXIMUM_ORIGINS = 6;
const MAXIMUM_HORIZON_RATIO = 0.25;
const MINIMUM_TRAINING = 6;
/** The first origin has at least this share of the history: parameters from less are no match for the final ones. */
const MINIMUM_TRAINING_RATIO = 0.4;

/**
 * Rolling-origin evaluation (Tashman, L. J., 2000, International Journal of Forecasting 16, 437-450): parameters are
 * estimated once, before the first origin, so that no forecast knows what it is judged by; states roll on.
 * No origins where the history is too short to hold any back.
 */
export function backtest(
  history: Float64Array,
  methods: readonly Method[],
  season: number,
  horizon: number,
): Backtest {
  const reach = Math.max(1, Math.min(horizon, Math.floor(history.length * MAXIMUM_HORIZON_RATIO)));
  const origins = chooseOrigins(history.length, reach, season);
  const first = origins[0];
  if (first === undefined) return { origins, horizon: reach, forecasts: methods.map(() => []) };
  const training = history.slice(0, first);
  const views = origins.map((origin) => (origin === first ? training : history.slice(0, origin)));
  const forecasts = methods.map((method) => {
    const fit: Fit | undefined = method.minimumLength <= first ? method.fit(training) : undefined;
    return views.map(
      (view) => fit?.forecast(view, reach) ?? new Float64Array(reach).fill(view[view.length - 1]!),
    );
  });
  return { origins, horizon: reach, forecasts };
}

function chooseOrigins(length: number, horizon: number, season: number): number[] {
  const last = length - horizon;
  const earliest = Math.max(
    MINIMUM_TRAINING,
    season > 1 ? 2 * season + 3 : 0,
    Math.floor(length * MINIMUM_TRAINING_RATIO),
  );
  const room = last - Math.min(last, earliest);
  if (last < MINIMUM_TRAINING) return [];
  const step = Math.max(1, Math.min(horizon, Math.floor(room / (MAXIMUM_ORIGINS - 1))));
  const count = Math.min(MAXIMUM_ORIGINS, Math.floor(room / step) + 1);
  return Array.from({ length: count }, (_, k) => last - (count - 1 - k) * step);
}
