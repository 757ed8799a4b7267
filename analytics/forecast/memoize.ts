/**
 * Remembers what was computed from an array for as long as the array lives, so that methods can share it. The array must
 * not change.
 */
export function memoizeByArray<T>(compute: (y: Float64Array) => T): (y: Float64Array) => T {
  const known = new WeakMap<Float64Array, T>();
  return (y) => {
    let value = known.get(y);
    if (value === undefined) {
      value = compute(y);
      known.set(y, value);
    }
    return value;
  };
}
