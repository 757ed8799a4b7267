/** The error measures of the M4 competition: Makridakis, Spiliotis and Assimakopoulos (2020), IJF 36, 54-74. */

/** Symmetric mean absolute percentage error, in percent, between 0 and 200. */
export function scoreSmape(actual: ArrayLike<number>, forecast: ArrayLike<number>): number {
  return meanOf(actual, (value, k) => {
    const size = Math.abs(value) + Math.abs(at(forecast, k));
    return size > 0 ? (200 * Math.abs(value - at(forecast, k))) / size : 0;
  });
}

/** Mean absolute error over `scale`, the history's mean absolute change over a season. */
export function scoreMase(actual: ArrayLike<number>, forecast: ArrayLike<number>, scale: number): number {
  return meanOf(actual, (value, k) => Math.abs(value - at(forecast, k))) / scale;
}

/** Mean scaled interval score: width, and misses at 2 over the chance of a miss. */
export function scoreMsis(
  actual: ArrayLike<number>,
  low: ArrayLike<number>,
  high: ArrayLike<number>,
  scale: number,
  level: number,
): number {
  const penalty = 2 / (1 - level);
  const score = (value: number, k: number) => {
    const below = Math.max(0, at(low, k) - value);
    const above = Math.max(0, value - at(high, k));
    return at(high, k) - at(low, k) + penalty * (below + above);
  };
  return meanOf(actual, score) / scale;
}

/** The share of the actual values between low and high. */
export function scoreCoverage(
  actual: ArrayLike<number>,
  low: ArrayLike<number>,
  high: ArrayLike<number>,
): number {
  return meanOf(actual, (value, k) => (value >= at(low, k) && value <= at(high, k) ? 1 : 0));
}

/** Brier skill against always saying the base rate, and the mean gap between what was said and what came, in tenths. */
export function scoreProbabilities(rows: readonly { said: number; came: boolean }[]) {
  const came = (row: { came: boolean }) => (row.came ? 1 : 0);
  const baseRate = rows.reduce((sum, row) => sum + came(row), 0) / rows.length;
  const brier = rows.reduce((sum, row) => sum + (row.said - came(row)) ** 2, 0) / rows.length;
  const bins = Array.from({ length: 10 }, () => ({ said: 0, came: 0 }));
  for (const row of rows) {
    const bin = bins[Math.min(9, Math.floor(row.said * 10))];
    if (bin === undefined) continue;
    bin.said += row.said;
    bin.came += came(row);
  }
  const gap = bins.reduce((sum, bin) => sum + Math.abs(bin.said - bin.came), 0) / rows.length;
  return { baseRate, brierSkill: 1 - brier / (baseRate * (1 - baseRate)), calibrationError: gap };
}

function meanOf(values: ArrayLike<number>, score: (value: number, k: number) => number): number {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += score(at(values, k), k);
  return sum / values.length;
}

function at(values: ArrayLike<number>, k: number): number {
  return values[k] ?? Number.NaN;
}
