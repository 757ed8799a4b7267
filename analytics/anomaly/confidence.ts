/** Detections of a lower confidence are left out unless asked for: about the best F1 of the tuning seed. */
export const DEFAULT_MINIMUM_CONFIDENCE = 0.4;

const CENTER_LOG_SCORE = Math.log(6.4);
const SLOPE = 5;

/**
 * How often a detection of this score is a true change: a logistic curve over log(score), fitted on the generated series
 * of the tuning seed (`npx tsx bench/anomaly-quality.ts --calibrate`).
 */
export function confidenceOf(score: number): number {
  return 1 / (1 + Math.exp(-SLOPE * (Math.log(Math.max(1e-3, score)) - CENTER_LOG_SCORE)));
}
