import type { Engine } from '../../engine/duckdb.ts';
import { quoteText } from '../../engine/duckdb.ts';
import type { RelationRow } from '../../engine/relation.ts';
import { groupBy } from '../../group-by.ts';
import { ALLOCATION_DIMENSIONS, type CostBasis } from '../../vocabulary.ts';
import type { ForecastInputs } from './forecast-inputs.ts';
import { listScopes, toCell } from './scopes.ts';
import { previousPeriod, type Score, type ScoredLanding, scoreLandings } from './score-landings.ts';

export const ALL_PERIODS = '(all)';

/** Landings of earlier runs whose month is over now. */
export async function readStoredLandings(
  engine: Engine,
  asOf: string,
  { actualOf, scopes }: ForecastInputs,
): Promise<ScoredLanding[]> {
  const rows = await engine.query(
    `select s.* from stored_cost_forecasts as s join months as m on m.billing_period = s.billing_period
     where s.scenario = 'baseline' and s.period_kind = 'month' and m.is_complete
       and s.as_of_date < date ${quoteText(asOf)} and s.as_of_date < m.period_end_date
     order by s.forecast_id, s.as_of_date`,
  );
  return rows.flatMap((row) => {
    const basis = String(row.cost_basis) as CostBasis;
    const period = String(row.billing_period);
    const own = listScopes(toCell(row)).find(({ level }) => level === row.level);
    const scope = own && scopes.get(own.key);
    const actual = scope && actualOf(period, scope.key, basis);
    if (scope === undefined || actual === undefined) return [];
    const predicted = Number(row.landing_cost);
    return [
      {
        scope,
        basis,
        period,
        originDay: Number(String(row.as_of_date).slice(8, 10)),
        predicted,
        actual,
        naive: actualOf(previousPeriod(period), scope.key, basis),
        reach: [80, 90, 95].map((level) => Number(row[`high_${level}_cost`]) - predicted),
      },
    ];
  });
}

/** Scores by month, by day of the month, and in all. */
export function describeScores(
  backtests: readonly ScoredLanding[],
  stored: readonly ScoredLanding[],
): RelationRow[] {
  const kinds = { backtest: backtests, stored };
  return Object.entries(kinds).flatMap(([score_kind, landings]) =>
    [...groupBy(landings, keyOfLanding).values()].flatMap((members) => [
      ...describeGroup(score_kind, members, ALL_PERIODS, 0),
      ...[...groupBy(members, ({ period }) => period)].flatMap(([period, own]) =>
        describeGroup(score_kind, own, period, 0),
      ),
      ...[...groupBy(members, ({ originDay }) => String(originDay))].flatMap(([day, own]) =>
        describeGroup(score_kind, own, ALL_PERIODS, Number(day)),
      ),
    ]),
  );
}

export function keyOfLanding({ scope, basis }: ScoredLanding): string {
  return `${basis} ${scope.key}`;
}

function describeGroup(
  score_kind: string,
  members: readonly ScoredLanding[],
  period: string,
  day: number,
): RelationRow[] {
  const [first] = members;
  if (first === undefined) return [];
  const score = scoreLandings(members);
  return [
    {
      score_kind,
      billing_period: period,
      origin_day: day,
      level: first.scope.level,
      ...Object.fromEntries(ALLOCATION_DIMENSIONS.map((name) => [name, first.scope[name]])),
      cost_basis: first.basis,
      billing_currency: first.scope.billing_currency,
      landing_count: score.count,
      ...formatScore(score),
    },
  ];
}

export function formatScore(score: Score | undefined): RelationRow {
  const round = (value: number | null | undefined) =>
    value === null || value === undefined ? null : Number(value.toFixed(6));
  return {
    wape: round(score?.wape),
    bias: round(score?.bias),
    mase: round(score?.mase),
    coverage_80_ratio: round(score?.coverage80),
    coverage_90_ratio: round(score?.coverage90),
  };
}
