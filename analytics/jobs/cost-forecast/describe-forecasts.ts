import { quoteText } from '../../engine/duckdb.ts';
import type { RelationRow } from '../../engine/relation.ts';
import { groupBy } from '../../group-by.ts';
import { COST_BASES } from '../../vocabulary.ts';
import type { StepContext } from '../step.ts';
import { describeForecast, type Period, type Previous } from './describe-forecast.ts';
import { keyOfLanding } from './describe-scores.ts';
import type { ForecastInputs } from './forecast-inputs.ts';
import { fiscalYearEnd } from './future-months.ts';
import { mapBases } from './read-cost-series.ts';
import { type Outlooks, readOutlooks, type ScopeOutlook } from './scope-outlooks.ts';
import type { Scope } from './scopes.ts';
import { calibrateScopes, type ScoredLanding, scoreLandings } from './score-landings.ts';

/** The rows of cost_forecasts: each scope's running months and fiscal year, in every scenario, on every basis. */
export async function describeForecasts(
  context: StepContext,
  inputs: ForecastInputs,
  backtests: readonly ScoredLanding[],
  calibrated: readonly ScoredLanding[],
): Promise<RelationRow[]> {
  const outlooks = await readOutlooks(context, inputs);
  const scores = new Map(
    [...groupBy(calibrated, keyOfLanding)].map(([key, own]) => [key, scoreLandings(own)]),
  );
  const factors = mapBases((basis) => calibrateScopes(backtests, basis));
  const previous = await readPrevious(context);
  const running = context.months.filter(
    (month) => !month.is_complete && month.period_start_date < context.asOf,
  );
  const periods = [
    ...running.map((month): Period => ({ kind: 'month', months: [month] })),
    createYear(context, outlooks),
  ];
  return [...outlooks].flatMap(([scenario, byMonth]) =>
    periods.flatMap((period) =>
      [...inputs.scopes.values()].flatMap((scope) => {
        const months = inputs.months.get(scope.key);
        if (months === undefined || !isOfInterest(scope, period, inputs, byMonth)) return [];
        return COST_BASES.map((basis) =>
          describeForecast({
            scenario,
            period,
            scope,
            basis,
            context,
            inputs,
            outlooks,
            factors,
            previous,
            scores,
          }),
        );
      }),
    ),
  );
}

/** The months of the fiscal year, as far as the lake or the forecast knows them. */
function createYear({ months, asOf, configuration }: StepContext, outlooks: Outlooks): Period {
  const end = fiscalYearEnd(asOf, configuration.fiscal_year_start_month);
  const start = `${Number(end.slice(0, 4)) - 1}${end.slice(4)}`;
  const known = new Set([
    ...months.map((month) => month.billing_period),
    ...(outlooks.get('baseline')?.keys() ?? []),
  ]);
  const own = [...known].filter((period) => period >= start && period < end).sort();
  return {
    kind: 'year',
    months: own.map((period) => ({ billing_period: period, period_end_date: endOf(period) })),
  };
}

function endOf(period: string): string {
  const [year = 0, month = 1] = period.split('-').map(Number);
  return new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10);
}

/** What has neither cost nor a future in the period has no row. */
function isOfInterest(
  scope: Scope,
  period: Period,
  { months }: ForecastInputs,
  byMonth: Map<string, Map<string, ScopeOutlook>>,
): boolean {
  return period.months.some(({ billing_period }) => {
    const amounts = months.get(scope.key)?.get(billing_period);
    const outlook = byMonth.get(billing_period)?.get(scope.key);
    const hasCost =
      amounts !== undefined &&
      COST_BASES.some((basis) => amounts.landing[basis] !== 0n || amounts.actual[basis] !== 0n);
    return hasCost || (outlook !== undefined && COST_BASES.some((basis) => outlook.coming[basis] !== 0n));
  });
}

/** The newest version of each forecast from a day before. */
async function readPrevious({ engine, asOf }: StepContext): Promise<Previous> {
  const rows = await engine.query(
    `select forecast_id, max(as_of_date) as as_of_date, arg_max(landing_cost, as_of_date) as landing_cost
     from stored_cost_forecasts where as_of_date < date ${quoteText(asOf)} group by forecast_id`,
  );
  return new Map(
    rows.map((row) => [
      String(row.forecast_id),
      { landing: String(row.landing_cost), asOf: String(row.as_of_date) },
    ]),
  );
}
