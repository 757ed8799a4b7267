import type { Landing } from './landing.ts';

export type LandingTotal = { group: string; landing: number; low: number; high: number; seriesCount: number };

/** Errors of series of one company rise and fall together a little: the usual correlation between two of them. */
const ERROR_CORRELATION = 0.15;
/** Amounts are summed as whole millionths, so that a sum does not depend on order and parts add up to it exactly. */
const UNITS = 1_000_000;

/**
 * Totals of landings by group, bottom-up: whatever the grouping, all totals of all groups add up to the same whole.
 * Bottom-up against reconciliation: Hyndman, Ahmed, Athanasopoulos and Shang (2011), Computational Statistics and Data
 * Analysis 55, 2579-2589. Distances to low and high add up as correlated errors do.
 */
export function sumLandings(
  landings: readonly Landing[],
  groupOf: (landing: Landing) => string,
): LandingTotal[] {
  const groups = new Map<string, Landing[]>();
  for (const landing of landings) {
    const group = groupOf(landing);
    const members = groups.get(group) ?? [];
    members.push(landing);
    groups.set(group, members);
  }
  const totals = Array.from(groups, ([group, members]) => {
    const landing = sumExactly(members.map((member) => member.landing));
    const below = addDistances(members.map((member) => member.landing - member.low));
    const above = addDistances(members.map((member) => member.high - member.landing));
    return { group, landing, low: landing - below, high: landing + above, seriesCount: members.length };
  });
  return totals.sort((a, b) => (a.group < b.group ? -1 : 1));
}

function sumExactly(amounts: readonly number[]): number {
  return amounts.reduce((sum, amount) => sum + Math.round(amount * UNITS), 0) / UNITS;
}

function addDistances(distances: readonly number[]): number {
  const sum = sumExactly(distances);
  const squares = sumExactly(distances.map((distance) => distance ** 2));
  return Math.sqrt((1 - ERROR_CORRELATION) * squares + ERROR_CORRELATION * sum ** 2);
}
