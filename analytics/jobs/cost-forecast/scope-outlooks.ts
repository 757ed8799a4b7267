// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { parseScaled } from '../../decimal-text.ts';
import { COST_BASES, type CostBasis } from '../../vocabulary.ts';
import type { StepContext } from '../step.ts';
import { addReach, createReachSum, type ReachSum } from './add-reaches.ts';
import { LEVELS } from './backtest-outlook.ts';
import type { ForecastInputs } from './forecast-inputs.ts';
import { mapBases, toLeaf } from './read-cost-series.ts';
import { type Part, takePart } from './share-out.ts';

/** What is to come of a scope in one month. */
export type ScopeOutlook = {
  coming: Record<CostBasis, bigint>;
  known: Record<CostBasis, bigint>;
  reach: Record<CostBasis, ReachSum>;
  days: Record<CostBasis, Float64Array>;
  /** Cost to come of allocations that are paced, by reason. */
  paced: Map<string, number>;
};

/** By scenario, by month, by scope. */
export type Outlooks = Map<string, Map<string, Map<string, ScopeOutlook>>>;

/** What is to come, added up by scope. */
export async function readOutlooks(
  { engine }: StepContext,
  { shareOut, scopesOf }: ForecastInputs,
): Promise<Outlooks> {
  const rows = await engine.query('select * from cost_outlooks order by all');
  const outlooks: Outlooks = new Map();
  for (const row of rows) {
    const period = String(row.billing_period);
    const byMonth = outlooks.get(String(row.scenario)) ?? new Map<string, Map<string, ScopeOutlook>>();
    outlooks.set(String(row.scenario), byMonth);
    const byScope = byMonth.get(period) ?? new Map<string, ScopeOutlook>();
    byMonth.set(period, byScope);
    const own = readOutlook(row);
    for (const part of shareOut(period, toLeaf(row))) {
      for (const scope of scopesOf(part.cell)) {
        const sum = byScope.get(scope.key) ?? createOutlook(own.days?.effective.length ?? 0);
        byScope.set(scope.key, sum);
        addOutlook(sum, own, part);
      }
    }
  }
  return outlooks;
}

function readOutlook(row: Record<string, unknown>) {
  const parse = (value: unknown) =>
    value === null ? undefined : (JSON.parse(String(value)) as Record<CostBasis, number[]>);
  return {
    coming: mapBases((basis) => parseScaled(String(row[`coming_${basis}_cost`]))),
    known: mapBases((basis) => parseScaled(String(row[`known_${basis}_cost`]))),
    reach: parse(row.reach),
    days: parse(row.days),
    paced:
      row.reason === null
        ? undefined
        : { reason: String(row.reason), cost: Number(row.coming_list_cost) || 0 },
  };
}

function addOutlook(sum: ScopeOutlook, own: ReturnType<typeof readOutlook>, part: Part): void {
  for (const basis of COST_BASES) {
    sum.coming[basis] += takePart(own.coming[basis], part);
    sum.known[basis] += takePart(own.known[basis], part);
    if (own.reach) addReach(sum.reach[basis], own.reach[basis], part.share);
    own.days?.[basis].forEach((cost, i) => {
      sum.days[basis][i]! += cost * part.share;
    });
  }
  if (own.paced) {
    const { reason, cost } = own.paced;
    sum.paced.set(reason, (sum.paced.get(reason) ?? 0) + cost * part.share);
  }
}

function createOutlook(dayCount: number): ScopeOutlook {
  return {
    coming: mapBases(() => 0n),
    known: mapBases(() => 0n),
    reach: mapBases(() => createReachSum(LEVELS.length)),
    days: mapBases(() => new Float64Array(dayCount)),
    paced: new Map(),
  };
}
