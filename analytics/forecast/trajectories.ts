// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { errorScale } from './conformal.ts';
import type { SeriesModel } from './model-series.ts';
import { mean } from './numeric.ts';
import { createRandom } from './random.ts';

/** Errors of one forecast by step, in units of its series' scale: how it went wrong together, not step by step. */
export type Trajectory = Float64Array;

const MAXIMUM_TRAJECTORIES = 1500;
const PRIOR_TRAJECTORIES = 60;

/**
 * Past forecast errors as whole paths, pooled over series: they keep the dependence between steps that a maximum over the
 * horizon hangs on. Bootstrap of paths: Thombs, L. A. and Schucany, W. R. (1990), Journal of the American Statistical
 * Association 85, 486-492. A few made-up paths are added so that one series alone has enough.
 */
export function collectTrajectories(models: readonly SeriesModel[], horizon: number, seed = 0): Trajectory[] {
  const found: Trajectory[] = [];
  for (const model of models) {
    model.residuals.forEach((residuals, o) => {
      const scale = errorScale(model, o);
      if (scale > 0) found.push(extend(residuals, model.gap, scale, horizon));
    });
  }
  const stride = Math.max(1, found.length / MAXIMUM_TRAJECTORIES);
  const kept = Array.from(
    { length: Math.min(found.length, MAXIMUM_TRAJECTORIES) },
    (_, i) => found[Math.floor(i * stride)]!,
  );
  return [...kept, ...makeTrajectories(horizon, seed)];
}

/** Beyond what past origins saw, the error of the level grows with this power of the step: its slope is wrong too. */
const GROWTH_POWER = 1.3;

/** A path that past origins saw only the beginning of goes on with its last errors: their mean grows, the noise around it does not. */
function extend(residuals: Float64Array, gap: number, scale: number, horizon: number): Trajectory {
  const known = residuals.subarray(Math.min(gap, residuals.length - 1));
  const last = known.subarray(-7);
  const level = mean(last);
  return Float64Array.from({ length: horizon }, (_, k) => {
    if (k < known.length) return known[k]! / scale;
    const noise = last[last.length - 1 - ((k - known.length) % last.length)]! - level;
    return (noise + level * ((k + 1) / known.length) ** GROWTH_POWER) / scale;
  });
}

/** Noise around a level that wanders. */
function makeTrajectories(horizon: number, seed: number): Trajectory[] {
  const random = createRandom(seed);
  return Array.from({ length: PRIOR_TRAJECTORIES }, () => {
    let level = 0;
    const step = 1 / Math.sqrt(Math.max(7, horizon));
    return Float64Array.from({ length: horizon }, () => {
      level += step * random.normal();
      return level + 0.8 * random.normal();
    });
  });
}
