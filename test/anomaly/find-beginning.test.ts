import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findBeginning } from '../../analytics/anomaly/find-beginning.ts';

const nothing = (count: number) => Array<number>(count).fill(0);

test('finds where a line or a step begins after nothing, whatever its size', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 3, max: 20 }),
      fc.double({ min: 0.01, max: 100, noNaN: true }),
      (before, length, size) => {
        const line = Array.from({ length }, (_, i) => size * (i + 1));
        const step = Array<number>(length).fill(size);
        expect(findBeginning([...nothing(before), ...line])).toBe(before);
        expect(findBeginning([...nothing(before), ...step])).toBe(before);
      },
    ),
  );
});

test('looks past what is not told, and begins at the beginning where nothing departs', () => {
  expect(findBeginning([0, 0, Number.NaN, 5, Number.NaN, 5, 5])).toBe(3);
  expect(findBeginning([0, -1, 0])).toBe(0);
});
