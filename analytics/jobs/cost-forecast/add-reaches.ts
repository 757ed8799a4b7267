/** Errors of series of one company rise and fall together a little: see `sumLandings`. */
const ERROR_CORRELATION = 0.15;
/** Months ahead, growth that was misjudged is misjudged for most of them: found on generated costs of 2 to 8 months ahead. */
export const REST_ERROR_CORRELATION = 0.5;

/** Distances that add up as correlated errors do; one list entry a level of coverage. */
export type ReachSum = { linear: number[]; squares: number[] };

export function createReachSum(levels: number): ReachSum {
  return { linear: new Array<number>(levels).fill(0), squares: new Array<number>(levels).fill(0) };
}

export function addReach(sum: ReachSum, reach: readonly number[], share: number): void {
  reach.forEach((value, i) => {
    const part = Math.abs(value * share);
    sum.linear[i] = (sum.linear[i] ?? 0) + part;
    sum.squares[i] = (sum.squares[i] ?? 0) + part ** 2;
  });
}

export function totalOf(
  { linear, squares }: ReachSum,
  level: number,
  correlation = ERROR_CORRELATION,
): number {
  const sum = linear[level] ?? 0;
  return Math.sqrt((1 - correlation) * (squares[level] ?? 0) + correlation * sum ** 2);
}
