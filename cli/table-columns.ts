import type { ResultName } from '../analytics/results/catalog.ts';

/** The columns that a person wants to see first, besides those that are grouped by; JSON and CSV have all. */
export const TABLE_COLUMNS: Readonly<Record<ResultName, readonly string[]>> = {
  variance: [
    'budget_cost',
    'actual_cost',
    'landing_cost',
    'variance_cost',
    'variance_ratio',
    'volume_variance_cost',
    'rate_efficiency_variance_cost',
    'variance_ytd_cost',
  ],
  'variance/bridge': [
    'base_cost',
    'plan_gap_cost',
    'volume_cost',
    'mix_cost',
    'price_cost',
    'commitment_discount_cost',
    'new_resources_cost',
    'ended_resources_cost',
    'actual_cost',
    'change_cost',
  ],
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
