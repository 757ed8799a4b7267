import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatScaled, parseScaled } from '../../analytics/decimal-text.ts';
import { ContractError, InputError } from '../../analytics/errors.ts';
import {
  addDecimals,
  checkDecimals,
  divideScaled,
  formatDecimal,
  getScaled,
  makeDecimals,
  readDecimal128,
  setScaled,
  subtractDecimals,
} from '../../analytics/results/decimals.ts';

const LIMIT = 10n ** 24n;
const scaled = fc.oneof(
  fc.bigInt({ min: -LIMIT, max: LIMIT }),
  fc.bigInt({ min: -3n, max: 3n }),
  fc.bigInt({ min: -3n, max: 3n }).map((n) => n * 10n ** 12n),
);

function column(values: readonly bigint[]) {
  const decimals = makeDecimals(values.length);
  for (const [index, value] of values.entries()) setScaled(decimals, index, value);
  return decimals;
}

describe('text', () => {
  test.each([
    ['20.520227', 20_520_227_000_000n],
    ['0', 0n],
    ['-3.5', -3_500_000_000_000n],
    ['-0.000000000001', -1n],
    ['100', 100_000_000_000_000n],
  ])('%s', (text, value) => {
    expect(parseScaled(text)).toBe(value);
    expect(formatScaled(value)).toBe(text);
    expect(formatDecimal(column([value]), 0)).toBe(text);
  });

  test('is the same number for any value', () => {
    fc.assert(
      fc.property(scaled, (value) => {
        expect(parseScaled(formatDecimal(column([value]), 0))).toBe(value);
        expect(formatScaled(value)).toBe(formatDecimal(column([value]), 0));
      }),
    );
  });

  test.each(['', '1e3', '0.1234567890123', 'NaN', '1,5'])('refuses %s', (text) => {
    expect(() => parseScaled(text)).toThrow(InputError);
  });
});

describe('arithmetic', () => {
  test('sums are exact whatever is added to which slot', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(scaled, fc.integer({ min: -1, max: 2 })), { maxLength: 200 }),
        (items) => {
          const target = makeDecimals(3);
          const slots = Int32Array.from(items, ([, slot]) => slot);
          addDecimals(target, slots, column(items.map(([value]) => value)), 0);
          for (const slot of [0, 1, 2]) {
            const expected = items.reduce((sum, [value, at]) => (at === slot ? sum + value : sum), 0n);
            expect(getScaled(target, slot)).toBe(expected);
          }
        },
      ),
    );
  });

  test('a hundred thousand tenths are ten thousand', () => {
    const tenths = column(Array(100_000).fill(parseScaled('0.1')));
    const sum = makeDecimals(1);
    addDecimals(sum, new Int32Array(100_000), tenths, 0);
    expect(formatDecimal(sum, 0)).toBe('10000');
  });

  test('differences are exact', () => {
    fc.assert(
      fc.property(scaled, scaled, (a, b) => {
        expect(getScaled(subtractDecimals(column([a]), column([b])), 0)).toBe(a - b);
      }),
    );
  });

  test.each([
    ['10', '4', '2.5'],
    ['2', '3', '0.666666666667'],
    ['-2', '3', '-0.666666666667'],
    ['0', '7', '0'],
  ])('%s / %s = %s', (dividend, divisor, quotient) => {
    expect(formatScaled(divideScaled(parseScaled(dividend), parseScaled(divisor)))).toBe(quotient);
  });

  test('amounts that could not be added exactly are refused', () => {
    const large = 2n ** 50n * 10n ** 12n;
    expect(() => checkDecimals('cost', column([large]))).not.toThrow();
    expect(() => checkDecimals('cost', column([large, -large]))).toThrow(ContractError);
    expect(() => column([4n * large])).toThrow(/too large/);
  });
});

test('a Decimal128 is read as the number that it is', () => {
  fc.assert(
    fc.property(fc.array(scaled), (values) => {
      const words = new BigInt64Array(
        values.flatMap((value) => [BigInt.asIntN(64, value), BigInt.asIntN(64, value >> 64n)]),
      );
      const target = makeDecimals(values.length);
      readDecimal128(new Int32Array(words.buffer), target, 0);
      expect(values.map((_, index) => getScaled(target, index))).toEqual(values);
    }),
  );
});
