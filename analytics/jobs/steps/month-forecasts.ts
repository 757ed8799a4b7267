import { formatScaled, parseScaled } from '../../decimal-text.ts';
import { createRelation, type RelationRow } from '../../engine/relation.ts';
import { groupBy } from '../../group-by.ts';
import { MONTH_FORECASTS } from '../../lake/forecast-tables.ts';
import { addDays } from '../../sources/days.ts';
import { ALLOCATION_DIMENSIONS, COST_BASES } from '../../vocabulary.ts';
import { nextPeriod } from '../cost-forecast/future-months.ts';
import { mapBases, toLeaf } from '../cost-forecast/read-cost-series.ts';
import { readShareOut, type ShareOut, takePart } from '../cost-forecast/share-out.ts';
import { createVersionsView, storeVersion } from '../day-versions.ts';
import { toMonth } from '../finding-history.ts';
import { LATE_DAYS } from '../months.ts';
import type { Step, StepContext } from '../step.ts';

const TEXT = 'VARCHAR';
const COSTS = Object.fromEntries(COST_BASES.map((basis) => [`${basis}_cost`, 'DECIMAL(38,12)']));
const CELL = {
  ...Object.fromEntries(ALLOCATION_DIMENSIONS.map((name) => [name, TEXT])),
  billing_currency: TEXT,
};
const STORED = { billing_period: TEXT, forecast_kind: TEXT, ...CELL, ...COSTS };

/**
 * Keeps by allocation what the running months and the next one are forecast to cost, and gives for each complete month the
 * forecast that stood when it began. A month from before forecasts were kept has its first backtest.
 */
export const monthForecasts: Step = {
  name: 'month-forecasts',
  inputs: ['variance', 'cost_series', 'cost_outlooks', 'cost_backtests', 'shared_cost_targets', 'months'],
  outputs: {
    month_forecasts: {
      billing_period: TEXT,
      forecast_as_of_date: 'DATE',
      forecast_kind: TEXT,
      ...CELL,
      ...COSTS,
    },
  },
  async run(context) {
    const shareOut = await readShareOut(context.engine);
    for (const [asOf, rows] of await readBacktests(context, shareOut)) await keep(context, asOf, rows);
    if (!(await isHindsight(context))) {
      await keep(context, context.asOf, [
        ...(await readRunning(context)),
        ...(await readNext(context, shareOut)),
      ]);
    }
    await chooseForecasts(context);
  },
};

/** Whether the bill has charges of later days than the run is as of: what it then says of a month was not known then. */
async function isHindsight({ engine, asOf }: StepContext): Promise<boolean> {
  const rows = await engine.query(
    `select 1 from cost_series where not is_spread and charge_date >= date '${asOf}' limit 1`,
  );
  return rows.length > 0;
}

/** What a run says of months that it sees the beginning of: their landing. */
async function readRunning({ engine, months, asOf }: StepContext): Promise<RelationRow[]> {
  const running = new Set(
    months
      .filter((month) => !month.is_complete && month.period_start_date < asOf)
      .map((month) => month.billing_period),
  );
  const costs = COST_BASES.map((basis) => `landing_${basis}_cost as ${basis}_cost`);
  const rows = await engine.query(
    `select billing_period, 'forecast' as forecast_kind, ${Object.keys(CELL).join(', ')}, ${costs.join(', ')}
     from variance order by all`,
  );
  return (rows as RelationRow[]).filter((row) => running.has(String(row.billing_period)) && hasCost(row));
}

/**
 * What is to come of the month after all that the lake holds, where shared costs end. Of a month whose bill is missing though
 * it has begun nothing is said: its first days would count as free.
 */
async function readNext({ engine, months, asOf }: StepContext, shareOut: ShareOut): Promise<RelationRow[]> {
  const next = nextPeriod(months.at(-1)?.billing_period ?? '');
  if (addDays(`${next}-01`, LATE_DAYS) < asOf) return [];
  const rows = await engine.query(
    `select * from cost_outlooks where scenario = 'baseline' and stretch = 'rest' and billing_period = '${next}' order by all`,
  );
  return addUp(rows, shareOut, (basis) => `coming_${basis}_cost`, 'forecast');
}

/** The first backtest of each month of which no earlier forecast is kept, by the day as of which it is. */
async function readBacktests(context: StepContext, shareOut: ShareOut): Promise<Map<string, RelationRow[]>> {
  const { engine } = context;
  const known = await readKept(context);
  const rows = await engine.query(
    `select * from cost_backtests where (billing_period, origin_day) in
       (select (billing_period, min(origin_day)) from cost_backtests group by billing_period) order by all`,
  );
  const backtests = new Map<string, RelationRow[]>();
  for (const [period, own] of groupBy(rows, (row) => String(row.billing_period))) {
    const asOf = addDays(`${period}-01`, Number(own[0]?.origin_day));
    const isKnown = known.some((kept) => kept.billing_period === period && kept.as_of_date <= asOf);
    if (isKnown || known.some((kept) => kept.as_of_date === asOf)) continue;
    backtests.set(
      asOf,
      addUp(own, shareOut, (basis) => `predicted_${basis}_cost`, 'backtest'),
    );
  }
  return backtests;
}

type Kept = { billing_period: string; as_of_date: string };

async function readKept(context: StepContext): Promise<Kept[]> {
  await createVersionsView(context, MONTH_FORECASTS, (days) => listKept(days));
  const rows = await context.engine.query(
    `select distinct billing_period, cast(as_of_date as varchar) as as_of_date from ${MONTH_FORECASTS.name} order by all`,
  );
  await context.engine.run(`drop view ${MONTH_FORECASTS.name}`);
  return rows as Kept[];
}

/** Rows by allocation before shared costs are split, added up where they end. Amounts are exact. */
function addUp(
  rows: readonly Record<string, unknown>[],
  shareOut: ShareOut,
  nameAmount: (basis: string) => string,
  forecast_kind: string,
): RelationRow[] {
  const sums = new Map<string, { row: RelationRow; costs: Record<string, bigint> }>();
  for (const row of rows) {
    const amounts = mapBases((basis) => parseScaled(Number(row[nameAmount(basis)]).toFixed(6)));
    const billing_period = String(row.billing_period);
    for (const part of shareOut(billing_period, toLeaf(row))) {
      const cell = Object.fromEntries(
        Object.keys(CELL).map((name) => [name, part.cell[name as keyof typeof part.cell]]),
      );
      const key = JSON.stringify(cell);
      const sum = sums.get(key) ?? {
        row: { billing_period, forecast_kind, ...cell },
        costs: mapBases(() => 0n),
      };
      sums.set(key, sum);
      for (const basis of COST_BASES)
        sum.costs[basis] = (sum.costs[basis] ?? 0n) + takePart(amounts[basis], part);
    }
  }
  return [...sums.values()]
    .map(({ row, costs }) => ({
      ...row,
      ...Object.fromEntries(
        COST_BASES.map((basis) => [`${basis}_cost`, formatScaled(costs[basis] as bigint)]),
      ),
    }))
    .filter(hasCost);
}

function hasCost(row: RelationRow): boolean {
  return COST_BASES.some((basis) => parseScaled(String(row[`${basis}_cost`])) !== 0n);
}

async function keep(context: StepContext, asOf: string, rows: readonly RelationRow[]): Promise<void> {
  if (rows.length === 0) return;
  const { engine, scratchFolder } = context;
  await createRelation(engine, scratchFolder, 'kept_month_forecasts', STORED, rows);
  await storeVersion({ ...context, asOf }, MONTH_FORECASTS, 'select * from kept_month_forecasts', listKept);
  await engine.run('drop table kept_month_forecasts');
}

/** The first and the last day of each month: a month's forecast is the last one before it, or else the first one in it. */
function listKept(days: readonly string[]): Set<string> {
  const byMonth = groupBy([...days].sort(), toMonth);
  return new Set([...byMonth.values()].flatMap((own) => [own[0] as string, own.at(-1) as string]));
}

/** The last forecast as of a month's first day or before; where there is none, the first one after. */
async function chooseForecasts(context: StepContext): Promise<void> {
  const { engine, months, asOf } = context;
  await createVersionsView(context, MONTH_FORECASTS, (days) => listKept(days.filter((day) => day <= asOf)));
  const complete = months.filter((month) => month.is_complete).map((month) => `'${month.billing_period}'`);
  const columns = Object.keys({ ...CELL, ...COSTS }).join(', ');
  await engine.run(
    `create or replace table chosen_month_forecasts as
     select billing_period, as_of_date as forecast_as_of_date, forecast_kind, ${columns}
     from ${MONTH_FORECASTS.name}
     where billing_period in (${complete.join(', ') || 'null'})
     qualify as_of_date = coalesce(
       max(case when as_of_date <= cast(billing_period || '-01' as date) then as_of_date end) over (partition by billing_period),
       min(as_of_date) over (partition by billing_period))`,
  );
  await engine.run(`drop view ${MONTH_FORECASTS.name}`);
  await engine.run(`alter table chosen_month_forecasts rename to ${MONTH_FORECASTS.name}`);
}
