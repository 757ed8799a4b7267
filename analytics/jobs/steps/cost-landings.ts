import { createRelation, type RelationRow } from '../../engine/relation.ts';
import { toDayNumber } from '../../forecast/calendar.ts';
import { ALLOCATION_DIMENSIONS, type CostBasis } from '../../vocabulary.ts';
import { backtestOutlook } from '../cost-forecast/backtest-outlook.ts';
import type { MonthSpan } from '../cost-forecast/carry-forward.ts';
import { readCompleteness } from '../cost-forecast/completeness.ts';
import {
  describeBacktests,
  describeLandings,
  describeOutlook,
  nameBases,
} from '../cost-forecast/describe-landings.ts';
import { landDrivers } from '../cost-forecast/driver-landings.ts';
import { forecastCalendar } from '../cost-forecast/forecast-calendar.ts';
import { listFutureMonths } from '../cost-forecast/future-months.ts';
import { forecastUsage, type OutlookOptions, type Stretch } from '../cost-forecast/outlook.ts';
import { readCostSeries } from '../cost-forecast/read-cost-series.ts';
import { listScenarios } from '../cost-forecast/scenario-change.ts';
import { LATE_DAYS } from '../months.ts';
import type { Step, StepContext } from '../step.ts';

const TEXT = 'VARCHAR';
const MONEY = 'DECIMAL(38,12)';
const LEAF = {
  billing_currency: TEXT,
  ...Object.fromEntries(ALLOCATION_DIMENSIONS.map((name) => [name, TEXT])),
  shared_no: 'INTEGER',
};
const onBases = (name: (basis: CostBasis) => string, type: string) => nameBases(name, () => type);
const BACKTESTED_MONTHS = 6;

/**
 * Forecasts the running months and the rest of the fiscal year: what is still to come, by allocation and by how a charge goes
 * on; the volumes of drivers; and how past months would have been forecast.
 */
export const costLandingsStep: Step = {
  name: 'cost-landings',
  inputs: ['cost_series', 'months', 'driver_volumes'],
  outputs: {
    cost_landings: {
      billing_period: TEXT,
      ...LEAF,
      forecast_kind: TEXT,
      charge_key: TEXT,
      weigh_from_date: 'DATE',
      ...onBases((basis) => `coming_${basis}_cost`, MONEY),
    },
    cost_outlooks: {
      scenario: TEXT,
      stretch: TEXT,
      billing_period: TEXT,
      ...LEAF,
      ...onBases((basis) => `coming_${basis}_cost`, MONEY),
      ...onBases((basis) => `known_${basis}_cost`, MONEY),
      reach: TEXT,
      days: TEXT,
      reason: TEXT,
    },
    cost_backtests: {
      billing_period: TEXT,
      origin_day: 'INTEGER',
      ...LEAF,
      ...onBases((basis) => `predicted_${basis}_cost`, 'DOUBLE'),
      ...onBases((basis) => `actual_${basis}_cost`, 'DOUBLE'),
      reach: TEXT,
    },
    driver_landings: {
      driver: TEXT,
      billing_period: TEXT,
      ...Object.fromEntries(ALLOCATION_DIMENSIONS.map((name) => [name, TEXT])),
      coming_volume: 'DECIMAL(38,6)',
    },
  },
  async run(context) {
    const { engine, scratchFolder, configuration, months, asOf } = context;
    const calendar = forecastCalendar(configuration, asOf);
    const rows = await forecastCosts(context);
    rows.driver_landings = landDrivers(configuration.driverVolumes, months, asOf, calendar);
    for (const [name, columns] of Object.entries(costLandingsStep.outputs)) {
      await createRelation(engine, scratchFolder, name, columns, rows[name] ?? []);
    }
  },
};

async function forecastCosts(context: StepContext): Promise<Record<string, RelationRow[]>> {
  const { engine, configuration, months, asOf, store } = context;
  const running = months.filter((month) => !month.is_complete && month.period_start_date < asOf);
  const future = listFutureMonths(months, asOf, configuration.fiscal_year_start_month);
  const lastDay = toDayNumber(
    [...running, ...future, ...months]
      .map((month) => month.period_end_date)
      .sort()
      .at(-1) ?? asOf,
  );
  const history = await readCostSeries(engine, asOf, lastDay);
  const { firstDay } = history;
  const toSpan = (month: {
    billing_period: string;
    period_start_date: string;
    period_end_date: string;
  }): MonthSpan => ({
    period: month.billing_period,
    start: toDayNumber(month.period_start_date) - firstDay,
    end: toDayNumber(month.period_end_date) - firstDay,
  });
  const now = toDayNumber(asOf) - firstDay;
  const completeness = await readCompleteness(engine, store, asOf);
  const options: OutlookOptions = {
    sight: { completeUntil: now - LATE_DAYS, seenUntil: now },
    stretches: [
      ...running.map((month): Stretch => ({ months: [toSpan(month)] })),
      ...(future.length > 0 ? [{ months: future.map(toSpan) }] : []),
    ],
    completeness,
    calendar: forecastCalendar(configuration, asOf),
    basis: configuration.cost_basis,
  };
  const complete = months
    .filter((month) => month.is_complete)
    .slice(-BACKTESTED_MONTHS)
    .map(toSpan);
  const backtests = backtestOutlook(history, complete, LATE_DAYS, options);
  const forecasts = forecastUsage(history, options);
  const runningPeriods = new Set(running.map((month) => month.billing_period));
  const changes = new Map([['baseline', undefined], ...listScenarios(configuration, firstDay)]);
  return {
    cost_landings: describeLandings(history, forecasts, options, runningPeriods),
    cost_outlooks: [...changes].flatMap(([scenario, change]) =>
      describeOutlook(scenario, history, forecasts, options, backtests, runningPeriods, change),
    ),
    cost_backtests: describeBacktests(history, backtests),
  };
}
