import type { Part } from './attribute-excess.ts';
import { commonCell } from './choose-causes.ts';

/** Of what its parts cost usually, so much must have moved alike. */
const ALIKE_RATIO = 0.8;
/** Parts moved alike within this factor of what all of them did together. */
const ALIKE_FACTOR = 2;

/**
 * The parts of a departure that one thing happened to: of all of them, or of what most of its excess has in common, nearly
 * everything grew or shrank alike, or is new; else none. Two owners that happened to spend more on one day are no such
 * thing: the rest of what they have in common stayed as it was.
 *
 * @param names of the values that parts may have in common.
 */
export function findEvent<Name extends string>(
  parts: readonly Part<Readonly<Record<Name, string>>>[],
  names: readonly Name[],
): readonly Part<Readonly<Record<Name, string>>>[] {
  if (isAlike(parts)) return parts;
  const cell = commonCell(parts, names);
  return cell !== undefined && isAlike(cell) ? cell : [];
}

function isAlike(parts: readonly Part<unknown>[]): boolean {
  const sum = (of: typeof parts, amount: (part: Part<unknown>) => number) =>
    of.reduce((total, part) => total + amount(part), 0);
  const expected = sum(parts, usualOf);
  if (expected === 0) return true;
  const ratio = sum(parts, ({ excess }) => Number(excess)) / expected;
  const alike = parts.filter((part) => {
    const factor = Number(part.excess) / usualOf(part) / ratio;
    return factor >= 1 / ALIKE_FACTOR && factor <= ALIKE_FACTOR;
  });
  return sum(alike, usualOf) >= ALIKE_RATIO * expected;
}

const usualOf = ({ expected }: { expected: bigint }) => Math.max(0, Number(expected));
