// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds

/** The last `capacity` values, kept sorted: quantiles at once, a push in a binary search and a copy. */
export type SortedWindow = { count: number; next: number; ring: Float64Array; sorted: Float64Array };

export function createSortedWindow(capacity: number): SortedWindow {
  return { count: 0, next: 0, ring: new Float64Array(capacity), sorted: new Float64Array(capacity) };
}

export function pushValue(window: SortedWindow, value: number): void {
  const { ring, sorted } = window;
  if (window.count === ring.length) {
    const at = findPosition(window, ring[window.next]!);
    sorted.copyWithin(at, at + 1, window.count);
    window.count--;
  }
  const at = findPosition(window, value);
  sorted.copyWithin(at + 1, at, window.count);
  sorted[at] = value;
  window.count++;
  ring[window.next] = value;
  window.next = (window.next + 1) % ring.length;
}

/** By linear interpolation; 0 for nothing. */
export function windowQuantile({ count, sorted }: SortedWindow, probability: number): number {
  if (count === 0) return 0;
  const position = (count - 1) * probability;
  const below = Math.floor(position);
  const low = sorted[below]!;
  return low + (position - below) * (sorted[Math.min(count - 1, below + 1)]! - low);
}

/** The first position whose value is not below `value`. */
export function findPosition({ count, sorted }: SortedWindow, value: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
