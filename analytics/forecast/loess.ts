// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds

/**
 * Locally weighted straight lines through equally spaced values (Cleveland, W. S., 1979, Journal of the American
 * Statistical Association 74, 829-836), evaluated at the positions `from`, ..., `to`, which may lie outside the values.
 * Every `jump`-th position is fitted and those between are interpolated. `weights` are multiplied in where given.
 */
export function loess(
  y: Float64Array,
  window: number,
  { from = 0, to = y.length - 1, jump = 1, weights }: LoessOptions = {},
): Float64Array {
  const out = new Float64Array(to - from + 1);
  const kernel =
    weights === undefined && window % 2 === 1 && window < y.length ? tricube(window >> 1) : undefined;
  let before = valueAt(y, window, from, weights, kernel);
  out[0] = before;
  for (let last = from; last < to; ) {
    const next = Math.min(to, last + jump);
    const value = valueAt(y, window, next, weights, kernel);
    const slope = (value - before) / (next - last);
    for (let x = last + 1; x <= next; x++) out[x - from] = before + slope * (x - last);
    last = next;
    before = value;
  }
  return out;
}

export type LoessOptions = { from?: number; to?: number; jump?: number; weights?: Float64Array | undefined };

type Weights = Float64Array | undefined;

function valueAt(y: Float64Array, window: number, x: number, weights: Weights, kernel: Weights): number {
  const half = window >> 1;
  if (kernel === undefined || x < half || x >= y.length - half) return fitAt(y, window, x, weights);
  let sum = kernel[0]! * y[x]!;
  for (let d = 1; d < kernel.length; d++) sum += kernel[d]! * (y[x - d]! + y[x + d]!);
  return sum;
}

function fitAt(y: Float64Array, window: number, x: number, weights: Weights): number {
  const n = y.length;
  const low = window >= n ? 0 : Math.max(0, Math.min(n - window, x - (window >> 1)));
  const high = window >= n ? n - 1 : low + window - 1;
  const reach = Math.max(x - low, high - x) + (window > n ? (window - n) / 2 : 0) + 1e-9;
  let w0 = 0;
  let w1 = 0;
  let w2 = 0;
  let s0 = 0;
  let s1 = 0;
  for (let j = low; j <= high; j++) {
    const d = j - x;
    const r = Math.abs(d) / reach;
    if (r >= 0.999) continue;
    const c = 1 - r * r * r;
    const w = weights === undefined ? c * c * c : c * c * c * weights[j]!;
    const value = y[j]!;
    w0 += w;
    w1 += w * d;
    w2 += w * d * d;
    s0 += w * value;
    s1 += w * d * value;
  }
  if (w0 <= 1e-12) return y[Math.min(n - 1, Math.max(0, x))]!;
  const determinant = w0 * w2 - w1 * w1;
  return determinant > 1e-6 * w0 * w0 ? (w2 * s0 - w1 * s1) / determinant : s0 / w0;
}

/** Away from the ends the windows are alike and symmetric: the line's value is one weighted mean. From the middle outwards. */
function tricube(half: number): Float64Array {
  const kernel = new Float64Array(half + 1);
  let total = 0;
  for (let d = 0; d <= half; d++) {
    const r = d / (half + 1e-9);
    const c = r >= 0.999 ? 0 : 1 - r * r * r;
    kernel[d] = c * c * c;
    total += d === 0 ? kernel[d]! : 2 * kernel[d]!;
  }
  return kernel.map((weight) => weight / total);
}
