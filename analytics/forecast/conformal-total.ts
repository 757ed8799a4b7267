// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds

import type { SeriesModel } from './model-series.ts';
import { sortedQuantile } from './numeric.ts';

/** The sum of a model's forecast from one step to another. */
export type TotalModel = { model: SeriesModel; fromStep: number; toStep: number };

/** Standardized absolute errors of totals, ascending. */
export type TotalProfile = { scores: Float64Array };

/** Quantiles of |t| with 4 degrees of freedom, a handful: what a few series lean on. */
const PRIOR_SCORES = [0.13, 0.41, 0.74, 1.19, 2.13];
/** A total of which past totals are unknown errs as steps that are half dependent. */
const DEPENDENCE_POWER = 0.75;
/** Beyond the steps that past errors show, a slope that is wrong goes on being wrong: it adds up with this power. */
const UNSEEN_POWER = 2;
const VALIDATION_SHARE = 0.6;

/** Conformal calibration (see `calibrateIntervals`) by totals that were forecast in the past as they are now. */
export function calibrateTotals(past: readonly { total: TotalModel; error: number }[]): TotalProfile {
  const scores = [...PRIOR_SCORES];
  for (const { total, error } of past) {
    const scale = totalScale(total);
    if (scale > 0) scores.push(Math.abs(error) / scale);
  }
  return { scores: Float64Array.from(scores).sort() };
}

/** Half the width of the interval of a total. */
export function totalReach(total: TotalModel, { scores }: TotalProfile, level: number): number {
  return totalScale(total) * sortedQuantile(scores, Math.min(1, level * (1 + 1 / scores.length)));
}

/** Past errors of the total, tempered by the series' roughness since they are few; stretched to what they do not show. */
function totalScale({ model, fromStep, toStep }: TotalModel): number {
  const length = toStep - fromStep + 1;
  const shown = Math.max(1, Math.min(toStep, model.residuals[0]?.length ?? toStep) - fromStep + 1);
  const stretch = (length / shown) ** UNSEEN_POWER;
  const rough = model.roughness * shown ** DEPENDENCE_POWER * stretch;
  if (model.residuals.length === 0) return rough;
  let sum = 0;
  for (const residuals of model.residuals) {
    const known = residuals.subarray(Math.min(residuals.length - 1, fromStep - 1), toStep);
    const error = known.reduce((total, each) => total + each, 0);
    sum += Math.abs(error) * stretch;
  }
  const past = sum / model.residuals.length;
  return rough > 0 ? past ** VALIDATION_SHARE * rough ** (1 - VALIDATION_SHARE) : past;
}
