import { createRelation, type RelationRow } from '../../engine/relation.ts';
import { findMeanBefore, judgeKpi, judgeTrend, KPIS, type Kpi } from '../../scorecard/kpis.ts';
import { toMonth } from '../finding-history.ts';
import type { Month } from '../months.ts';
import { type KpiSeries, type Lever, leverKey, readKpis, readLevers } from '../scorecard-values.ts';
import type { Step } from '../step.ts';

const TEXT = 'VARCHAR';
const NUMBER = 'DOUBLE';
const HISTORY_MONTHS = 13;
/** They are judged as of now; the others on months that are complete. */
const CURRENT_KPIS = new Set(['cost_optimisation_index', 'idle_share', 'visibility_delay']);
/** Nobody measures them by team and tier. */
const EVERYWHERE = { scope: 'organisation', value: '' } as const;

const COLUMNS = {
  kpi: TEXT,
  label: TEXT,
  scope: TEXT,
  scope_value: TEXT,
  billing_currency: TEXT,
  billing_period: TEXT,
  value: NUMBER,
  unit: TEXT,
  target: NUMBER,
  watch: NUMBER,
  direction: TEXT,
  status: TEXT,
  previous: NUMBER,
  mean_before: NUMBER,
  trend: TEXT,
  remedy: TEXT,
  lever: TEXT,
  lever_cost: 'DECIMAL(38,12)',
  history: TEXT,
};

/** KPIs of the organisation, its tiers and its teams against their targets, with the remedy that moves each most. */
export const scorecardStep: Step = {
  name: 'scorecard',
  inputs: ['scorecard_parts', 'scorecard_levers', 'cost_forecast_scores', 'unit_costs', 'months', 'run'],
  outputs: { scorecard: COLUMNS },
  async run({ engine, scratchFolder, configuration, asOf, months }) {
    const series = await readKpis(engine);
    const levers = await readLevers(engine);
    const { targets } = configuration.scorecard;
    const kpis = KPIS.map((kpi): Kpi => ({ ...kpi, ...targets[kpi.name] }));
    const known = new Map(series.map((each) => [leverKey(each.kpi, each), each]));
    const currencies = [...new Set(series.map(({ currency }) => currency))].sort();
    const rows = kpis.flatMap((kpi) => {
      const own = series.filter((each) => each.kpi === kpi.name);
      const absent = currencies
        .map((currency) => ({ ...EVERYWHERE, kpi: kpi.name, currency, months: new Map() }))
        .filter((each) => !known.has(leverKey(kpi.name, each)));
      return [...own, ...absent].map((each) =>
        toRow(kpi, each, levers.get(leverKey(kpi.name, each)), listMonths(kpi, months, asOf)),
      );
    });
    await createRelation(engine, scratchFolder, 'scorecard', COLUMNS, rows);
  },
};

/** The months of a KPI's history, the one it is judged on last. */
function listMonths({ name }: Kpi, months: readonly Month[], asOf: string): string[] {
  const complete = months
    .filter(({ is_complete }) => is_complete)
    .map(({ billing_period }) => billing_period);
  const last = CURRENT_KPIS.has(name) ? toMonth(asOf) : (complete.at(-1) ?? toMonth(asOf));
  const before = complete.filter((month) => month < last);
  return [...before, last].slice(-HISTORY_MONTHS);
}

function toRow(
  kpi: Kpi,
  series: KpiSeries,
  lever: Lever | undefined,
  months: readonly string[],
): RelationRow {
  const history = months.map((billing_period) => ({
    billing_period,
    value: round(series.months.get(billing_period) ?? null),
  }));
  const values = history.map(({ value }) => value);
  const value = values.at(-1) ?? null;
  return {
    kpi: kpi.name,
    label: kpi.label,
    scope: series.scope,
    scope_value: series.value,
    billing_currency: series.currency,
    billing_period: months.at(-1) ?? null,
    value,
    unit: kpi.unit,
    target: kpi.target,
    watch: kpi.watch,
    direction: kpi.direction,
    status: judgeKpi(value, kpi),
    previous: values.at(-2) ?? null,
    mean_before: round(findMeanBefore(values)),
    trend: judgeTrend(values, kpi),
    remedy: value === null ? kpi.toKnow : lever ? `${kpi.remedy}: ${lever.lever}` : kpi.remedy,
    lever: lever?.lever ?? null,
    lever_cost: lever?.lever_cost ?? null,
    history: JSON.stringify(history),
  };
}

/** Binary numbers may differ in their last digits from run to run; what is published may not. */
function round(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : Number(value.toFixed(6)) || 0;
}
