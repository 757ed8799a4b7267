// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds

export type Growth = {
  /** A line with a slope explains the values better than none; otherwise the slope says nothing. */
  isClear: boolean;
  /** Change a period since then. */
  slope: number;
  /** Where the line stands at the last value. */
  level: number;
  /** Position of the value since which the slope holds. */
  since: number;
};

const MINIMUM_SEGMENT = 14;
const SEASON = 7;
const MAXIMUM_CANDIDATES = 60;
/** A bend must explain this much more than chance does, since every position was tried (Schwarz's criterion, twice). */
const BEND_PENALTY = 4;

/**
 * Since when a series grows as it does: a line, or two that meet at a bend where the data ask for it (segmented
 * regression: Hudson, D. J., 1966, Journal of the American Statistical Association 61, 1097-1129). NaN is no value.
 */
export function describeGrowth(values: Float64Array): Growth {
  const points = Array.from(values.keys()).filter((i) => Number.isFinite(values[i]!));
  const first = points[0] ?? 0;
  const last = points.at(-1) ?? 0;
  const straight = fitBend(points, values, first);
  const n = Math.max(2, points.length);
  let best = { bend: first, fit: straight };
  const room = last - first - 2 * MINIMUM_SEGMENT;
  const step = Math.max(1, Math.ceil(room / MAXIMUM_CANDIDATES));
  for (let bend = first + MINIMUM_SEGMENT; bend <= last - MINIMUM_SEGMENT; bend += step) {
    const fit = fitBend(points, values, bend);
    if (fit.error < best.fit.error) best = { bend, fit };
  }
  const gain = n * Math.log(straight.error / Math.max(best.fit.error, 1e-12 * straight.error));
  const { bend, fit } =
    gain > BEND_PENALTY * Math.log(n) * memoryFactor(points, values, best.fit)
      ? best
      : { bend: first, fit: straight };
  const own = points.filter((i) => i >= bend);
  return { ...judgeSlope(own, values, fit), level: fit.at(last), since: bend };
}

type Fit = { slope: number; error: number; at: (i: number) => number };

/** Least squares of 1, i and max(0, i - bend); a bend at the first point is a plain line. */
function fitBend(points: readonly number[], values: Float64Array, bend: number): Fit {
  const isPlain = bend <= (points[0] ?? 0);
  const s = new Float64Array(9);
  for (const i of points) {
    const x = i - bend;
    const z = isPlain ? 0 : Math.max(0, x);
    const y = values[i]!;
    const terms = [1, x, z, x * x, x * z, z * z, y, x * y, z * y];
    for (let k = 0; k < 9; k++) s[k]! += terms[k]!;
  }
  const [n, sx, sz, sxx, sxz, szz, sy, sxy, szy] = s as unknown as number[];
  const solved = isPlain
    ? solvePlain(n!, sx!, sxx!, sy!, sxy!)
    : solveThree([n!, sx!, sz!, sxx!, sxz!, szz!], [sy!, sxy!, szy!]);
  const [a, b, c] = solved;
  const at = (i: number) => a! + b! * (i - bend) + c! * Math.max(0, i - bend);
  let error = 0;
  for (const i of points) error += (values[i]! - at(i)) ** 2;
  return { slope: b! + c!, error, at };
}

function solvePlain(n: number, sx: number, sxx: number, sy: number, sxy: number): number[] {
  const determinant = n * sxx - sx * sx;
  if (!(determinant > 0)) return [n > 0 ? sy / n : 0, 0, 0];
  const slope = (n * sxy - sx * sy) / determinant;
  return [(sy - slope * sx) / n, slope, 0];
}

/** Cramer's rule for the symmetric system [a b c; b d e; c e f]. */
function solveThree([a, b, c, d, e, f]: number[], [p, q, r]: number[]): number[] {
  const det = (x: number[]) =>
    x[0]! * (x[4]! * x[8]! - x[5]! * x[7]!) -
    x[1]! * (x[3]! * x[8]! - x[5]! * x[6]!) +
    x[2]! * (x[3]! * x[7]! - x[4]! * x[6]!);
  const whole = det([a!, b!, c!, b!, d!, e!, c!, e!, f!]);
  if (whole === 0) return [0, 0, 0];
  return [
    det([p!, b!, c!, q!, d!, e!, r!, e!, f!]) / whole,
    det([a!, p!, c!, b!, q!, e!, c!, r!, f!]) / whole,
    det([a!, b!, p!, b!, d!, q!, c!, e!, r!]) / whole,
  ];
}

/** A slope is clear when it is three times its standard error, which remembers that errors of a week hang together. */
function judgeSlope(points: readonly number[], values: Float64Array, fit: Fit) {
  const n = points.length;
  const middle = points.reduce((sum, i) => sum + i, 0) / Math.max(1, n);
  const spread = points.reduce((sum, i) => sum + (i - middle) ** 2, 0);
  const error = points.reduce((sum, i) => sum + (values[i]! - fit.at(i)) ** 2, 0);
  const deviation = Math.sqrt((error / Math.max(1, n - 2)) * memoryFactor(points, values, fit));
  const isClear = n >= MINIMUM_SEGMENT && Math.abs(fit.slope) * Math.sqrt(spread) > 3 * deviation;
  return { isClear, slope: fit.slope };
}

/** How many errors that hang together are worth one: (1 + r) / (1 - r) for their correlation r from one to the next. */
function memoryFactor(points: readonly number[], values: Float64Array, fit: Fit): number {
  const errors = points.map((i) => values[i]! - fit.at(i));
  let [own, next] = [0, 0];
  errors.forEach((error, k) => {
    own += error * error;
    if (k > 0) next += error * errors[k - 1]!;
  });
  const correlation = Math.min(0.9, Math.max(0, own > 0 ? next / own : 0));
  return Math.min(SEASON, (1 + correlation) / (1 - correlation));
}
