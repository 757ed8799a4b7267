import type { Part } from '../../cause/attribute-excess.ts';
import { coreOf } from '../../cause/choose-causes.ts';
import { ALLOCATION_DIMENSIONS, type AllocationDimension } from '../../vocabulary.ts';
import type { LeafValues } from './read-leaves.ts';

/** Of the team that has the most of an excess, what has most of that: who is told where an incident is of several. */
export function findLargestOwner(
  parts: readonly Part<LeafValues>[],
): Partial<Record<AllocationDimension, string>> {
  const core = coreOf(parts);
  const team = findLargest(core, 'team');
  const own = core.filter(({ values }) => values.team === team);
  return Object.fromEntries(ALLOCATION_DIMENSIONS.map((name) => [name, findLargest(own, name)]));
}

function findLargest(parts: readonly Part<LeafValues>[], name: AllocationDimension): string {
  const amounts = new Map<string, number>();
  for (const { values, excess } of parts)
    amounts.set(values[name], (amounts.get(values[name]) ?? 0) + Math.abs(Number(excess)));
  const [largest] = [...amounts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return largest?.[0] ?? '';
}
