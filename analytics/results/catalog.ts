import { type MeasureDefinition, TABLES, type TableDefinition, type TableName } from './tables.ts';

/** What people ask for: the results, each over one published table, with the columns of an answer. */

/**
 * `decimal`: exact amount, text in JSON; `ratio`: number with 6 decimals; `count`: number; `flag`: boolean; `text`.
 * `adds` says what `control.totals` may add up: rows of any months, only rows of one month, or none.
 */
export type OutputColumn = {
  name: string;
  type: 'decimal' | 'ratio' | 'count' | 'flag' | 'text';
  isNullable: boolean;
  adds: 'always' | 'within a month' | 'never';
  description: string;
};

export type ResultName =
  | 'variance'
  | 'variance/bridge'
  | 'variance/converted'
  | 'unit-costs'
  | 'tagging'
  | 'reconciliation'
  | 'costs';

export type ResultDefinition = {
  name: ResultName;
  table: TableDefinition;
  summary: string;
  defaultBy: readonly string[];
  /** Dimensions that are part of every group, because amounts must not be added across them. */
  fixedBy: readonly string[];
  defaultMonth: 'complete' | 'all';
  defaultSort?: string;
  /** Whether the caller chooses the cost basis. */
  takesBasis: boolean;
  columns: readonly OutputColumn[];
};

/** In the order in which documents list them. */
export const RESULT_NAMES = [
  'variance',
  'variance/bridge',
  'variance/converted',
  'unit-costs',
  'tagging',
  'reconciliation',
  'costs',
] as const satisfies ResultName[];

const varianceColumns: OutputColumn[] = [
  sum('budget_cost', 'Budget, at the budget rate of its currency'),
  sum('actual_cost', 'Cost so far, in the chosen basis'),
  sum('landing_cost', 'Cost expected at the end of the month; equal to actual_cost in a complete month'),
  sum('variance_cost', 'landing_cost - budget_cost'),
  ratio(
    'variance_ratio',
    'variance_cost / budget_cost; null without a budget, and where a budget of all has no cost of its own',
  ),
  sum('budget_currency_cost', 'Currency effect of the budget: at the actual rate less at the budget rate'),
  sum('flexed_budget_cost', 'Budget at the actual volume of its driver and at the actual rate'),
  sum(
    'volume_variance_cost',
    'flexed_budget_cost - budget_cost - budget_currency_cost: what volume explains',
  ),
  sum('rate_efficiency_variance_cost', 'landing_cost - flexed_budget_cost: what rate and efficiency explain'),
  sum('budget_ytd_cost', 'Budget, fiscal year to date', 'within a month'),
  sum('actual_ytd_cost', 'Cost, fiscal year to date', 'within a month'),
  sum(
    'landing_ytd_cost',
    'Cost, fiscal year to date, with the running month at its landing',
    'within a month',
  ),
  sum('variance_ytd_cost', 'landing_ytd_cost - budget_ytd_cost', 'within a month'),
];

const convertedVarianceColumns: OutputColumn[] = varianceColumns.flatMap((column) =>
  column.name === 'rate_efficiency_variance_cost'
    ? [
        sum(
          'cost_currency_cost',
          'Currency effect of the cost: landing at the rate of the month less at the budget rate',
        ),
        { ...column, description: 'landing_cost - flexed_budget_cost - cost_currency_cost' },
      ]
    : [column],
);

const bridgeColumns: OutputColumn[] = [
  ...TABLES.variance_bridge.measures.map(asColumn),
  sum('change_cost', 'actual_cost - base_cost: the sum of the parts'),
  ratio('change_ratio', 'change_cost / base_cost; null where the base is not above 0'),
];

const unitCostColumns: OutputColumn[] = [
  sum('cost', 'Cost in the chosen basis'),
  sum('volume', 'Units of the driver'),
  { ...sum('unit_cost', 'cost / volume, 12 decimals; null without volume', 'never'), isNullable: true },
  { ...sum('previous_unit_cost', 'Unit cost of the period before', 'never'), isNullable: true },
  ratio('change_ratio', 'unit_cost / previous_unit_cost - 1'),
  ratio('trend_ratio', 'Average monthly growth over 6 months, by least squares; null with under 3 months'),
  text('trend', 'falling, stable (within 1 % a month) or rising'),
];

const taggingColumns: OutputColumn[] = [
  ...TABLES.tagging.measures.map(asColumn),
  ratio('coverage_ratio', 'tagged_cost / taggable_cost; null where nothing is taggable'),
  ratio('previous_coverage_ratio', 'The same in the period before'),
  ratio('change', 'coverage_ratio - previous_coverage_ratio'),
];

const reconciliationColumns: OutputColumn[] = [
  ...TABLES.reconciliation.measures.filter(({ name }) => name !== 'unreconciled_count').map(asColumn),
  ...['billed', 'effective', 'list', 'contracted'].map((basis) =>
    sum(`difference_${basis}_cost`, `source - quarantined - published ${basis} cost; 0 when reconciled`),
  ),
  {
    name: 'is_reconciled',
    type: 'flag',
    isNullable: false,
    adds: 'never',
    description: 'Rows and costs of all stages agree in every control total of the group',
  },
];

export const RESULTS: Readonly<Record<ResultName, ResultDefinition>> = {
  variance: define('variance', 'variance', {
    summary: 'Budget variance, for the month and the fiscal year to date',
    defaultBy: ['cost_center'],
    takesBasis: true,
    columns: varianceColumns,
  }),
  'variance/bridge': define('variance/bridge', 'variance_bridge', {
    summary:
      'From the prior month, the same month last year, the budget or the forecast to the actual cost, in parts that add up',
    defaultBy: ['cost_center'],
    fixedBy: ['comparison', 'billing_currency'],
    takesBasis: true,
    columns: bridgeColumns,
  }),
  'variance/converted': define('variance/converted', 'variance_converted', {
    summary: 'Budget variance in the reporting currency, with costs converted; what has no rate stands apart',
    defaultBy: ['cost_center'],
    takesBasis: true,
    columns: convertedVarianceColumns,
  }),
  'unit-costs': define('unit-costs', 'unit_costs', {
    summary: 'Cost per unit of a business driver, with its trend',
    defaultBy: ['driver'],
    fixedBy: ['driver', 'unit', 'billing_currency'],
    takesBasis: true,
    columns: unitCostColumns,
  }),
  tagging: define('tagging', 'tagging', {
    summary: 'Share of taggable cost that carries a tag; by=resource_id lists the largest untagged resources',
    defaultBy: ['tag_key'],
    fixedBy: ['tag_key', 'billing_currency'],
    columns: taggingColumns,
  }),
  reconciliation: define('reconciliation', 'reconciliation', {
    summary: 'Control totals of every stage from delivered files to published tables',
    defaultBy: ['source', 'provider_name'],
    defaultMonth: 'all',
    columns: reconciliationColumns,
  }),
  costs: define('costs', 'costs', {
    summary: 'Cost by any dimension',
    defaultBy: ['service_name'],
    columns: TABLES.costs.measures.map(asColumn),
  }),
};

/** What `tagging` answers with when it is asked for resources. */
export const TAGGING_RESOURCES: ResultDefinition = define('tagging', 'tagging_resources', {
  summary: 'The largest resources that lack required tags',
  defaultBy: ['resource_id'],
  fixedBy: TABLES.tagging_resources.dimensions.filter((name) => name !== 'billing_period'),
  defaultSort: '-taggable_cost',
  columns: TABLES.tagging_resources.measures.map(asColumn),
});

/** The definition that answers a request for `result` grouped by `by`. */
export function findResult(result: ResultName, by: readonly string[] = []): ResultDefinition {
  return result === 'tagging' && by.includes('resource_id') ? TAGGING_RESOURCES : RESULTS[result];
}

/** What `by` may name. */
export function listGroupings(result: ResultName): string[] {
  const dimensions = RESULTS[result].table.dimensions.filter((name) => name !== 'cost_basis');
  return result === 'tagging' ? [...dimensions, 'resource_id'] : [...dimensions];
}

/** The columns of an answer in order: the groups' dimensions, then the measures. */
export function listColumns(definition: ResultDefinition, by: readonly string[]): OutputColumn[] {
  return [...listRowDimensions(definition, by).map((name) => text(name, '', false)), ...definition.columns];
}

/** The dimensions of a row: as asked, months first, then those that are part of every group. */
export function listRowDimensions(definition: ResultDefinition, by: readonly string[]): string[] {
  const months = by.filter((name) => name === 'billing_period');
  const others = by.filter((name) => name !== 'billing_period');
  return [...new Set([...months, ...others, ...definition.fixedBy])];
}

/** What the totals of an answer are kept apart by, because amounts overlap or have other units, and what they add. */
export function listTotals(
  definition: ResultDefinition,
  by: readonly string[],
): { dimensions: string[]; columns: OutputColumn[] } {
  const perMonth = by.includes('billing_period');
  return {
    dimensions: definition.fixedBy.filter((name) => TOTALLED_APART.has(name)),
    columns: definition.columns.filter(
      ({ adds }) => adds === 'always' || (adds === 'within a month' && !perMonth),
    ),
  };
}

const TOTALLED_APART = new Set(['billing_currency', 'comparison', 'driver', 'unit', 'tag_key']);

function define(
  name: ResultName,
  table: TableName,
  details: Partial<ResultDefinition> & Pick<ResultDefinition, 'summary' | 'defaultBy' | 'columns'>,
): ResultDefinition {
  return {
    name,
    table: TABLES[table],
    fixedBy: ['billing_currency'],
    defaultMonth: 'complete',
    takesBasis: false,
    ...details,
  };
}

function asColumn({ name, type, description }: MeasureDefinition): OutputColumn {
  return { name, type, isNullable: false, adds: 'always', description };
}

function sum(name: string, description: string, adds: OutputColumn['adds'] = 'always'): OutputColumn {
  return { name, type: 'decimal', isNullable: false, adds, description };
}

function ratio(name: string, description: string): OutputColumn {
  return { name, type: 'ratio', isNullable: true, adds: 'never', description };
}

function text(name: string, description: string, isNullable = true): OutputColumn {
  return { name, type: 'text', isNullable, adds: 'never', description };
}
