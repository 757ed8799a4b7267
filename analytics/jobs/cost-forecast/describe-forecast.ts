// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { createHash } from 'node:crypto';
import { formatScaled, parseScaled } from '../../decimal-text.ts';
import type { RelationRow } from '../../engine/relation.ts';
import { toDate, toDayNumber } from '../../forecast/calendar.ts';
import { normalTail } from '../../forecast/censored.ts';
import { ALLOCATION_DIMENSIONS, type CostBasis } from '../../vocabulary.ts';
import { formatDayOfYear } from '../day-text.ts';
import { LATE_DAYS, type Month } from '../months.ts';
import type { StepContext } from '../step.ts';
import { REST_ERROR_CORRELATION, totalOf } from './add-reaches.ts';
import { LEVELS } from './backtest-outlook.ts';
import { formatScore } from './describe-scores.ts';
import type { ForecastInputs } from './forecast-inputs.ts';
import type { Outlooks } from './scope-outlooks.ts';
import type { Scope } from './scopes.ts';
import type { Factors, Score } from './score-landings.ts';
import { findTrend, formatMoney, formatPercent } from './trend-words.ts';

export type Period = {
  kind: 'month' | 'year';
  months: readonly Pick<Month, 'billing_period' | 'period_end_date'>[];
};

/** By forecast, its newest version from a day before. */
export type Previous = Map<string, { landing: string; asOf: string }>;

/** One forecast: what is forecast, and what is known of it. */
export type Subject = {
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

/** One row of cost_forecasts. */
export function describeForecast(subject: Subject): RelationRow {
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
  return Number(normalTail((budget - landing) / (reach80 / 1.2815515655)).toFixed(4));
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
