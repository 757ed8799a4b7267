// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** The minimum of a function of one variable in [low, high]: a coarse grid, then golden-section search around its best. */
export function minimizeScalar(
  cost: (x: number) => number,
  low: number,
  high: number,
  { gridSize = 10, steps = 12 } = {},
): number {
  const width = (high - low) / gridSize;
  let best = low;
  let bestCost = Infinity;
  for (let k = 0; k <= gridSize; k++) {
    const x = low + width * k;
    const value = cost(x);
    if (value < bestCost) [best, bestCost] = [x, value];
  }
  let a = Math.max(low, best - width);
  let b = Math.min(high, best + width);
  let c = b - GOLDEN * (b - a);
  let d = a + GOLDEN * (b - a);
  let costC = cost(c);
  let costD = cost(d);
  for (let k = 0; k < steps; k++) {
    if (costC < costD) {
      [b, d, costD] = [d, c, costC];
      c = b - GOLDEN * (b - a);
      costC = cost(c);
    } else {
      [a, c, costC] = [c, d, costD];
      d = a + GOLDEN * (b - a);
      costD = cost(d);
    }
  }
  const refined = costC < costD ? c : d;
  return Math.min(costC, costD) < bestCost ? refined : best;
}

type Vertex = { x: Float64Array; cost: number };
type Cost = (x: Float64Array) => number;

/**
 * The minimum in the unit cube by the simplex method of Nelder and Mead (1965, Computer Journal 7, 308-313); steps that
 * leave the cube are put back on its face. `cost` must be finite.
 */
export function minimizeInUnitCube(
  cost: Cost,
  start: readonly number[],
  { step = 0.2, evaluations = 100, tolerance = 1e-5 } = {},
): Float64Array {
  const n = start.length;
  const simplex = startSimplex(cost, start, step);
  for (let used = n + 1; ; ) {
    simplex.sort((a, b) => a.cost - b.cost);
    const best = simplex[0]!;
    const spread = simplex[n]!.cost - best.cost;
    if (used >= evaluations || spread <= tolerance * (Math.abs(best.cost) + 1e-12)) return best.x;
    used += improve(simplex, cost);
  }
}

function startSimplex(cost: Cost, start: readonly number[], step: number): Vertex[] {
  const origin = Float64Array.from(start);
  const simplex = [{ x: origin, cost: cost(origin) }];
  for (let i = 0; i < start.length; i++) {
    const x = origin.slice();
    x[i] = x[i]! + step <= 1 ? x[i]! + step : x[i]! - step;
    simplex.push({ x, cost: cost(x) });
  }
  return simplex;
}

/** Replaces the worst vertex of a sorted simplex, or shrinks it; returns how often it asked for the cost. */
function improve(simplex: Vertex[], cost: Cost): number {
  const n = simplex.length - 1;
  const [best, second, worst] = [simplex[0]!, simplex[n - 1]!, simplex[n]!];
  const reflected = probe(simplex, -1, cost);
  if (reflected.cost < best.cost) {
    const expanded = probe(simplex, -2, cost);
    simplex[n] = expanded.cost < reflected.cost ? expanded : reflected;
    return 2;
  }
  if (reflected.cost < second.cost) {
    simplex[n] = reflected;
    return 1;
  }
  const contracted = probe(simplex, reflected.cost < worst.cost ? -0.5 : 0.5, cost);
  if (contracted.cost < Math.min(reflected.cost, worst.cost)) {
    simplex[n] = contracted;
    return 2;
  }
  for (let i = 1; i <= n; i++) {
    const x = simplex[i]!.x.map((value, j) => best.x[j]! + 0.5 * (value - best.x[j]!));
    simplex[i] = { x, cost: cost(x) };
  }
  return 2 + n;
}

/** A vertex on the line through the worst one and the middle of the others. */
function probe(simplex: readonly Vertex[], factor: number, cost: Cost): Vertex {
  const n = simplex.length - 1;
  const worst = simplex[n]!.x;
  const x = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    let middle = 0;
    for (let i = 0; i < n; i++) middle += simplex[i]!.x[j]! / n;
    x[j] = Math.min(1, Math.max(0, middle + factor * (worst[j]! - middle)));
  }
  return { x, cost: cost(x) };
}
