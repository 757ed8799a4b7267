import { ALLOCATION_DIMENSIONS, COST_BASES } from '../vocabulary.ts';

/** The result tables that a run publishes: what their columns are. */

/** Where an amount is counted on its way from the delivered files to the published tables. */
export const STAGES = ['source', 'loaded', 'quarantined', 'modelled', 'published'] as const;

export type TableName =
  | 'variance'
  | 'variance_bridge'
  | 'variance_converted'
  | 'costs'
  | 'unit_costs'
  | 'tagging'
  | 'tagging_resources'
  | 'reconciliation';

export type MeasureDefinition = {
  name: string;
  type: 'decimal' | 'count';
  description: string;
  /** Set where versions published before the measure was known are right to be read as 0: what it measures was not done. */
  isZeroWhereAbsent?: true;
};
export type TableDefinition = {
  name: TableName;
  description: string;
  /** Text columns; together they identify a row. */
  dimensions: readonly string[];
  measures: readonly MeasureDefinition[];
};

/** What each dimension means, in one place for documents and messages. */
export const DIMENSION_DESCRIPTIONS: Readonly<Record<string, string>> = {
  billing_period: 'Billing month, YYYY-MM',
  team: 'Team that owns the cost',
  service: 'Business service or application',
  environment: 'Environment, such as prod',
  tier: 'Service tier',
  cost_center: 'Cost centre that pays',
  owner: 'Person or group to ask',
  billing_currency: 'Currency of the amounts; amounts of different currencies are never added',
  bill_currency: "Currency that the bill is in; '(budget)' stands for budgets",
  source: 'Data source as named at import',
  provider_name: 'Provider, as in FOCUS',
  billing_account_id: 'Billing (payer) account',
  sub_account_id: 'Account that used the resource',
  service_name: "The provider's product",
  region_id: 'Region',
  charge_category: 'Usage, Purchase, Tax, Credit or Adjustment',
  pricing_category: 'Standard, Committed, Dynamic or Other',
  allocation_kind: 'How the cost came to its owner: direct, shared or unallocated',
  driver: 'Business driver',
  unit: 'What one unit of the driver is',
  tag_key: "Tag; '(all required)' stands for resources that carry every required tag",
  resource_id: 'Resource',
  missing_tags: 'Required tags that the resource lacks',
  comparison: 'What the month is compared with: prior_month, prior_year, budget or forecast',
  cost_basis: 'Cost basis of the row',
  sku_meter:
    "Meter; '(other)' stands for those that moved little, '(restated)' for what changed since the close",
};

const COST_MEASURES = COST_BASES.map((basis) => decimal(`${basis}_cost`, `${basis} cost as in FOCUS`));

const VARIANCE_MEASURES: readonly MeasureDefinition[] = [
  decimal('budget_cost', 'Budget, at the budget rate of its currency'),
  {
    ...decimal('budget_currency_cost', 'Budget at the actual rate - budget at the budget rate'),
    isZeroWhereAbsent: true,
  },
  decimal(
    'flexed_budget_cost',
    'Budget at the actual volume of its driver and at the actual rate; without a driver at its own volume',
  ),
  ...COST_MEASURES,
  ...COST_BASES.map((basis) =>
    decimal(`landing_${basis}_cost`, `${basis} cost expected at the end of the month; actual once complete`),
  ),
];

/** The steps of a variance bridge, in order; with the base cost they add up to the actual cost. */
export const BRIDGE_PARTS = [
  { name: 'currency', description: 'Budget at the actual rate - budget at the budget rate of its currency' },
  {
    name: 'driver_volume',
    description: "Flexed budget - budget, both at the actual rate: the volume of the budget's driver",
  },
  {
    name: 'plan_gap',
    description:
      'Cost of the month before - flexed budget or forecast: what the plan left out, or the forecast foresaw',
  },
  { name: 'volume', description: 'Quantity, at the mix and prices of the base' },
  {
    name: 'mix',
    description: 'Shift between meters of one unit; other meters of a product, without resources',
  },
  { name: 'price', description: 'List prices' },
  { name: 'negotiated_discount', description: 'Negotiated prices' },
  { name: 'commitment_discount', description: 'Coverage and rate of commitments' },
  { name: 'unused_commitment', description: 'Commitments that nothing used' },
  { name: 'new_resources', description: 'Resources that the base has not' },
  { name: 'ended_resources', description: 'Resources that only the base has' },
  { name: 'one_off_purchases', description: 'Purchases charged once' },
  { name: 'fees', description: 'Recurring fees' },
  { name: 'tax', description: 'Tax' },
  { name: 'credits', description: 'Credits' },
  { name: 'refunds', description: 'Refunds and other corrections' },
  { name: 'shared', description: 'Shared costs, at the share of the base' },
  { name: 'shared_reallocation', description: 'Other shares of shared costs' },
  {
    name: 'restatement',
    description:
      'What changed since the month was closed: of its cost, less of what it is compared with; 0 in an open month and as closed',
  },
] as const;

/** Parts of which no version before them had any: no budget was converted, no closed month kept its parts. */
const LATER_PARTS: ReadonlySet<string> = new Set(['currency', 'restatement']);

/** Every published table by name. */
export const TABLES: Readonly<Record<TableName, TableDefinition>> = {
  variance: {
    name: 'variance',
    description: 'One row per month, allocation and currency: budget and cost',
    dimensions: ['billing_period', ...ALLOCATION_DIMENSIONS, 'billing_currency'],
    measures: VARIANCE_MEASURES,
  },
  variance_converted: {
    name: 'variance_converted',
    description:
      'One row per month, allocation and currency of the bill: budget and cost in the reporting currency',
    dimensions: ['billing_period', ...ALLOCATION_DIMENSIONS, 'bill_currency', 'billing_currency'],
    measures: [
      ...VARIANCE_MEASURES,
      ...COST_BASES.map((basis) =>
        decimal(
          `currency_${basis}_cost`,
          `Landing ${basis} cost at the rate of the month - at the budget rate`,
        ),
      ),
    ],
  },
  variance_bridge: {
    name: 'variance_bridge',
    description:
      'One row per complete month, comparison, cost basis, allocation, account, product, meter and resource: base cost, parts of the change, actual cost',
    dimensions: [
      'billing_period',
      'comparison',
      'cost_basis',
      ...ALLOCATION_DIMENSIONS,
      'sub_account_id',
      'service_name',
      'sku_meter',
      'resource_id',
      'billing_currency',
    ],
    measures: [
      decimal(
        'base_cost',
        'What the bridge starts from: the cost of the base month, the budget or the forecast',
      ),
      ...BRIDGE_PARTS.map(
        ({ name, description }): MeasureDefinition => ({
          ...decimal(`${name}_cost`, description),
          ...(LATER_PARTS.has(name) ? { isZeroWhereAbsent: true } : {}),
        }),
      ),
      decimal('actual_cost', 'What it ends at: the cost of the month'),
    ],
  },
  costs: {
    name: 'costs',
    description: 'One row per month, account, product, region, charge and allocation: cost',
    dimensions: [
      'billing_period',
      'source',
      'provider_name',
      'billing_account_id',
      'sub_account_id',
      'service_name',
      'region_id',
      'charge_category',
      'pricing_category',
      'allocation_kind',
      ...ALLOCATION_DIMENSIONS,
      'billing_currency',
    ],
    measures: [...COST_MEASURES, count('line_count', 'Charge lines behind the cost')],
  },
  unit_costs: {
    name: 'unit_costs',
    description: 'One row per month, driver, allocation and currency: cost and volume',
    dimensions: ['billing_period', 'driver', 'unit', ...ALLOCATION_DIMENSIONS, 'billing_currency'],
    measures: [...COST_MEASURES, decimal('volume', 'Units of the driver')],
  },
  tagging: {
    name: 'tagging',
    description: 'One row per month, tag, owner, account and product: cost that carries the tag',
    dimensions: [
      'billing_period',
      'tag_key',
      'team',
      'owner',
      'sub_account_id',
      'service_name',
      'billing_currency',
    ],
    measures: [
      decimal('taggable_cost', 'Cost of what can carry tags'),
      decimal('tagged_cost', 'The part of it that carries the tag'),
      decimal('untaggable_cost', 'Credits, tax, purchases and usage without a resource'),
      decimal('excluded_cost', 'Usage of resources that net to below zero'),
    ],
  },
  tagging_resources: {
    name: 'tagging_resources',
    description: 'One row per month and resource: the largest that lack required tags',
    dimensions: [
      'billing_period',
      'resource_id',
      'sub_account_id',
      'service_name',
      'team',
      'owner',
      'missing_tags',
      'billing_currency',
    ],
    measures: [decimal('taggable_cost', 'Cost of the resource')],
  },
  reconciliation: {
    name: 'reconciliation',
    description:
      'One row per source, account, month, currency and charge category: control totals of every stage',
    dimensions: [
      'source',
      'provider_name',
      'billing_account_id',
      'billing_period',
      'billing_currency',
      'charge_category',
    ],
    measures: [
      ...STAGES.flatMap((stage) => [
        ...(stage === 'published' ? [] : [count(`${stage}_row_count`, `Rows, ${stage}`)]),
        ...COST_BASES.map((basis) => decimal(`${stage}_${basis}_cost`, `${basis} cost, ${stage}`)),
      ]),
      count('unreconciled_count', 'Control totals that differ between two stages'),
    ],
  },
};

function decimal(name: string, description: string): MeasureDefinition {
  return { name, type: 'decimal', description: capitalise(description) };
}

function count(name: string, description: string): MeasureDefinition {
  return { name, type: 'count', description: capitalise(description) };
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
