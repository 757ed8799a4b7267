import type { ResultName } from '../analytics/results/catalog.ts';
import { BRIDGE_PARTS } from '../analytics/results/tables.ts';

const BRIDGE_COLUMNS = BRIDGE_PARTS.map(({ name }) => `${name}_cost`);

/** Columns that stand in a table where one of its rows comes to a cent at least. */
export const SHOWN_WHERE_USED: ReadonlySet<string> = new Set([...BRIDGE_COLUMNS, 'budget_currency_cost']);

/** The columns that a person wants to see first, besides those that are grouped by; JSON and CSV have all. */
export const TABLE_COLUMNS: Readonly<Record<ResultName, readonly string[]>> = {
  variance: [
    'budget_cost',
    'actual_cost',
    'landing_cost',
    'variance_cost',
    'variance_ratio',
    'budget_currency_cost',
    'volume_variance_cost',
    'rate_efficiency_variance_cost',
    'variance_ytd_cost',
  ],
  'variance/converted': [
    'budget_cost',
    'actual_cost',
    'landing_cost',
    'variance_cost',
    'variance_ratio',
    'budget_currency_cost',
    'volume_variance_cost',
    'cost_currency_cost',
    'rate_efficiency_variance_cost',
  ],
  'variance/bridge': ['base_cost', ...BRIDGE_COLUMNS, 'actual_cost', 'change_cost'],
  'unit-costs': ['cost', 'volume', 'unit_cost', 'change_ratio', 'trend_ratio', 'trend'],
  tagging: ['taggable_cost', 'tagged_cost', 'untaggable_cost', 'excluded_cost', 'coverage_ratio', 'change'],
  reconciliation: [
    'source_row_count',
    'quarantined_row_count',
    'source_billed_cost',
    'published_billed_cost',
    'difference_billed_cost',
    'difference_effective_cost',
    'is_reconciled',
  ],
  costs: ['billed_cost', 'effective_cost', 'list_cost', 'line_count'],
};
