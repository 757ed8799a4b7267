import { expect, it } from 'vitest';
import type { Part } from '../../analytics/cause/attribute-excess.ts';
import { findEvent } from '../../analytics/cause/find-event.ts';

type Values = { service: string; environment: string; account: string };
const NAMES = ['service', 'environment', 'account'] as const;

function part(service: string, expected: number, excess: number, environment = 'prod'): Part<Values> {
  const amounts = { expected: BigInt(expected), excess: BigInt(excess) };
  return {
    ...amounts,
    key: `${service}/${environment}`,
    values: { service, environment, account: '1' },
    cost: amounts.expected + amounts.excess,
    baseCost: amounts.expected,
    quantity: 0,
    baseQuantity: 0,
    quantityExcess: amounts.excess,
    priceExcess: 0n,
  };
}

it('is one event where all that the parts have in common moved alike', () => {
  const isOne = (...parts: Part<Values>[]) => findEvent(parts, NAMES).length > 0;
  expect(isOne(part('a', 100, 95), part('b', 60, 66), part('c', 40, 41))).toBe(true);
  expect(isOne(part('a', 100, -100), part('b', 60, -59), part('c', 10, 0))).toBe(true);
  expect(isOne(part('a', 1000, 990), part('b', 60, 66))).toBe(true);
  expect(findEvent([part('a', 1000, 990), part('b', 60, 66)], NAMES)).toHaveLength(2);
  const staging = [part('a', 100, -100, 'staging'), part('b', 60, -60, 'staging')];
  expect(isOne(...staging, part('a', 500, 0), part('b', 400, 1))).toBe(true);
  expect(findEvent([...staging, part('a', 500, 0), part('b', 400, 1)], NAMES)).toEqual(staging);
  expect(isOne(part('a', 0, 100), part('b', 0, 60))).toBe(true);
});

it('is none where owners happen to spend more beside others that do not, or not alike', () => {
  const isOne = (...parts: Part<Values>[]) => findEvent(parts, NAMES).length > 0;
  expect(isOne(part('a', 0, 90), part('b', 0, 80), part('c', 200, 0))).toBe(false);
  expect(isOne(part('a', 100, 90), part('b', 40, 80), part('c', 60, 0))).toBe(false);
  expect(isOne(part('a', 100, -100), part('b', 60, -60), part('c', 100, 0))).toBe(false);
});
