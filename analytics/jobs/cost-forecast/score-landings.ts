// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import type { Engine } from '../../engine/duckdb.ts';
import { quantile } from '../../forecast/numeric.ts';
import { groupBy } from '../../group-by.ts';
import { COST_BASES, type CostBasis } from '../../vocabulary.ts';
import { addReach, createReachSum, type ReachSum, totalOf } from './add-reaches.ts';
import { LEVELS } from './backtest-outlook.ts';
import { mapBases, toLeaf } from './read-cost-series.ts';
import type { Cell, Scope } from './scopes.ts';
import type { ShareOut } from './share-out.ts';

/** A landing that was forecast, or would have been, and what came; `reach` by level of coverage. */
export type ScoredLanding = {
  scope: Scope;
  basis: CostBasis;
  period: string;
  originDay: number;
  predicted: number;
  actual: number;
  /** Cost of the month before: the forecast to beat. */
  naive: number | undefined;
  reach: number[];
};

export type Score = {
  count: number;
  /** Sum of absolute errors over the sum of absolute costs. */
  wape: number | null;
  /** Sum of errors (forecast less cost) over the sum of absolute costs. */
  bias: number | null;
  /** Sum of absolute errors over that of last month's cost. */
  mase: number | null;
  coverage80: number | null;
  coverage90: number | null;
};

type ScopeSum = {
  scope: Scope;
  predicted: Record<CostBasis, number>;
  actual: Record<CostBasis, number>;
  reach: Record<CostBasis, ReachSum>;
};

/** The backtested landings of every scope and basis. */
export async function readBacktests(
  engine: Engine,
  shareOut: ShareOut,
  scopesOf: (cell: Cell) => Scope[],
  actualOf: (period: string, scopeKey: string, basis: CostBasis) => number | undefined,
): Promise<ScoredLanding[]> {
  const rows = await engine.query('select * from cost_backtests order by all');
  const groups = groupBy(rows, (row) => `${row.billing_period} ${row.origin_day}`);
  return [...groups.values()].flatMap((members) => {
    const period = String(members[0]!.billing_period);
    const sums = sumScopes(members, (row) =>
      shareOut(period, toLeaf(row)).flatMap(({ cell, share }) =>
        scopesOf(cell).map((scope): [Scope, number] => [scope, share]),
      ),
    );
    return sums.flatMap(({ scope, predicted, actual, reach }) =>
      COST_BASES.map((basis) => ({
        scope,
        basis,
        period,
        originDay: Number(members[0]!.origin_day),
        predicted: predicted[basis],
        actual: actual[basis],
        naive: actualOf(previousPeriod(period), scope.key, basis),
        reach: LEVELS.map((_, level) => totalOf(reach[basis], level)),
      })),
    );
  });
}

function sumScopes(
  rows: readonly Record<string, unknown>[],
  partsOf: (row: Record<string, unknown>) => [Scope, number][],
): ScopeSum[] {
  const sums = new Map<string, ScopeSum>();
  for (const row of rows) {
    const reaches = JSON.parse(String(row.reach)) as Record<CostBasis, number[]>;
    for (const [scope, share] of partsOf(row)) {
      const sum = sums.get(scope.key) ?? {
        scope,
        predicted: mapBases(() => 0),
        actual: mapBases(() => 0),
        reach: mapBases(() => createReachSum(LEVELS.length)),
      };
      sums.set(scope.key, sum);
      for (const basis of COST_BASES) {
        sum.predicted[basis] += share * Number(row[`predicted_${basis}_cost`]);
        sum.actual[basis] += share * Number(row[`actual_${basis}_cost`]);
        addReach(sum.reach[basis], reaches[basis], share);
      }
    }
  }
  return [...sums.values()];
}

/** With fewer past landings than this, a level of scopes takes the factor of all. */
const MINIMUM_LANDINGS = 40;
const FACTOR_BOUNDS = [0.5, 8] as const;

/** By how much distances are stretched, by level of scope and of coverage. */
export type Factors = (scopeLevel: string) => readonly number[];

/**
 * Conformal calibration of totals: by how much the distances of scopes must grow for the share of past landings within them
 * to be the promised one, pooled over the scopes of a level (all levels where one has few).
 */
export function calibrateScopes(
  landings: readonly ScoredLanding[],
  basis: CostBasis,
  without?: string,
): Factors {
  const used = landings.filter((each) => each.basis === basis && each.period !== without);
  const known = new Map<string, number[]>();
  return (scopeLevel) => {
    const own = used.filter(({ scope }) => scope.level === scopeLevel);
    const factors = known.get(scopeLevel) ?? findFactors(own.length >= MINIMUM_LANDINGS ? own : used);
    known.set(scopeLevel, factors);
    return factors;
  };
}

function findFactors(landings: readonly ScoredLanding[]): number[] {
  let least: number = FACTOR_BOUNDS[0];
  return LEVELS.map((level, i) => {
    const ratios = landings.flatMap(({ predicted, actual, reach }) =>
      reach[i]! > 0 ? [Math.abs(predicted - actual) / reach[i]!] : [],
    );
    if (ratios.length < MINIMUM_LANDINGS) return 1;
    least = Math.min(FACTOR_BOUNDS[1], Math.max(least, quantile(ratios, level)));
    return least;
  });
}

/** The same landings with distances calibrated by the other months. */
export function calibrateLandings(landings: readonly ScoredLanding[]): ScoredLanding[] {
  const known = new Map<string, Factors>();
  return landings.map((each) => {
    const key = `${each.basis} ${each.period}`;
    const factors = known.get(key) ?? calibrateScopes(landings, each.basis, each.period);
    known.set(key, factors);
    return { ...each, reach: each.reach.map((reach, i) => reach * factors(each.scope.level)[i]!) };
  });
}

export function scoreLandings(landings: readonly ScoredLanding[]): Score {
  let [missed, over, cost, naiveMissed, missedWithNaive, held80, held90] = [0, 0, 0, 0, 0, 0, 0];
  for (const { predicted, actual, naive, reach } of landings) {
    const error = predicted - actual;
    missed += Math.abs(error);
    over += error;
    cost += Math.abs(actual);
    if (naive !== undefined) {
      naiveMissed += Math.abs(naive - actual);
      missedWithNaive += Math.abs(error);
    }
    // An amount is published to the millionth.
    if (Math.abs(error) <= reach[0]! + 1e-6) held80++;
    if (Math.abs(error) <= reach[1]! + 1e-6) held90++;
  }
  const count = landings.length;
  return {
    count,
    wape: cost > 0 ? missed / cost : null,
    bias: cost > 0 ? over / cost : null,
    mase: naiveMissed > 0 ? missedWithNaive / naiveMissed : null,
    coverage80: count > 0 ? held80 / count : null,
    coverage90: count > 0 ? held90 / count : null,
  };
}

export function previousPeriod(period: string): string {
  const [year = 0, month = 1] = period.split('-').map(Number);
  return new Date(Date.UTC(year, month - 2, 1)).toISOString().slice(0, 7);
}
