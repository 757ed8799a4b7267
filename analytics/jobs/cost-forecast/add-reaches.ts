/** Errors of series of one company rise and fall together a little: see `sumLandings`. */
const ERROR_CORRELATION = 0.15;

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

export function totalOf({ linear, squares }: ReachSum, level: number): number {
  const sum = linear[level] ?? 0;
  return Math.sqrt((1 - ERROR_CORRELATION) * (squares[level] ?? 0) + ERROR_CORRELATION * sum ** 2);
}
