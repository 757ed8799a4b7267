import type { Part } from './attribute-excess.ts';

/** The values that all parts of a cause have in common, and what they add up to, in 10^-12. */
export type Cause<Name extends string> = {
  where: Partial<Record<Name, string>>;
  excess: bigint;
  quantityExcess: bigint;
  priceExcess: bigint;
  parts: Part<Readonly<Record<Name, string>>>[];
};

export type Causes<Name extends string> = {
  /** The largest first. */
  causes: Cause<Name>[];
  /** Everything that they do not explain. */
  rest: Omit<Cause<Name>, 'where'>;
};

/** The value of leaves that are many and small: they are no cause. */
export const OTHER = '(other)';

/** Parts of the excess that the causes must explain together. */
export const EXPLAINED_PERCENT = 80n;
/** So many single leaves say more than one cell of what they have in common. */
const FEW_LEAVES = 3;
const MOST_LEAVES = 8;

/**
 * The smallest set of causes that explains at least 80 % of an excess: one to three leaves; or what four fifths of the
 * excess have in common, as narrow as it can be told; or else the largest leaves. Causes are disjoint, and add up to the
 * excess with `rest`.
 *
 * @param names of the values, the most telling first.
 */
export function chooseCauses<Name extends string>(
  parts: readonly Part<Readonly<Record<Name, string>>>[],
  names: readonly Name[],
): Causes<Name> {
  const excess = sumExcess(parts);
  const sign = excess < 0n ? -1n : 1n;
  const target = targetOf(excess * sign);
  const sorted = sortParts(parts, sign);
  const leaves = takeUntil(sorted, sign, target);
  const all = pickValues(names);
  if (leaves.length <= FEW_LEAVES)
    return finish(
      leaves.map((part) => [all(part), [part]]),
      parts,
      sign,
    );
  const common = narrowestCell(sorted, names, sign, target);
  if (common !== undefined) return finish([common], parts, sign);
  return finish(
    leaves.slice(0, MOST_LEAVES).map((part) => [all(part), [part]]),
    parts,
    sign,
  );
}

/** The leaves that carry most of an excess: the fewest that explain at least 80 % of it. */
export function coreOf<Values>(parts: readonly Part<Values>[]): Part<Values>[] {
  const excess = sumExcess(parts);
  const sign = excess < 0n ? -1n : 1n;
  return takeUntil(sortParts(parts, sign), sign, targetOf(excess * sign));
}

/** What four fifths of an excess have in common, as narrow as it can be told; undefined where that is nothing. */
export function commonCell<Name extends string>(
  parts: readonly Part<Readonly<Record<Name, string>>>[],
  names: readonly Name[],
): Part<Readonly<Record<Name, string>>>[] | undefined {
  const excess = sumExcess(parts);
  const sign = excess < 0n ? -1n : 1n;
  return narrowestCell(sortParts(parts, sign), names, sign, targetOf(excess * sign))?.[1];
}

export function sumExcess(parts: readonly { excess: bigint }[]): bigint {
  return parts.reduce((sum, { excess }) => sum + excess, 0n);
}

const targetOf = (amount: bigint) => (amount * EXPLAINED_PERCENT + 99n) / 100n;

function sortParts<Values>(parts: readonly Part<Values>[], sign: bigint): Part<Values>[] {
  return parts
    .filter(({ values }) => !Object.values(values as object).includes(OTHER))
    .sort((a, b) => compare(sign * b.excess, sign * a.excess) || compare(a.key, b.key));
}

function takeUntil<P extends { excess: bigint }>(sorted: readonly P[], sign: bigint, target: bigint): P[] {
  const taken: P[] = [];
  let sum = 0n;
  for (const part of sorted) {
    if (sum >= target || sign * part.excess <= 0n) break;
    taken.push(part);
    sum += sign * part.excess;
  }
  return taken;
}

/** Values are fixed one after another, each time the one that keeps most of the excess, as long as 80 % are kept. */
function narrowestCell<Name extends string>(
  sorted: readonly Part<Readonly<Record<Name, string>>>[],
  names: readonly Name[],
  sign: bigint,
  target: bigint,
): [Partial<Record<Name, string>>, Part<Readonly<Record<Name, string>>>[]] | undefined {
  let kept = [...sorted];
  const where: Partial<Record<Name, string>> = {};
  let left = [...names];
  while (left.length > 0) {
    const options = left.map((name) => {
      const sums = new Map<string, bigint>();
      for (const part of kept) {
        const value = part.values[name];
        sums.set(value, (sums.get(value) ?? 0n) + sign * part.excess);
      }
      const [value = '', sum = 0n] =
        [...sums].sort(([a, x], [b, y]) => compare(y, x) || compare(a, b))[0] ?? [];
      return { name, value, sum };
    });
    const best = options.reduce((a, b) => (b.sum > a.sum ? b : a));
    if (best.sum < target) break;
    where[best.name] = best.value;
    kept = kept.filter((part) => part.values[best.name] === best.value);
    left = left.filter((name) => name !== best.name);
  }
  return left.length === names.length ? undefined : [where, kept];
}

function finish<Name extends string>(
  chosen: readonly [Partial<Record<Name, string>>, Part<Readonly<Record<Name, string>>>[]][],
  parts: readonly Part<Readonly<Record<Name, string>>>[],
  sign: bigint,
): Causes<Name> {
  const causes = chosen.map(([where, members]) => ({ where, ...addUp(members) }));
  const taken = new Set(chosen.flatMap(([, members]) => members));
  return {
    causes: causes.sort((a, b) => compare(sign * b.excess, sign * a.excess)),
    rest: addUp(parts.filter((part) => !taken.has(part))),
  };
}

function addUp<Values>(parts: readonly Part<Values>[]) {
  const sum = (name: 'excess' | 'quantityExcess' | 'priceExcess') =>
    parts.reduce((total, part) => total + part[name], 0n);
  return {
    excess: sum('excess'),
    quantityExcess: sum('quantityExcess'),
    priceExcess: sum('priceExcess'),
    parts: [...parts].sort((a, b) => compare(a.key, b.key)),
  };
}

function pickValues<Name extends string>(names: readonly Name[]) {
  return ({ values }: Part<Readonly<Record<Name, string>>>) =>
    Object.fromEntries(names.map((name) => [name, values[name]])) as Partial<Record<Name, string>>;
}

function compare<T extends string | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
