import type {
  CostHistory,
  CostSeries,
  ForecastKind,
} from '../../../analytics/jobs/cost-forecast/read-cost-series.ts';
import { ALLOCATION_DIMENSIONS, type AllocationDimension } from '../../../analytics/vocabulary.ts';

export type SeriesGiven = {
  kind: ForecastKind;
  key?: string;
  isSpread?: boolean;
  team?: string;
  /** Cost by day index, the same on each basis unless `effective` says otherwise. */
  cost: (day: number) => number;
  effective?: (day: number) => number;
};

/** A history whose day 0 is `firstDay`, `length` days long; costs are given up to `until`. */
export function makeHistory(
  firstDay: number,
  length: number,
  until: number,
  given: readonly SeriesGiven[],
): CostHistory {
  const series = given.map(
    ({ kind, key = '', isSpread = false, team = 'a', cost, effective = cost }): CostSeries => {
      const days = (of: (day: number) => number) =>
        Float64Array.from({ length }, (_, day) =>
          day < until || isSpread || kind === 'proportional' ? of(day) : 0,
        );
      const dimensions = Object.fromEntries(ALLOCATION_DIMENSIONS.map((name) => [name, '-'])) as Record<
        AllocationDimension,
        string
      >;
      const leaf = { billing_currency: 'USD', shared_no: null, ...dimensions, team };
      return {
        id: `${kind} ${key} ${isSpread} ${team}`,
        leafId: team,
        leaf,
        kind,
        chargeKey: key,
        isSpread,
        days: { billed: days(cost), effective: days(effective), list: days(cost), contracted: days(cost) },
      };
    },
  );
  return { firstDay, series, hasData: (day) => day < firstDay + until };
}
