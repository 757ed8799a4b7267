import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributeExcess, type Leaf } from '../../analytics/cause/attribute-excess.ts';
import { chooseCauses, coreOf, OTHER } from '../../analytics/cause/choose-causes.ts';
import { mergeParts } from '../../analytics/cause/merge-parts.ts';

type Values = { meter: string; account: string };

const amount = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 16n });
const leaves: fc.Arbitrary<Leaf<Values>[]> = fc.uniqueArray(
  fc.record({
    values: fc.record({
      meter: fc.constantFrom('m1', 'm2', 'm3', OTHER),
      account: fc.constantFrom('a1', 'a2', 'a3'),
    }),
    key: fc.string({ minLength: 1, maxLength: 4 }),
    cost: amount,
    baseCost: amount,
    quantity: fc.double({ min: 0, max: 1e9, noNaN: true }),
    baseQuantity: fc.double({ min: 0, max: 1e9, noNaN: true }),
  }),
  { selector: ({ key }) => key, minLength: 1, maxLength: 30 },
);

const leaf = (key: string, values: Partial<Leaf<Values>>): Leaf<Values> => ({
  key,
  values: { meter: key, account: 'a1' },
  cost: 0n,
  baseCost: 0n,
  quantity: 0,
  baseQuantity: 0,
  ...values,
});

const sum = (parts: readonly { excess: bigint }[]) => parts.reduce((total, part) => total + part.excess, 0n);

describe('attributing an excess', () => {
  it('adds up to the cost less what was expected, to the last digit, and so do price and quantity', () => {
    fc.assert(
      fc.property(leaves, amount, (given, expected) => {
        const parts = attributeExcess(given, expected);
        const cost = given.reduce((total, each) => total + each.cost, 0n);
        expect(sum(parts)).toBe(cost - expected);
        for (const part of parts) expect(part.quantityExcess + part.priceExcess).toBe(part.excess);
      }),
    );
  });

  it('does not depend on the order of the leaves, and nor do the causes', () => {
    fc.assert(
      fc.property(leaves, amount, (given, expected) => {
        const parts = attributeExcess(given, expected);
        const reversed = attributeExcess([...given].reverse(), expected);
        expect(reversed).toEqual(parts);
        expect(chooseCauses([...parts].reverse(), ['meter', 'account'])).toEqual(
          chooseCauses(parts, ['meter', 'account']),
        );
      }),
    );
  });

  it('gives the excess to what changed, and none to what is as it was', () => {
    const parts = attributeExcess(
      [leaf('a', { cost: 600n, baseCost: 400n }), leaf('b', { cost: 100n, baseCost: 400n / 4n })],
      500n,
    );
    expect(parts.map(({ excess }) => excess)).toEqual([200n, 0n]);
  });

  it('tells a change of price from a change of use', () => {
    const [price] = attributeExcess(
      [leaf('a', { cost: 300n, quantity: 10, baseCost: 400n, baseQuantity: 40 })],
      100n,
    );
    expect(price).toMatchObject({ excess: 200n, priceExcess: 200n, quantityExcess: 0n });
    const [use] = attributeExcess(
      [leaf('a', { cost: 300n, quantity: 30, baseCost: 400n, baseQuantity: 40 })],
      100n,
    );
    expect(use).toMatchObject({ excess: 200n, priceExcess: 0n, quantityExcess: 200n });
    const [free] = attributeExcess(
      [leaf('a', { cost: 0n, quantity: 10, baseCost: 400n, baseQuantity: 40 })],
      100n,
    );
    expect(free).toMatchObject({ excess: -100n, priceExcess: -100n });
  });
});

describe('choosing causes', () => {
  it('adds up to the excess with the rest, each part once', () => {
    fc.assert(
      fc.property(leaves, amount, (given, expected) => {
        const parts = attributeExcess(given, expected);
        const { causes, rest } = chooseCauses(parts, ['meter', 'account']);
        expect(sum(causes) + rest.excess).toBe(sum(parts));
        const told = [...causes, rest].flatMap((cause) => cause.parts.map(({ key }) => key));
        expect(told.sort()).toEqual(parts.map(({ key }) => key).sort());
        for (const { where } of causes) expect(where.meter).not.toBe(OTHER);
      }),
    );
  });

  it('takes the fewest leaves that explain four fifths', () => {
    const parts = attributeExcess(
      [leaf('a', { cost: 70n }), leaf('b', { cost: 20n }), leaf('c', { cost: 10n })],
      0n,
    );
    expect(chooseCauses(parts, ['meter']).causes.map(({ where, excess }) => [where.meter, excess])).toEqual([
      ['a', 70n],
      ['b', 20n],
    ]);
    expect(coreOf(parts).map(({ key }) => key)).toEqual(['a', 'b']);
  });

  it('names what many leaves have in common', () => {
    const many = Array.from({ length: 8 }, (_, index) =>
      leaf(`m${index}`, { cost: 10n, values: { meter: `m${index}`, account: 'a1' } }),
    );
    const other = leaf('x', { cost: 5n, values: { meter: 'x', account: 'a2' } });
    const { causes, rest } = chooseCauses(attributeExcess([...many, other], 0n), ['meter', 'account']);
    expect(causes.map(({ where, excess }) => ({ where, excess }))).toEqual([
      { where: { account: 'a1' }, excess: 80n },
    ]);
    expect(rest.excess).toBe(5n);
  });

  it('adds stretches of days up by leaf', () => {
    const first = attributeExcess([leaf('a', { cost: 5n }), leaf('b', { cost: 1n })], 0n);
    const second = attributeExcess([leaf('a', { cost: 7n })], 0n);
    expect(mergeParts([first, second]).map(({ key, excess }) => [key, excess])).toEqual([
      ['a', 12n],
      ['b', 1n],
    ]);
  });
});
