import type { Part } from './attribute-excess.ts';

/** Parts of several stretches of days as one: amounts of the same leaf are added up. */
export function mergeParts<Values>(stretches: readonly (readonly Part<Values>[])[]): Part<Values>[] {
  const merged = new Map<string, Part<Values>>();
  for (const part of stretches.flat()) {
    const known = merged.get(part.key);
    merged.set(part.key, known === undefined ? part : addParts(known, part));
  }
  return [...merged.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

function addParts<Values>(a: Part<Values>, b: Part<Values>): Part<Values> {
  return {
    ...a,
    cost: a.cost + b.cost,
    quantity: a.quantity + b.quantity,
    baseCost: a.baseCost + b.baseCost,
    baseQuantity: a.baseQuantity + b.baseQuantity,
    expected: a.expected + b.expected,
    excess: a.excess + b.excess,
    quantityExcess: a.quantityExcess + b.quantityExcess,
    priceExcess: a.priceExcess + b.priceExcess,
  };
}
