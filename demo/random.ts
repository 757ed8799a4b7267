/** A reproducible source of numbers. */
export type Random = {
  /** In [0, 1). */
  unit(): number;
  /** A whole number in [0, below). */
  integer(below: number): number;
  pick<T>(values: readonly [T, ...T[]]): T;
  /** Lower-case hexadecimal digits. */
  hex(digits: number): string;
};

/**
 * Mulberry32, seeded by a text: every thing in the demo draws from its own source, named after it, so that adding one
 * does not change the others.
 */
export function createRandom(...key: (string | number)[]): Random {
  let state = hashText(key.join('/'));
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const integer = (below: number) => Math.floor((next() / 0x1_0000_0000) * below);
  return {
    unit: () => next() / 0x1_0000_0000,
    integer,
    pick: (values) => values[integer(values.length)] ?? values[0],
    hex: (digits) => Array.from({ length: digits }, () => integer(16).toString(16)).join(''),
  };
}

/** FNV-1a with a final mix, 32 bits. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
