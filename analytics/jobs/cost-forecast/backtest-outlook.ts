// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import {
  calibrateTotals,
  type TotalModel,
  type TotalProfile,
  totalReach,
} from '../../forecast/conformal-total.ts';
import { COST_BASES, type CostBasis } from '../../vocabulary.ts';
import { type Coming, type MonthSpan, sumDays } from './carry-forward.ts';
import { forecastUsage, type OutlookOptions, sumComing, type UnitForecast } from './outlook.ts';
import { type CostHistory, mapBases } from './read-cost-series.ts';

/** Coverages of the intervals that are published. */
export const LEVELS = [0.8, 0.9, 0.95] as const;
export type Reaches = Record<CostBasis, number[]>;

/** A landing as it would have been made then, beside what came; by allocation. */
export type PastLanding = {
  period: string;
  /** Day of the month on which it is made. */
  originDay: number;
  leaves: Map<
    string,
    { predicted: Record<CostBasis, number>; actual: Record<CostBasis, number>; reach: Reaches }
  >;
};

export type Backtests = { landings: PastLanding[]; profile: TotalProfile };

const ORIGIN_DAYS = [7, 14, 21];
const MINIMUM_HISTORY_DAYS = 42;

type Origin = {
  month: MonthSpan;
  originDay: number;
  forecasts: UnitForecast[];
  past: Past[];
  known: CostHistory;
  options: OutlookOptions;
};
type Past = { total: TotalModel; error: number };

/**
 * Lands complete months again as on their days 7, 14 and 21, from the data as it is known now without what came after (and
 * without the `lateDays` before, which were not complete then). Intervals of a month are learnt from the other months.
 */
export function backtestOutlook(
  history: CostHistory,
  months: readonly MonthSpan[],
  lateDays: number,
  options: Omit<OutlookOptions, 'sight' | 'stretches' | 'completeness'>,
): Backtests {
  const used = findFirstUse(history);
  const origins = months.flatMap((month) =>
    ORIGIN_DAYS.flatMap((originDay): Origin[] => {
      const until = month.start + originDay - lateDays;
      if (until - used < MINIMUM_HISTORY_DAYS || until <= month.start) return [];
      const known = forgetAfter(history, month.start, until);
      const then: OutlookOptions = {
        ...options,
        sight: { completeUntil: until, seenUntil: until },
        stretches: [{ months: [month] }],
        completeness: [],
      };
      const forecasts = forecastUsage(known, then);
      return [{ month, originDay, forecasts, past: measureErrors(history, forecasts), known, options: then }];
    }),
  );
  const profile = calibrateTotals(origins.flatMap(({ past }) => past));
  const landings = origins.map((origin): PastLanding => {
    const others = calibrateTotals(
      origins.flatMap(({ month, past }) => (month === origin.month ? [] : past)),
    );
    return {
      period: origin.month.period,
      originDay: origin.originDay,
      leaves: landThen(history, origin, others),
    };
  });
  return { landings, profile };
}

function findFirstUse({ series }: CostHistory): number {
  const firsts = series.flatMap(({ kind, days }) => {
    const first = kind === 'usage' ? days.list.findIndex((value) => value !== 0) : -1;
    return first < 0 ? [] : [first];
  });
  return Math.min(...firsts, Number.POSITIVE_INFINITY);
}

/** What was known then: no day after, and of the month no charge that is written for all of it. */
function forgetAfter(history: CostHistory, monthStart: number, until: number): CostHistory {
  const series = history.series.map((each) => {
    const end = each.isSpread || each.kind === 'proportional' ? monthStart : until;
    return {
      ...each,
      days: mapBases((basis) => {
        const days = new Float64Array(each.days[basis].length);
        days.set(each.days[basis].subarray(0, end));
        return days;
      }),
    };
  });
  return { ...history, series };
}

function measureErrors(history: CostHistory, forecasts: readonly UnitForecast[]): Past[] {
  const full = new Map(history.series.map((series) => [series.id, series]));
  return forecasts.flatMap(({ unit, path, pathStart, model }) => {
    if (model === undefined) return [];
    const actual = unit.members.reduce(
      (sum, { series }) =>
        sum + sumDays(full.get(series.id)!.days[unit.basis], pathStart, pathStart + path.length),
      0,
    );
    return [{ total: model, error: actual - path.reduce((sum, value) => sum + value, 0) }];
  });
}

function landThen(
  history: CostHistory,
  { month, forecasts, known, options }: Origin,
  profile: TotalProfile,
): PastLanding['leaves'] {
  const coming = sumComing(known, forecasts, options);
  const leaves: PastLanding['leaves'] = new Map();
  const seenThen = new Map(known.series.map(({ id, days }) => [id, days]));
  for (const series of history.series) {
    const leaf = leaves.get(series.leafId) ?? {
      predicted: mapBases(() => 0),
      actual: mapBases(() => 0),
      reach: mapBases(() => LEVELS.map(() => 0)),
    };
    leaves.set(series.leafId, leaf);
    for (const basis of COST_BASES) {
      const { start, end } = month;
      leaf.actual[basis] += sumDays(series.days[basis], start, end);
      leaf.predicted[basis] +=
        sumDays(seenThen.get(series.id)![basis], start, end) + (coming.get(series.id)?.[0]?.[basis] ?? 0);
    }
  }
  for (const [leafId, reach] of measureReach(known, forecasts, coming, [0], profile))
    leaves.get(leafId)!.reach = reach;
  return leaves;
}

/** No landing is surer than this share of what is to come. */
const FLOOR_RATIO = 0.02;

/** How far each allocation's landing may miss, by basis and level; `months` are the positions in `coming` that it is of. */
export function measureReach(
  history: CostHistory,
  forecasts: readonly UnitForecast[],
  coming: Coming,
  months: readonly number[],
  profile: TotalProfile,
): Map<string, Reaches> {
  const reaches = new Map<string, Reaches>();
  const add = (leafId: string, basis: CostBasis, of: (level: number) => number) => {
    const leaf = reaches.get(leafId) ?? mapBases(() => LEVELS.map(() => 0));
    reaches.set(leafId, leaf);
    LEVELS.forEach((level, i) => {
      leaf[basis][i]! += Math.abs(of(level));
    });
  };
  for (const { unit, model, path } of forecasts) {
    const own = new Map<number, number>(
      LEVELS.map((level) => [level, model ? totalReach(model, profile, level) : paceReach(path, level)]),
    );
    for (const { series, share, ratios } of unit.members) {
      for (const basis of COST_BASES)
        add(series.leafId, basis, (level) => own.get(level)! * share * ratios[basis]);
    }
  }
  for (const { id, leafId } of history.series) {
    const perMonth = coming.get(id);
    if (perMonth === undefined) continue;
    for (const basis of COST_BASES) {
      const total = months.reduce((sum, m) => sum + perMonth[m]![basis], 0);
      add(leafId, basis, () => FLOOR_RATIO * total);
    }
  }
  return reaches;
}

/** A pace from a few days says little: as far off as half of what is to come. */
function paceReach(path: Float64Array, level: number): number {
  return (path.reduce((sum, value) => sum + value, 0) * 0.5 * level) / 0.9;
}
