import type { Completeness } from './series.ts';

/** What is not known yet of a value, in log units. */
export type Doubt = {
  variance: number;
  /** By how much it can be too high at most: what is seen of a day that is not complete is there. */
  overstated: number;
  /** A value can be low because its day is late. */
  fallVariance: number;
  /** Whether a low value can be told from a late one at all. */
  mayFall: boolean;
};

/** A day whose share is known as well as this can be told to be low before it is complete, by more than lateness does. */
const TIGHT_SPREAD_RATIO = 0.05;
/** The spread of what a late day lacks beyond that. */
const LATE_SPREAD = 0.1;

export const CERTAIN: Doubt = {
  variance: 0,
  overstated: 0,
  fallVariance: 0,
  mayFall: true,
};

/** Of a day's value as it is so complete, and that may be double by a report that contradicts an earlier one by `jump`. */
export function doubtOf(completeness: Completeness | undefined, jump = 0): Doubt {
  if (completeness === undefined)
    return jump === 0 ? CERTAIN : { ...CERTAIN, variance: jump ** 2, overstated: jump };
  const { shareRatio, spreadRatio } = completeness;
  return {
    variance: (spreadRatio / shareRatio) ** 2 + jump ** 2,
    overstated: Math.max(0, -Math.log(shareRatio)) + jump,
    fallVariance: LATE_SPREAD ** 2,
    mayFall: isTight(completeness),
  };
}

export function isTight({ shareRatio, spreadRatio }: Completeness): boolean {
  return spreadRatio <= TIGHT_SPREAD_RATIO * shareRatio;
}

/** Of a sum. */
export function addDoubts(a: Doubt, b: Doubt): Doubt {
  if (b === CERTAIN) return a;
  return {
    variance: a.variance + b.variance,
    overstated: a.overstated + b.overstated,
    fallVariance: a.fallVariance + b.fallVariance,
    mayFall: a.mayFall && b.mayFall,
  };
}
