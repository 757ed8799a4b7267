import { createRelation, type RelationRow } from '../../engine/relation.ts';
import { COST_DAYS_SEEN, COST_FORECAST_SCORES, COST_FORECASTS } from '../../lake/forecast-tables.ts';
import { ALLOCATION_DIMENSIONS } from '../../vocabulary.ts';
import { viewLakeTable } from '../cost-forecast/completeness.ts';
import { describeForecasts } from '../cost-forecast/describe-forecasts.ts';
import { describeScores, readStoredLandings } from '../cost-forecast/describe-scores.ts';
import { readForecastInputs } from '../cost-forecast/forecast-inputs.ts';
import { calibrateLandings, readBacktests } from '../cost-forecast/score-landings.ts';
import { storeVersion } from '../day-versions.ts';
import { LATE_DAYS } from '../months.ts';
import type { Step, StepContext } from '../step.ts';

const TEXT = 'VARCHAR';
const MONEY = 'DECIMAL(38,12)';
const NUMBER = 'DOUBLE';
const SCOPE = {
  level: TEXT,
  ...Object.fromEntries(ALLOCATION_DIMENSIONS.map((name) => [name, TEXT])),
  cost_basis: TEXT,
  billing_currency: TEXT,
};
const SCORE = {
  wape: NUMBER,
  bias: NUMBER,
  mase: NUMBER,
  coverage_80_ratio: NUMBER,
  coverage_90_ratio: NUMBER,
};

/**
 * Adds the landings up by scope, month and fiscal year, says how good such forecasts were, and keeps what was said in the
 * lake, to be scored when the month is over.
 */
export const costForecastsStep: Step = {
  name: 'cost-forecasts',
  inputs: [
    'cost_outlooks',
    'cost_backtests',
    'cost_series',
    'shared_cost_targets',
    'allocated_cost',
    'variance',
    'months',
  ],
  outputs: {
    cost_forecasts: {
      forecast_id: TEXT,
      scenario: TEXT,
      period_kind: TEXT,
      billing_period: TEXT,
      period_end_date: 'DATE',
      ...SCOPE,
      status: TEXT,
      method: TEXT,
      actual_cost: MONEY,
      known_cost: MONEY,
      landing_cost: MONEY,
      low_80_cost: MONEY,
      high_80_cost: MONEY,
      low_90_cost: MONEY,
      high_90_cost: MONEY,
      low_95_cost: MONEY,
      high_95_cost: MONEY,
      budget_cost: MONEY,
      budget_variance_cost: MONEY,
      budget_exceeded_probability: NUMBER,
      previous_landing_cost: MONEY,
      previous_as_of_date: 'DATE',
      drift_ratio: NUMBER,
      scored_count: 'INTEGER',
      ...SCORE,
      weekly_growth_ratio: NUMBER,
      reason: TEXT,
      history: TEXT,
      path: TEXT,
    },
    cost_forecast_scores: {
      score_kind: TEXT,
      billing_period: TEXT,
      origin_day: 'INTEGER',
      ...SCOPE,
      landing_count: 'INTEGER',
      ...SCORE,
    },
  },
  async run(context) {
    const { engine, store, asOf } = context;
    await viewLakeTable(engine, store, COST_FORECASTS, 'stored_cost_forecasts');
    const inputs = await readForecastInputs(context);
    const backtests = await readBacktests(engine, inputs.shareOut, inputs.scopesOf, inputs.actualOf);
    const calibrated = calibrateLandings(backtests);
    const stored = await readStoredLandings(engine, asOf, inputs);
    await publish(context, 'cost_forecast_scores', describeScores(calibrated, stored));
    await publish(context, 'cost_forecasts', await describeForecasts(context, inputs, backtests, calibrated));
    await keepVersions(context);
  },
};

async function publish(
  { engine, scratchFolder }: StepContext,
  name: string,
  rows: readonly RelationRow[],
): Promise<void> {
  await createRelation(engine, scratchFolder, name, costForecastsStep.outputs[name] ?? {}, rows);
}

async function keepVersions(context: StepContext): Promise<void> {
  await storeVersion(context, COST_FORECASTS, 'select * from cost_forecasts');
  await storeVersion(context, COST_FORECAST_SCORES, 'select * from cost_forecast_scores');
  await storeVersion(
    context,
    COST_DAYS_SEEN,
    `select charge_date, billing_currency, cast(sum(list_cost) as decimal(38,12)) as list_cost
     from cost_series
     where forecast_kind = 'usage' and charge_date >= date '${context.asOf}' - interval '${LATE_DAYS}' day
       and charge_date < date '${context.asOf}'
     group by charge_date, billing_currency`,
  );
}
