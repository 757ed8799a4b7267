// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { createHash } from 'node:crypto';
import { formatScaled, parseScaled } from '../../decimal-text.ts';
import { quoteText } from '../../engine/duckdb.ts';
import type { RelationRow } from '../../engine/relation.ts';
import { toDate, toDayNumber } from '../../forecast/calendar.ts';
import { groupBy } from '../../group-by.ts';
import { ALLOCATION_DIMENSIONS, COST_BASES, type CostBasis } from '../../vocabulary.ts';
import { formatDayOfYear } from '../day-text.ts';
import { LATE_DAYS, type Month } from '../months.ts';
import type { StepContext } from '../step.ts';
import { REST_ERROR_CORRELATION, totalOf } from './add-reaches.ts';
import { LEVELS } from './backtest-outlook.ts';
import { formatScore, keyOfLanding } from './describe-scores.ts';
import type { ForecastInputs } from './forecast-inputs.ts';
import { fiscalYearEnd } from './future-months.ts';
import { mapBases } from './read-cost-series.ts';
import { type Outlooks, readOutlooks, type ScopeOutlook } from './scope-outlooks.ts';
import type { Scope } from './scopes.ts';
import {
  calibrateScopes,
  type Factors,
  type Score,
  type ScoredLanding,
  scoreLandings,
} from './score-landings.ts';
import { findTrend, formatMoney, formatPercent } from './trend-words.ts';

type Previous = Map<string, { landing: string; asOf: string }>;

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
          describe({ scenario, period, scope, basis, context, inputs, outlooks, factors, previous, scores }),
        );
      }),
    ),
  );
}

type Period = {
  kind: 'month' | 'year';
  months: readonly Pick<Month, 'billing_period' | 'period_end_date'>[];
};

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

type Subject = {
  scenario: string;
  period: Period;
  scope: Scope;
  basis: CostBasis;
  context: StepContext;
  inputs: ForecastInputs;
  outlooks: Outlooks;
  factors: Record<CostBasis, Factors>;
  previous: Previous;
  scores: ReadonlyMap<string, Score>;
};

function describe(subject: Subject): RelationRow {
  const { scenario, period, scope, basis, context, inputs, previous, scores } = subject;
  const last = period.months.at(-1)!;
  const amounts = addUp(subject);
  const { actual, known, landing, reaches } = amounts;
  const budget = sumBudget(subject);
  const id = identify([scenario, period.kind, last.billing_period, scope.key, basis]);
  const before = previous.get(id);
  const score = scores.get(`${basis} ${scope.key}`);
  const trend = findTrend(inputs.history.get(scope.key)?.[basis] ?? []);
  const interval = LEVELS.map((_, i) => {
    const reach = parseScaled(reaches[i]!.toFixed(6));
    // What is charged already does not go away by itself.
    const low = landing - reach;
    return { low: landing >= actual && actual >= 0n && low < actual ? actual : low, high: landing + reach };
  });
  const status = judge(subject, landing, actual);
  const said = {
    landing: toNumber(landing),
    low: toNumber(interval[0]!.low),
    high: toNumber(interval[0]!.high),
  };
  const drift =
    before && parseScaled(before.landing) !== 0n ? said.landing / Number(before.landing) - 1 : null;
  return {
    forecast_id: id,
    scenario,
    period_kind: period.kind,
    billing_period: last.billing_period,
    period_end_date: toDate(toDayNumber(last.period_end_date) - 1),
    level: scope.level,
    ...Object.fromEntries(ALLOCATION_DIMENSIONS.map((name) => [name, scope[name]])),
    cost_basis: basis,
    billing_currency: scope.billing_currency,
    status: status.status,
    method: status.method,
    actual_cost: formatScaled(actual),
    known_cost: formatScaled(known),
    landing_cost: formatScaled(landing),
    ...Object.fromEntries(
      interval.flatMap(({ low, high }, i) => {
        const level = Math.round(100 * LEVELS[i]!);
        return [
          [`low_${level}_cost`, formatScaled(low)],
          [`high_${level}_cost`, formatScaled(high)],
        ];
      }),
    ),
    budget_cost: budget === undefined ? null : formatScaled(budget),
    budget_variance_cost: budget === undefined ? null : formatScaled(landing - budget),
    budget_exceeded_probability:
      budget === undefined ? null : exceed(said.landing, toNumber(budget), reaches[0]!),
    previous_landing_cost: before?.landing ?? null,
    previous_as_of_date: before?.asOf ?? null,
    drift_ratio: drift === null ? null : Number(drift.toFixed(6)),
    scored_count: score?.count ?? 0,
    ...formatScore(score),
    weekly_growth_ratio: trend ? Number(trend.weeklyRatio.toFixed(6)) : null,
    reason: explain({ subject, said, budget, trend, why: status.why }),
    history: JSON.stringify({
      first_date: inputs.historyStart,
      costs: Array.from(inputs.history.get(scope.key)?.[basis] ?? [], roundCost),
    }),
    path: describePath(subject, toNumber(actual), reaches[0]!, context),
  };
}

/** Amounts of the period; running months are taken from allocated_cost, to which a scenario adds its difference. */
function addUp({ scenario, period, scope, basis, inputs, outlooks, factors }: Subject) {
  let [actual, known, landing] = [0n, 0n, 0n];
  const reaches = LEVELS.map(() => 0);
  for (const { billing_period } of period.months) {
    const amounts = inputs.months.get(scope.key)?.get(billing_period);
    const own = outlooks.get(scenario)?.get(billing_period)?.get(scope.key);
    const baseline = outlooks.get('baseline')?.get(billing_period)?.get(scope.key);
    actual += amounts?.actual[basis] ?? 0n;
    const isInLake = amounts !== undefined;
    landing += isInLake ? amounts.landing[basis] : 0n;
    landing += (own?.coming[basis] ?? 0n) - (isInLake ? (baseline?.coming[basis] ?? 0n) : 0n);
    known += own?.known[basis] ?? 0n;
    if (own)
      LEVELS.forEach((_, i) => {
        reaches[i]! +=
          totalOf(own.reach[basis], i, isInLake ? undefined : REST_ERROR_CORRELATION) *
          factors[basis](scope.level)[i]!;
      });
  }
  return { actual, known, landing, reaches };
}

function sumBudget({ period, scope, inputs }: Subject): bigint | undefined {
  const ofScope = inputs.budgets.get(scope.key);
  const parts = period.months.flatMap(({ billing_period }) => ofScope?.get(billing_period) ?? []);
  return parts.length > 0 ? parts.reduce((sum, part) => sum + part, 0n) : undefined;
}

/** Whether there is a forecast, and how it was made. */
function judge({ scenario, period, scope, outlooks }: Subject, landing: bigint, actual: bigint) {
  const own = period.months.flatMap(
    ({ billing_period }) => outlooks.get(scenario)?.get(billing_period)?.get(scope.key) ?? [],
  );
  const coming = own.reduce(
    (sum, { days, coming }) => sum + Math.max(sumOf(days.list), toNumber(coming.list)),
    0,
  );
  const paced = own.flatMap((each) => [...each.paced]);
  const pacedCost = paced.reduce((sum, [, cost]) => sum + cost, 0);
  const why = [...paced].sort((a, b) => b[1] - a[1])[0]?.[0];
  if (own.length === 0)
    return { status: 'not forecast', method: 'none', why: 'nothing of the period is still to come' };
  if (landing === actual && coming === 0)
    return { status: 'not forecast', method: 'none', why: 'nothing was charged lately' };
  if (why !== undefined && pacedCost >= 0.5 * coming)
    return { status: 'not forecast', method: 'run rate', why: `paced by its last days: ${why}` };
  return { status: 'forecast', method: 'combination', why: undefined };
}

/** The chance that the landing is above a budget, with errors like a normal distribution of the same 80 % interval. */
function exceed(landing: number, budget: number, reach80: number): number {
  if (reach80 <= 0) return landing > budget ? 1 : 0;
  return Number((1 - normal((budget - landing) / (reach80 / 1.2815515655))).toFixed(4));
}

/** Distribution function of the standard normal: Abramowitz and Stegun, 26.2.17. */
function normal(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const tail =
    Math.exp((-z * z) / 2) *
    0.3989422804 *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z >= 0 ? 1 - tail : tail;
}

function explain({
  subject,
  said,
  budget,
  trend,
  why,
}: {
  subject: Subject;
  said: { landing: number; low: number; high: number };
  budget: bigint | undefined;
  trend: ReturnType<typeof findTrend>;
  why: string | undefined;
}): string {
  const { scope, inputs } = subject;
  const money = (amount: number) => formatMoney(amount, scope.billing_currency);
  const parts: string[] = [];
  if (trend) {
    const since = toDate(toDayNumber(inputs.historyStart) + trend.sinceIndex);
    const verb = trend.weeklyRatio > 0 ? 'grows' : 'falls';
    parts.push(
      `${verb} ${formatPercent(trend.weeklyRatio)} a week since ${trend.isFromStart ? 'at least ' : ''}${formatDayOfYear(since)}`,
    );
  } else if (inputs.history.has(scope.key)) parts.push('holds steady');
  parts.push(`lands at ${money(said.landing)}, between ${money(said.low)} and ${money(said.high)} (80 %)`);
  if (budget !== undefined && budget > 0n) {
    const ratio = said.landing / toNumber(budget) - 1;
    parts.push(
      Math.abs(ratio) < 0.0005
        ? 'on budget'
        : `${formatPercent(ratio)} ${ratio > 0 ? 'over' : 'under'} budget`,
    );
  }
  if (why) parts.push(`not forecast: ${why}`);
  return parts.join('; ');
}

/** A month day by day, with the total so far and how far off it may be; a year month by month. */
function describePath(
  subject: Subject,
  actual: number,
  reach80: number,
  { asOf, months }: StepContext,
): string {
  const { scenario, period, scope, basis, outlooks } = subject;
  const ofMonth = (name: string) => outlooks.get(scenario)?.get(name)?.get(scope.key);
  if (period.kind === 'year') {
    const costs = period.months.map((month) =>
      toNumber(addUp({ ...subject, period: { kind: 'month', months: [month] } }).landing),
    );
    return JSON.stringify({
      months: period.months.map((month) => month.billing_period),
      costs: costs.map(roundCost),
    });
  }
  const [month] = period.months;
  const name = month!.billing_period;
  const days = ofMonth(name)?.days[basis] ?? new Float64Array(0);
  const start = months.find((each) => each.billing_period === name)!.period_start_date;
  const completeUntil = toDate(toDayNumber(asOf) - LATE_DAYS);
  const first = start > completeUntil ? start : completeUntil;
  let total = actual;
  const totals = Array.from(days, (cost) => {
    total += cost;
    return total;
  });
  // Errors of days add up as in a landing: neither by themselves nor all together.
  const spread = totals.map((_, i) => reach80 * ((i + 1) / totals.length) ** 0.75);
  return JSON.stringify({
    first_date: first,
    costs: Array.from(days, roundCost),
    totals: totals.map(roundCost),
    low_80_totals: totals.map((value, i) => roundCost(value - spread[i]!)),
    high_80_totals: totals.map((value, i) => roundCost(value + spread[i]!)),
  });
}

function identify(key: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 16);
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function toNumber(scaled: bigint): number {
  return Number(scaled) / 1e12;
}

function roundCost(value: number): number {
  return Number(value.toFixed(4));
}
