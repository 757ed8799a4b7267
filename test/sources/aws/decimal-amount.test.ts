import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseScaled } from '../../../analytics/decimal-text.ts';
import { toDecimalText } from '../../../analytics/sources/decimal-amount.ts';

it.each([
  ['0', '0'],
  ['-0.0', '0'],
  ['12.50', '12.5'],
  ['1.5E-7', '0.00000015'],
  ['-2e3', '-2000'],
  ['0.0000000000005', '0.000000000001'],
  ['-0.0000000000004999', '0'],
  ['.5', '0.5'],
  ['123456789012345678901234.000000000001', '123456789012345678901234.000000000001'],
])('%s is %s', (text, expected) => {
  expect(toDecimalText(text)).toBe(expected);
});

it.each(['', 'NaN', '1,5', '--1', 'Infinity', '0x10', '.'])('%j is no amount', (text) => {
  expect(() => toDecimalText(text)).toThrow(/where an amount belongs/);
});

it('keeps every decimal that there is room for', () => {
  fc.assert(
    fc.property(fc.bigInt(-(10n ** 30n), 10n ** 30n), fc.nat(12), (digits, places) => {
      const magnitude = (digits < 0n ? -digits : digits).toString().padStart(places + 1, '0');
      const text = `${digits < 0n ? '-' : ''}${magnitude.slice(0, magnitude.length - places)}.${magnitude.slice(magnitude.length - places)}`;
      expect(parseScaled(toDecimalText(text))).toBe(digits * 10n ** BigInt(12 - places));
    }),
  );
});

it('means the same with an exponent as without', () => {
  fc.assert(
    fc.property(
      fc.bigInt(-(10n ** 20n), 10n ** 20n),
      fc.integer({ min: -12, max: 8 }),
      (digits, exponent) => {
        expect(parseScaled(toDecimalText(`${digits}E${exponent}`))).toBe(
          digits * 10n ** BigInt(12 + exponent),
        );
      },
    ),
  );
});
