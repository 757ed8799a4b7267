import type { RawTable, RawValue } from '../../analytics/results/column-table.ts';
import { buildTable } from '../../analytics/results/column-table.ts';
import type { Manifest, ManifestInput } from '../../analytics/results/manifest.ts';
import type { RecordDefinition } from '../../analytics/results/records/definition.ts';
import type { Snapshot } from '../../analytics/results/snapshot.ts';
import { TABLES, type TableName } from '../../analytics/results/tables.ts';

const USUAL_DIMENSIONS: Readonly<Record<string, string>> = {
  billing_currency: 'USD',
  cost_basis: 'effective',
};

export type GivenRow = Record<string, string | number | bigint>;

/** A table from rows; dimensions that a row leaves out are 'any' (the currency USD), measures 0. */
export function givenTable(name: TableName, rows: readonly GivenRow[]): RawTable {
  const { dimensions, measures } = TABLES[name];
  const columns: Record<string, RawValue[]> = {};
  for (const dimension of dimensions) {
    const usual = USUAL_DIMENSIONS[dimension] ?? 'any';
    columns[dimension] = rows.map((row) => row[dimension] ?? usual);
  }
  for (const { name: measure, type } of measures) {
    columns[measure] = rows.map((row) => row[measure] ?? (type === 'decimal' ? '0' : 0));
  }
  return { name, columns };
}

/** A manifest whose months are complete up to `complete`. */
export function givenManifest(months: readonly string[], complete = months.at(-1) ?? ''): ManifestInput {
  return {
    as_of: '2026-10-08',
    generated_from: { charges_version: 3 },
    cost_basis: 'effective',
    reporting_currency: 'USD',
    fiscal_year_start_month: 1,
    months: months.map((month) => ({
      billing_period: month,
      is_complete: month <= complete,
      complete_days: month <= complete ? 30 : 7,
      days: 30,
    })),
  };
}

/** A published version in memory. */
export function givenSnapshot(tables: readonly RawTable[], input: ManifestInput): Snapshot {
  const version = '0123456789abcdef';
  const built = new Map(tables.map((raw) => [raw.name, buildTable(TABLES[raw.name as TableName], raw)]));
  const totals = [
    {
      billing_currency: 'USD',
      row_count: 2,
      billed_cost: '9',
      effective_cost: '9',
      list_cost: '9',
      contracted_cost: '9',
    },
  ];
  const manifest: Manifest = {
    ...input,
    version,
    tables: {},
    control: { is_reconciled: true, totals, unreconciled: 0 },
  };
  return {
    version,
    manifest,
    async table(name) {
      const table = built.get(name);
      if (!table) throw new Error(`no ${name} given`);
      return table;
    },
    async records({ name }) {
      throw new Error(`no ${name} given`);
    },
  };
}

/** Reconciliation rows whose stages all carry the same cost. */
export function givenControlTotals(rows: readonly { key: GivenRow; rows: number; cost: string }[]): RawTable {
  return givenTable(
    'reconciliation',
    rows.map(({ key, rows: count, cost }) => {
      const row: GivenRow = { ...key };
      for (const stage of ['source', 'loaded', 'modelled']) {
        row[`${stage}_row_count`] = count;
        for (const basis of ['billed', 'effective', 'list', 'contracted'])
          row[`${stage}_${basis}_cost`] = cost;
      }
      return row;
    }),
  );
}

/** The same cost in every basis. */
export function costing(cost: string): GivenRow {
  return { billed_cost: cost, effective_cost: cost, list_cost: cost, contracted_cost: cost };
}

/** A row of a record result that has a value in every column and passes the default filters. */
export function givenRecord({ columns, defaultFilters = {} }: RecordDefinition, row: GivenRow = {}) {
  const usual = {
    text: 'x',
    date: '2026-10-05',
    instant: '2026-10-05T00:00:00Z',
    decimal: '1.5',
    number: 0.5,
    count: 1,
    flag: true,
    json: '{}',
  };
  return Object.fromEntries(
    columns.map(({ name, type }) => [
      name,
      row[name] ?? defaultFilters[name]?.[0] ?? (name === 'billing_period' ? '2026-10' : usual[type]),
    ]),
  );
}
