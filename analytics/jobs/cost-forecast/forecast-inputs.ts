import { parseScaled } from '../../decimal-text.ts';
import { quoteText } from '../../engine/duckdb.ts';
import { toDate, toDayNumber } from '../../forecast/calendar.ts';
import { ALLOCATION_DIMENSIONS, COST_BASES, type CostBasis } from '../../vocabulary.ts';
import { LATE_DAYS } from '../months.ts';
import type { StepContext } from '../step.ts';
import { mapBases } from './read-cost-series.ts';
import { type Cell, createScopeIndex, type Scope, toCell } from './scopes.ts';
import { readShareOut, type ShareOut } from './share-out.ts';

export type MonthAmounts = { actual: Record<CostBasis, bigint>; landing: Record<CostBasis, bigint> };

/** What is added up by scope; amounts in units of 10^-12. */
export type ForecastInputs = {
  shareOut: ShareOut;
  scopesOf(cell: Cell): Scope[];
  scopes: Map<string, Scope>;
  /** By scope key, by month. */
  months: Map<string, Map<string, MonthAmounts>>;
  budgets: Map<string, Map<string, bigint>>;
  actualOf(period: string, scopeKey: string, basis: CostBasis): number | undefined;
  /** Complete days, the newest last; by scope key. */
  history: Map<string, Record<CostBasis, Float64Array>>;
  historyStart: string;
};

const HISTORY_DAYS = 90;
const DIMENSIONS = ALLOCATION_DIMENSIONS.join(', ');

export async function readForecastInputs(context: StepContext): Promise<ForecastInputs> {
  const { engine, asOf } = context;
  const shareOut = await readShareOut(engine);
  const index = createScopeIndex();
  const scopes = new Map<string, Scope>();
  const scopesOf = (cell: Cell) => {
    const own = index(cell);
    for (const scope of own) scopes.set(scope.key, scope);
    return own;
  };
  const months = await readMonths(context, scopesOf);
  const budgets = await readBudgets(context, scopesOf);
  const historyEnd = toDayNumber(asOf) - LATE_DAYS;
  const historyStart = toDate(historyEnd - HISTORY_DAYS);
  const history = await readHistory(context, scopesOf, shareOut, historyStart, toDate(historyEnd));
  return {
    shareOut,
    scopesOf,
    scopes,
    months,
    budgets,
    actualOf: (period, key, basis) => {
      const amount = months.get(key)?.get(period)?.actual[basis];
      return amount === undefined ? undefined : Number(amount) / 1e12;
    },
    history,
    historyStart,
  };
}

async function readMonths(
  { engine }: StepContext,
  scopesOf: ForecastInputs['scopesOf'],
): Promise<ForecastInputs['months']> {
  const sums = COST_BASES.flatMap((basis) => [`${basis}_cost`, `landing_${basis}_cost`]);
  const rows = await engine.query(
    `select billing_period, billing_currency, ${DIMENSIONS}, ${sums.map((name) => `sum(${name}) as ${name}`).join(', ')}
     from allocated_cost group by billing_period, billing_currency, ${DIMENSIONS} order by all`,
  );
  const months: ForecastInputs['months'] = new Map();
  for (const row of rows) {
    const period = String(row.billing_period);
    const amounts = mapBases((basis) => parseScaled(String(row[`${basis}_cost`])));
    const landings = mapBases((basis) => parseScaled(String(row[`landing_${basis}_cost`])));
    for (const { key } of scopesOf(toCell(row))) {
      const ofScope = months.get(key) ?? new Map<string, MonthAmounts>();
      months.set(key, ofScope);
      const sum = ofScope.get(period) ?? { actual: mapBases(() => 0n), landing: mapBases(() => 0n) };
      ofScope.set(period, sum);
      for (const basis of COST_BASES) {
        sum.actual[basis] += amounts[basis];
        sum.landing[basis] += landings[basis];
      }
    }
  }
  return months;
}

async function readBudgets(
  { engine }: StepContext,
  scopesOf: ForecastInputs['scopesOf'],
): Promise<ForecastInputs['budgets']> {
  const rows = await engine.query(
    `select billing_period, billing_currency, ${DIMENSIONS}, budget_cost from variance where budget_cost <> 0 order by all`,
  );
  const budgets: ForecastInputs['budgets'] = new Map();
  for (const row of rows) {
    for (const { key } of scopesOf(toCell(row))) {
      const ofScope = budgets.get(key) ?? new Map<string, bigint>();
      budgets.set(key, ofScope);
      const period = String(row.billing_period);
      ofScope.set(period, (ofScope.get(period) ?? 0n) + parseScaled(String(row.budget_cost)));
    }
  }
  return budgets;
}

async function readHistory(
  { engine }: StepContext,
  scopesOf: ForecastInputs['scopesOf'],
  shareOut: ShareOut,
  from: string,
  until: string,
): Promise<ForecastInputs['history']> {
  const keys = `billing_period, billing_currency, shared_no, ${DIMENSIONS}`;
  const rows = await engine.query(
    `select ${keys}, list(day order by day) as days, ${COST_BASES.map((basis) => `list(${basis}_cost order by day) as ${basis}_costs`).join(', ')}
     from (
       select ${keys}, cast(date_diff('day', date ${quoteText(from)}, charge_date) as integer) as day,
         ${COST_BASES.map((basis) => `cast(sum(${basis}_cost) as double) as ${basis}_cost`).join(', ')}
       from cost_series
       where charge_date >= date ${quoteText(from)} and charge_date < date ${quoteText(until)} and forecast_kind <> 'once'
       group by all
     ) as daily group by ${keys} order by ${keys}`,
  );
  const history: ForecastInputs['history'] = new Map();
  for (const row of rows) {
    const days = row.days as number[];
    const leaf = { ...toCell(row), shared_no: typeof row.shared_no === 'number' ? row.shared_no : null };
    for (const { cell, share } of shareOut(String(row.billing_period), leaf)) {
      for (const { key } of scopesOf(cell)) {
        const sum = history.get(key) ?? mapBases(() => new Float64Array(HISTORY_DAYS));
        history.set(key, sum);
        for (const basis of COST_BASES) {
          const costs = row[`${basis}_costs`] as number[];
          days.forEach((day, i) => {
            sum[basis][day] = (sum[basis][day] ?? 0) + share * (costs[i] ?? 0);
          });
        }
      }
    }
  }
  return history;
}
