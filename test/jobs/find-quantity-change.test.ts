import fc from 'fast-check';
import { expect, it } from 'vitest';
import { findQuantityChange } from '../../analytics/jobs/find-quantity-change.ts';

const DAYS = 61;
const days = Array.from({ length: DAYS }, (_, day) => day);
const noise = (day: number) => Math.sin(day * 12.9898) * 0.5;
const weekend = (day: number) => (day % 7 >= 5 ? 15 : 0);
const step = fc.constantFrom(-0.6, -0.4, 0.3, 1, 9);

function expectChange(isApart: (day: number) => boolean, size: number, from: number, to: number) {
  const found = findQuantityChange(
    days.map((day) => (isApart(day) ? 100 * (1 + size) : 100) - weekend(day) + noise(day)),
  );
  expect(found).toMatchObject({ from, to });
  expect(Math.abs((found?.ratio ?? 0) - size)).toBeLessThan(0.15 * (1 + Math.abs(size)));
}

it('finds the first day at a new level, through weekends and noise', () => {
  fc.assert(
    fc.property(fc.integer({ min: 8, max: DAYS - 8 }), step, (change, size) =>
      expectChange((day) => day >= change, size, change, DAYS),
    ),
  );
});

it('finds a few days that were apart', () => {
  const size = fc.constantFrom(-0.9, 2, 9);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: DAYS - 8 }),
      fc.integer({ min: 1, max: 3 }),
      size,
      (from, length, by) =>
        expectChange((day) => day >= from && day < from + length, by, from, from + length),
    ),
  );
});

it('says from when on there is any, and since when there is none', () => {
  const started = days.map((day) => (day < 20 ? 0 : 3));
  expect(findQuantityChange(started)).toEqual({ from: 20, to: DAYS, ratio: Number.POSITIVE_INFINITY });
  expect(findQuantityChange([...started].reverse())).toEqual({ from: DAYS - 20, to: DAYS, ratio: -1 });
});

it.each([
  ['a ramp', (day: number) => 10 + day],
  ['a steep ramp', (day: number) => day],
  ['nothing but weekends', (day: number) => (day % 7 >= 5 ? 40 : 100)],
  ['noise', (day: number) => 100 + 10 * Math.sin(day * 78.233 + day * day)],
  ['two single days', (day: number) => (day === 12 || day === 40 ? 500 : 100)],
  ['three weeks that end again', (day: number) => (day >= 20 && day < 41 ? 150 : 100)],
  ['a step of 2 %', (day: number) => (day < 30 ? 100 : 102)],
  ['nothing', () => 7],
])('names no day for %s', (_, at) => {
  expect(findQuantityChange(days.map(at))).toBeUndefined();
});
