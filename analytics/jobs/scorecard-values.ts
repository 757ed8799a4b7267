import { parseScaled } from '../decimal-text.ts';
import type { Engine } from '../engine/duckdb.ts';
import type { KpiName } from '../scorecard/kpis.ts';

/** What a row of the scorecard is about; `value` is '' for the whole organisation. */
export type ScorecardScope = { scope: 'organisation' | 'tier' | 'team'; value: string; currency: string };
/** A KPI of a scope by month (`YYYY-MM`); null: unknown. */
export type KpiSeries = ScorecardScope & { kpi: KpiName; months: Map<string, number | null> };
/** What moves a KPI most. The cost is decimal text. */
export type Lever = { lever: string; lever_cost: string };

/** Every KPI that the models and steps tell, by scope and month. */
export async function readKpis(engine: Engine): Promise<KpiSeries[]> {
  return [
    ...(await readRatios(engine)),
    ...(await readDirect(engine, FORECAST_SQL)),
    ...(await readDirect(engine, UNIT_COST_SQL)),
  ];
}

/** The largest lever by `leverKey`. */
export async function readLevers(engine: Engine): Promise<Map<string, Lever>> {
  const rows = await engine.query(
    `select kpi, team, tier, billing_currency, lever, lever_cost
     from (select * from scorecard_levers union all ${UNIT_COST_LEVER_SQL})
     order by lever_cost desc, lever`,
  );
  const levers = new Map<string, Lever>();
  for (const row of rows) {
    for (const scope of listScopes(row)) {
      const key = leverKey(String(row.kpi), scope);
      if (!levers.has(key)) levers.set(key, { lever: String(row.lever), lever_cost: String(row.lever_cost) });
    }
  }
  return levers;
}

export function leverKey(kpi: string, { scope, value, currency }: ScorecardScope): string {
  return JSON.stringify([kpi, scope, value, currency]);
}

async function readRatios(engine: Engine): Promise<KpiSeries[]> {
  const rows = await engine.query(
    'select kpi, billing_period, team, tier, billing_currency, numerator, denominator from scorecard_parts',
  );
  const sums = new Map<string, ScorecardScope & { kpi: KpiName; months: Map<string, [bigint, bigint]> }>();
  for (const row of rows) {
    const kpi = row.kpi as KpiName;
    for (const scope of listScopes(row)) {
      const key = leverKey(kpi, scope);
      const series = sums.get(key) ?? { ...scope, kpi, months: new Map() };
      sums.set(key, series);
      const month = String(row.billing_period);
      const [numerator, denominator] = series.months.get(month) ?? [0n, 0n];
      series.months.set(month, [
        numerator + parseScaled(String(row.numerator)),
        denominator + parseScaled(String(row.denominator)),
      ]);
    }
  }
  return [...sums.values()].map(({ months, ...rest }) => ({
    ...rest,
    months: new Map(
      [...months].map(([month, [numerator, denominator]]) => [month, divide(numerator, denominator)]),
    ),
  }));
}

async function readDirect(engine: Engine, sql: string): Promise<KpiSeries[]> {
  const series = new Map<string, KpiSeries>();
  for (const row of await engine.query(sql)) {
    const scope = row.scope as ScorecardScope['scope'];
    const about = { scope, value: String(row.value), currency: String(row.billing_currency) };
    const kpi = row.kpi as KpiName;
    const key = leverKey(kpi, about);
    const one = series.get(key) ?? { ...about, kpi, months: new Map() };
    series.set(key, one);
    one.months.set(String(row.billing_period), row.amount === null ? null : Number(row.amount));
  }
  return [...series.values()];
}

function divide(numerator: bigint, denominator: bigint): number | null {
  return denominator <= 0n ? null : Number(numerator) / Number(denominator);
}

/** '' and '(all)' name no team and no tier. */
function listScopes({ team, tier, billing_currency }: Record<string, unknown>): ScorecardScope[] {
  const currency = String(billing_currency);
  const isNamed = (value: unknown) => value !== '' && value !== '(all)';
  return [
    { scope: 'organisation', value: '', currency },
    ...(isNamed(tier) ? [{ scope: 'tier' as const, value: String(tier), currency }] : []),
    ...(isNamed(team) ? [{ scope: 'team' as const, value: String(team), currency }] : []),
  ];
}

/** Landings against what the month cost: those that were published before where there are some, else backtests. */
const FORECAST_SQL = `
  select 'forecast_error' as kpi,
    case level when 'total' then 'organisation' else level end as scope,
    case level when 'team' then team when 'tier' then tier else '' end as value,
    billing_currency, billing_period,
    coalesce(max(case when score_kind = 'stored' then wape end), max(case when score_kind = 'backtest' then wape end)) as amount
  from cost_forecast_scores as s
  cross join run as r
  where s.level in ('total', 'team', 'tier') and s.origin_day = 0 and s.billing_period <> '(all)'
    and s.cost_basis = r.cost_basis
  group by level, team, tier, billing_currency, billing_period
  order by scope, value, billing_currency, billing_period`;

const UNIT_COSTS = `
  select u.driver, u.billing_period, u.billing_currency, u.team, u.tier, u.volume,
    case r.cost_basis when 'billed' then u.billed_cost when 'list' then u.list_cost
      when 'contracted' then u.contracted_cost else u.effective_cost end as cost
  from unit_costs as u
  cross join run as r
  join months as m on m.billing_period = u.billing_period`;

/** By driver, the growth of unit cost from month to month; drivers weigh by what they cost. */
const UNIT_COST_SQL = `
  with costs as (${UNIT_COSTS}),
  scoped as (
    select 'organisation' as scope, '' as value, * from costs
    union all select 'team', team, * from costs where team <> '(all)'
    union all select 'tier', tier, * from costs where tier <> '(all)'
  ),
  sums as (
    select scope, value, billing_currency, driver, billing_period,
      cast(sum(cost) as double) as cost, cast(sum(cost) as double) / nullif(cast(sum(volume) as double), 0) as unit_cost
    from scoped
    group by scope, value, billing_currency, driver, billing_period
  ),
  grown as (
    select *, unit_cost / nullif(lag(unit_cost) over w, 0) - 1 as growth
    from sums
    window w as (partition by scope, value, billing_currency, driver order by billing_period)
  )
  select 'unit_cost_trend' as kpi, scope, value, billing_currency, billing_period,
    sum(growth * cost) / nullif(sum(case when growth is not null then cost end), 0) as amount
  from grown
  group by scope, value, billing_currency, billing_period
  having count(growth) > 0
  order by scope, value, billing_currency, billing_period`;

/** What a month's volume cost more than at the unit cost of the month before. */
const UNIT_COST_LEVER_SQL = `
  select 'unit_cost_trend' as kpi, team, tier, billing_currency, concat('driver ', driver) as lever,
    cast(round(cast(cost as double) - cast(volume as double) * previous_cost / previous_volume, 6) as decimal(38,12)) as lever_cost
  from (
    select *, cast(lag(cost) over w as double) as previous_cost, cast(nullif(lag(volume) over w, 0) as double) as previous_volume
    from (
      select driver, billing_period, billing_currency, team, tier, sum(cost) as cost, sum(volume) as volume
      from (${UNIT_COSTS})
      group by driver, billing_period, billing_currency, team, tier
    )
    window w as (partition by driver, billing_currency, team, tier order by billing_period)
  )
  where billing_period = (select max(billing_period) from months where is_complete)
    and cast(cost as double) > cast(volume as double) * previous_cost / previous_volume`;
