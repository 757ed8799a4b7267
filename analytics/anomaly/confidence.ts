/**
 * Detections of a lower confidence are left out unless asked for: nine in ten of the others are true on the tuning seeds. On
 * the first days of a departure little speaks for it yet; what is true becomes clearer, so that few of them end as low.
 */
export const DEFAULT_MINIMUM_CONFIDENCE = 0.2;

const CENTER_LOG_SCORE = Math.log(5.5);
const SLOPE = 5.75;

/**
 * How often a detection of this score is a true change: a logistic curve over log(score), fitted on the generated series
 * of the tuning seed (`npx tsx bench/anomaly-quality.ts --calibrate`).
 */
export function confidenceOf(score: number): number {
  return 1 / (1 + Math.exp(-SLOPE * (Math.log(Math.max(1e-3, score)) - CENTER_LOG_SCORE)));
}
