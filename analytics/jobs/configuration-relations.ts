import type { LoadedConfiguration } from '../configuration/load-configuration.ts';
import { resolveBudgets } from '../configuration/resolve-budgets.ts';
import type { Configuration } from '../configuration/schema.ts';
import type { Scope } from '../configuration/tables.ts';
import { formatScaled } from '../decimal-text.ts';
import type { RelationRow } from '../engine/relation.ts';
import { ALLOCATION_DIMENSIONS, type AllocationDimension } from '../vocabulary.ts';

/** A relation that models read: its columns with DuckDB types, and its rows. */
export type Relation = { columns: Record<string, string>; rows: RelationRow[] };

const TEXT = 'VARCHAR';
const AMOUNT = 'DECIMAL(38,12)';

/** Everything that allocation reads; daily_cost is rebuilt when it changes. */
export function allocationRelations(configuration: Configuration): Record<string, Relation> {
  const { rules, lookups } = configuration.allocation;
  const matches = ruleMatches(configuration);
  return {
    tag_aliases: {
      columns: { tag_name: TEXT, tag_key: TEXT, key_order: 'INTEGER' },
      rows: Object.entries(configuration.tags).flatMap(([tag_name, { keys }]) =>
        keys.map((key, key_order) => ({ tag_name, tag_key: key.trim().toLowerCase(), key_order })),
      ),
    },
    tag_value_aliases: {
      columns: { tag_name: TEXT, raw_value: TEXT, tag_value: TEXT },
      rows: Object.entries(configuration.tags).flatMap(([tag_name, { values }]) =>
        Object.entries(values).map(([raw, tag_value]) => ({
          tag_name,
          raw_value: raw.trim().toLowerCase(),
          tag_value,
        })),
      ),
    },
    required_tags: {
      columns: { tag_name: TEXT },
      rows: configuration.required_tags.map((tag_name) => ({ tag_name })),
    },
    allocation_rules: {
      columns: { rule_kind: TEXT, rule_no: 'INTEGER', field_count: 'BIGINT' },
      rows: matches.map(({ rule_kind, rule_no, match }) => ({
        rule_kind,
        rule_no,
        field_count: Object.keys(match).length,
      })),
    },
    allocation_conditions: {
      columns: { rule_kind: TEXT, rule_no: 'INTEGER', field: TEXT, pattern: TEXT },
      rows: matches.flatMap(({ rule_kind, rule_no, match }) =>
        Object.entries(match).flatMap(([field, values]) =>
          values.map((value) => ({
            rule_kind,
            rule_no,
            field,
            // Values of tags compare without regard to case, as everywhere.
            pattern: toLikePattern(field.startsWith('tag:') ? value.toLowerCase() : value),
          })),
        ),
      ),
    },
    allocation_sets: {
      columns: { rule_no: 'INTEGER', dimension: TEXT, literal: TEXT, tag_name: TEXT },
      rows: rules.flatMap(({ set }, rule_no) =>
        Object.entries(set).map(([dimension, value]) => ({
          rule_no,
          dimension,
          literal: typeof value === 'string' ? value : null,
          tag_name: typeof value === 'string' ? null : value.tag,
        })),
      ),
    },
    allocation_lookups: {
      columns: { lookup_no: 'INTEGER', from_dimension: TEXT, from_value: TEXT, dimension: TEXT, value: TEXT },
      rows: lookups.flatMap(({ from, values }, lookup_no) =>
        Object.entries(values).flatMap(([from_value, gives]) =>
          Object.entries(gives).map(([dimension, value]) => ({
            lookup_no,
            from_dimension: from,
            from_value,
            dimension,
            value: value ?? null,
          })),
        ),
      ),
    },
  };
}

/** Shared costs, drivers and budgets: read after daily_cost. */
export function planningRelations(configuration: LoadedConfiguration): Record<string, Relation> {
  const shared = configuration.allocation.shared_costs;
  return {
    shared_costs: {
      columns: { shared_no: 'INTEGER', shared_cost: TEXT, split: TEXT, driver: TEXT, ...flagColumns() },
      rows: shared.map(({ name, split, driver, by }, shared_no) => ({
        shared_no,
        shared_cost: name,
        split,
        driver: driver ?? null,
        ...flags((dimension) => by.includes(dimension)),
      })),
    },
    shared_cost_shares: {
      columns: { shared_no: 'INTEGER', target: TEXT, share: 'DECIMAL(18,12)' },
      rows: shared.flatMap(({ shares }, shared_no) =>
        Object.entries(shares ?? {}).map(([target, share]) => ({
          shared_no,
          target,
          share: share.toFixed(12),
        })),
      ),
    },
    driver_volumes: {
      columns: { driver: TEXT, volume_date: 'DATE', ...scopeColumns(), volume: AMOUNT },
      rows: configuration.driverVolumes.map(({ date, driver, volume, unit: _, ...scope }) => ({
        driver,
        volume_date: date,
        volume,
        ...scope,
      })),
    },
    unit_cost_drivers: {
      columns: { driver: TEXT, unit: TEXT, field_count: 'BIGINT', ...flagColumns() },
      rows: Object.entries(configuration.drivers).map(([driver, { unit, cost }]) => ({
        driver,
        unit,
        field_count: Object.keys(cost).length,
        ...flags((name) =>
          configuration.driverVolumes.some((row) => row.driver === driver && row[name] !== null),
        ),
      })),
    },
    driver_conditions: {
      columns: { driver: TEXT, dimension: TEXT, pattern: TEXT },
      rows: Object.entries(configuration.drivers).flatMap(([driver, { cost }]) =>
        Object.entries(cost).flatMap(([dimension, values]) =>
          (values ?? []).map((value) => ({ driver, dimension, pattern: toLikePattern(value) })),
        ),
      ),
    },
    budgets: budgetRelation(configuration),
  };
}

function budgetRelation(configuration: LoadedConfiguration): Relation {
  return {
    columns: {
      budget_no: 'INTEGER',
      billing_period: TEXT,
      billing_currency: TEXT,
      ...scopeColumns(),
      ...scopeColumns('scope_'),
      budget_cost: AMOUNT,
      budget_currency_cost: AMOUNT,
      driver: TEXT,
      planned_volume: AMOUNT,
    },
    rows: resolveBudgets(configuration.budgets, configuration, configuration.fxRates).map(
      (budget, budget_no) => ({
        budget_no,
        billing_period: budget.month,
        billing_currency: budget.currency,
        ...mapScope(budget.filled, (name) => name, '(all)'),
        ...mapScope(budget.scope, (name) => `scope_${name}`, null),
        budget_cost: formatScaled(budget.amount),
        budget_currency_cost: formatScaled(budget.currencyCost),
        driver: budget.driver,
        planned_volume: budget.plannedVolume,
      }),
    ),
  };
}

function ruleMatches({ allocation }: Configuration) {
  return [
    ...allocation.rules.map(({ match }, rule_no) => ({ rule_kind: 'allocate', rule_no, match })),
    ...allocation.shared_costs.map(({ match }, rule_no) => ({ rule_kind: 'share', rule_no, match })),
  ];
}

/** `*` is the only wildcard; what LIKE takes for one is escaped. */
export function toLikePattern(value: string): string {
  return value.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%');
}

function flagColumns(): Record<string, string> {
  return Object.fromEntries(ALLOCATION_DIMENSIONS.map((name) => [`by_${name}`, 'BOOLEAN']));
}

function flags(isSet: (dimension: AllocationDimension) => boolean): Record<string, boolean> {
  return Object.fromEntries(ALLOCATION_DIMENSIONS.map((name) => [`by_${name}`, isSet(name)]));
}

function scopeColumns(prefix = ''): Record<string, string> {
  return Object.fromEntries(ALLOCATION_DIMENSIONS.map((name) => [`${prefix}${name}`, TEXT]));
}

function mapScope(scope: Scope, rename: (name: string) => string, open: string | null): RelationRow {
  return Object.fromEntries(ALLOCATION_DIMENSIONS.map((name) => [rename(name), scope[name] ?? open]));
}
