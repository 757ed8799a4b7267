// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds

/**
 * Where in a stretch a departure began: at the period from which on a line from nothing, or one step, tells it best by least
 * squares; a template that noticed it begins earlier.
 *
 * @param sizes what each period departs by, in its direction; NaN where it is not told.
 * @returns the index of the first period.
 */
export function findBeginning(sizes: readonly number[]): number {
  let [beginning, most] = [0, 0];
  for (let from = 0; from < sizes.length - 1; from++) {
    if (!Number.isFinite(sizes[from]!)) continue;
    let [count, sum, cross, square] = [0, 0, 0, 0];
    for (let i = from; i < sizes.length; i++) {
      if (!Number.isFinite(sizes[i]!)) continue;
      const x = i - from + 1;
      count++;
      sum += sizes[i]!;
      cross += x * sizes[i]!;
      square += x * x;
    }
    const told = Math.max(sum > 0 ? sum ** 2 / count : 0, cross > 0 ? cross ** 2 / square : 0);
    if (told <= most * (1 + 1e-9)) continue;
    beginning = from;
    most = told;
  }
  return beginning;
}
