import { groupBy } from '../group-by.ts';

/** A resolved finding with what its resource, group or environment cost before and after; amounts of 10^-12. */
export type ResolvedFinding = {
  id: string;
  /** Findings about the same thing share it. */
  entity: string;
  /** The entities that contain this one, such as its group and its environment. */
  parents: readonly string[];
  wasCounted: boolean;
  promised: bigint;
  /** 30-day cost of the part that it touched, as it was last found: no more can be saved. */
  partCost: bigint;
  /** Cost of the entity in the 30 days before it was last found; 0: the bill does not show it. */
  costBefore: bigint;
  /** Cost of the entity in the days since; null: no complete day yet. */
  after: { cost: bigint; days: number } | null;
};

const MONTH_DAYS = 30n;

/**
 * What the bill really fell by, for 30 days: the cost before minus the cost since, pro-rated, never below 0 and never
 * above what the part cost. Findings about one thing share its fall, and what members saved is not saved again by the
 * group or environment around them. Undefined where the bill cannot tell (yet).
 */
export function verifySavings(findings: readonly ResolvedFinding[]): Map<string, bigint | undefined> {
  const realised = new Map<string, bigint | undefined>();
  const savedWithin = new Map<string, bigint>();
  const entities = [...groupBy(findings, ({ entity }) => entity)];
  const depth = ([, members]: (typeof entities)[number]) => members[0]?.parents.length ?? 0;
  entities.sort((a, b) => depth(b) - depth(a) || (a[0] < b[0] ? -1 : 1));
  for (const [entity, members] of entities) {
    let taken = savedWithin.get(entity) ?? 0n;
    const before = taken;
    for (const finding of [...members].sort(compareFindings)) {
      const fall = measureFall(finding);
      if (fall === undefined) {
        realised.set(finding.id, undefined);
        continue;
      }
      const left = fall > taken ? fall - taken : 0n;
      const saved = left < finding.partCost ? left : finding.partCost;
      realised.set(finding.id, saved);
      taken += saved;
    }
    for (const parent of members[0]?.parents ?? [])
      savedWithin.set(parent, (savedWithin.get(parent) ?? 0n) + taken - before);
  }
  return realised;
}

function measureFall({ costBefore, after }: ResolvedFinding): bigint | undefined {
  if (after === null || costBefore <= 0n) return undefined;
  const costNow = (after.cost * MONTH_DAYS) / BigInt(after.days);
  return costBefore > costNow ? costBefore - costNow : 0n;
}

function compareFindings(a: ResolvedFinding, b: ResolvedFinding): number {
  if (a.wasCounted !== b.wasCounted) return a.wasCounted ? -1 : 1;
  if (a.promised !== b.promised) return a.promised > b.promised ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
