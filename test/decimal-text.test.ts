import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatScaled, parseScaled } from '../analytics/decimal-text.ts';

it('keeps twelve decimals both ways', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), (units) => {
      expect(parseScaled(formatScaled(units))).toBe(units);
    }),
  );
});

it('writes no trailing zeros and refuses what is no decimal', () => {
  expect([0n, -500_000_000_000n, 20_520_227_000_000n].map(formatScaled)).toEqual(['0', '-0.5', '20.520227']);
  expect(() => parseScaled('1e3')).toThrow("'1e3' is not a decimal");
});
