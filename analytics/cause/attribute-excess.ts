/** What a part of a cost was before and is now; amounts in 10^-12. */
export type Leaf<Values> = {
  /** Identifies it among the others. */
  key: string;
  values: Values;
  /** On the days in question. */
  cost: bigint;
  quantity: number;
  /** On the days they are compared with, which may be more or fewer. */
  baseCost: bigint;
  baseQuantity: number;
};

/** A leaf's share of the excess: `excess` = `quantityExcess` + `priceExcess`. */
export type Part<Values> = Leaf<Values> & {
  expected: bigint;
  excess: bigint;
  /** More or fewer units at the price from before; all of it where there are no units. */
  quantityExcess: bigint;
  priceExcess: bigint;
};

const RATIO_DIGITS = 1_000_000_000;
const LARGEST_RATIO = 1_000_000;

/**
 * Shares what was expected of all among the leaves, as they were before, and with it the excess: the parts add up to the
 * cost less `expected`, to the last digit, in whatever order the leaves come.
 *
 * @param expected of all leaves together, in 10^-12.
 */
export function attributeExcess<Values>(leaves: readonly Leaf<Values>[], expected: bigint): Part<Values>[] {
  const sorted = [...leaves].sort((a, b) => (a.key < b.key ? -1 : 1));
  const positive = (pick: (leaf: Leaf<Values>) => bigint) =>
    sorted.map((leaf) => (pick(leaf) > 0n ? pick(leaf) : 0n));
  const base = positive(({ baseCost }) => baseCost);
  const weights = base.some((weight) => weight > 0n) ? base : positive(({ cost }) => cost);
  const shares = shareOut(expected, weights);
  return sorted.map((leaf, index) => {
    const own = shares[index] ?? 0n;
    const excess = leaf.cost - own;
    const priceExcess = splitPrice(leaf, excess);
    return { ...leaf, expected: own, excess, quantityExcess: excess - priceExcess, priceExcess };
  });
}

/** Shares an amount by weight; what rounding leaves goes to the heaviest. */
export function shareOut(amount: bigint, weights: readonly bigint[]): bigint[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0n);
  if (weights.length === 0) return [];
  const shares = weights.map((weight) => (total === 0n ? 0n : (amount * weight) / total));
  const left = amount - shares.reduce((sum, share) => sum + share, 0n);
  const heaviest = weights.reduce(
    (best, weight, index) => (weight > (weights[best] ?? 0n) ? index : best),
    0,
  );
  shares[heaviest] = (shares[heaviest] ?? 0n) + left;
  return shares;
}

/** What the change of the unit price came to, at the units of now; 0 where a price cannot be told. */
function splitPrice<Values>(leaf: Leaf<Values>, excess: bigint): bigint {
  const { cost, quantity, baseCost, baseQuantity } = leaf;
  if (!(quantity > 0) || !(baseQuantity > 0) || baseCost <= 0n) return 0n;
  const ratio = quantity / baseQuantity;
  if (!Number.isFinite(ratio) || ratio > LARGEST_RATIO) return 0n;
  const atOldPrice = (baseCost * BigInt(Math.round(ratio * RATIO_DIGITS))) / BigInt(RATIO_DIGITS);
  const price = cost - atOldPrice;
  // Never more than the whole excess in its direction: the rest of it would be a change of units the other way.
  if (excess > 0n) return price < 0n ? 0n : price > excess ? excess : price;
  return price > 0n ? 0n : price < excess ? excess : price;
}
