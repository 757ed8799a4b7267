/**
 * What a head of infrastructure steers by. `low`: lower is better; `high`: higher is better; `near`: nearer to 0 is better.
 * `target` is where it should be, `watch` where it is off target. Formulas: docs/metrics.md.
 */
export type Kpi = {
  name: KpiName;
  label: string;
  unit: 'ratio' | 'days';
  direction: 'low' | 'high' | 'near';
  target: number;
  watch: number;
  remedy: string;
  /** What makes it known where it is not. */
  toKnow: string;
};

export const KPI_NAMES = [
  'budget_variance',
  'forecast_error',
  'allocation_share',
  'tag_compliance',
  'unit_cost_trend',
  'effective_savings_rate',
  'commitment_coverage',
  'commitment_utilisation',
  'cost_optimisation_index',
  'idle_share',
  'anomaly_cost_share',
  'alert_quality',
  'visibility_delay',
] as const;
export type KpiName = (typeof KPI_NAMES)[number];

const TO_KNOW: Readonly<Record<KpiName, string>> = {
  budget_variance: 'Give a budget: budgets.csv',
  forecast_error: 'Known once a forecast month is complete',
  allocation_share: 'Known once a month is complete',
  tag_compliance: 'Name the tags that are required: required_tags',
  unit_cost_trend: 'Give the volumes of a driver (drivers.csv), or collect them',
  effective_savings_rate: 'Known once a complete month has compute',
  commitment_coverage: 'Known once a complete month has compute',
  commitment_utilisation: 'Known once a complete month has a commitment',
  cost_optimisation_index: 'Known once resources are charged',
  idle_share: 'Known once resources are charged',
  anomaly_cost_share: 'Known from the first complete month that begins four weeks after the oldest charge',
  alert_quality: 'Say what alerts were worth: headroom feedback',
  visibility_delay: 'Import usage',
};

/** Every KPI with its reference levels, which `scorecard.targets` may change. */
export const KPIS: readonly Kpi[] = [
  kpi(
    'budget_variance',
    'Budget variance',
    'near',
    [0.05, 0.1],
    'Ask the owner of the largest overrun, or plan it in',
  ),
  kpi('forecast_error', 'Forecast error (WAPE)', 'low', [0.12, 0.2], 'Enter planned events in the calendar'),
  kpi(
    'allocation_share',
    'Allocated cost',
    'high',
    [0.9, 0.8],
    'Add an allocation rule for the largest unallocated cost',
  ),
  kpi('tag_compliance', 'Tag compliance', 'high', [0.95, 0.9], 'Tag the largest untagged resource'),
  kpi('unit_cost_trend', 'Unit cost growth a month', 'low', [0.01, 0.03], 'Ask what made a unit dearer'),
  kpi(
    'effective_savings_rate',
    'Effective savings rate',
    'high',
    [0.2, 0.1],
    'Buy the recommended commitment',
  ),
  kpi('commitment_coverage', 'Commitment coverage', 'high', [0.8, 0.6], 'Buy the recommended commitment'),
  kpi(
    'commitment_utilisation',
    'Commitment utilisation',
    'high',
    [0.95, 0.9],
    'Move usage under the unused commitment',
  ),
  kpi(
    'cost_optimisation_index',
    'Cost optimisation index',
    'high',
    [0.95, 0.9],
    'Act on the largest finding',
  ),
  kpi('idle_share', 'Idle share', 'low', [0.03, 0.06], 'Delete or stop what is idle'),
  kpi('anomaly_cost_share', 'Anomaly cost', 'low', [0.02, 0.07], 'Explain or stop the largest anomaly'),
  kpi(
    'alert_quality',
    'Alerts acted on',
    'high',
    [0.85, 0.7],
    'Raise the threshold of alerts that nobody acts on',
  ),
  kpi('visibility_delay', 'Visibility delay', 'low', [2, 3], 'Let deliveries start an import', 'days'),
];

export type KpiStatus = 'on target' | 'watch' | 'off target' | 'unknown';

/** How a value stands against its levels; null is unknown. */
export function judgeKpi(value: number | null, { direction, target, watch }: Omit<Kpi, 'name'>): KpiStatus {
  if (value === null || !Number.isFinite(value)) return 'unknown';
  const reach = (level: number) => {
    if (direction === 'high') return value >= level;
    return (direction === 'near' ? Math.abs(value) : value) <= level;
  };
  if (reach(target)) return 'on target';
  return reach(watch) ? 'watch' : 'off target';
}

export type KpiTrend = 'improving' | 'stable' | 'worsening';

/** A change of less than half a percentage point, or half a day, from the mean of three months says nothing. */
const STABLE_CHANGE = { ratio: 0.005, days: 0.5 };
const COMPARED_MONTHS = 3;

/** The newest value against `findMeanBefore`; null where there is none. */
export function judgeTrend(history: readonly (number | null)[], { direction, unit }: Kpi): KpiTrend | null {
  const value = history.at(-1) ?? null;
  const mean = findMeanBefore(history);
  if (value === null || mean === null) return null;
  const change = direction === 'near' ? Math.abs(value) - Math.abs(mean) : value - mean;
  if (Math.abs(change) < STABLE_CHANGE[unit]) return 'stable';
  return change > 0 === (direction === 'high') ? 'improving' : 'worsening';
}

/** The mean of up to three known values before the newest; null where there is none. */
export function findMeanBefore(history: readonly (number | null)[]): number | null {
  const before = history
    .slice(0, -1)
    .filter((each): each is number => each !== null)
    .slice(-COMPARED_MONTHS);
  return before.length === 0 ? null : before.reduce((sum, each) => sum + each, 0) / before.length;
}

function kpi(
  name: KpiName,
  label: string,
  direction: Kpi['direction'],
  [target, watch]: [number, number],
  remedy: string,
  unit: Kpi['unit'] = 'ratio',
): Kpi {
  return { name, label, unit, direction, target, watch, remedy, toKnow: TO_KNOW[name] };
}
