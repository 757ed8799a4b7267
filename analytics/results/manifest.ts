import type { CostBasis } from '../vocabulary.ts';
import type { Ledger } from './pack/ledger.ts';

/** What a run says about the results that it publishes. */
export type ManifestInput = {
  /** YYYY-MM-DD: the data known before this date. */
  as_of: string;
  /** Where the numbers come from; not part of the version, which follows from the content alone. */
  generated_from: Readonly<Record<string, unknown>>;
  cost_basis: CostBasis;
  reporting_currency: string;
  /** 1 to 12. */
  fiscal_year_start_month: number;
  /** The accounts that journal entries book to; absent in versions published before it was kept. */
  ledger?: Ledger;
  /** In ascending order. */
  months: readonly ManifestMonth[];
};

export type ManifestMonth = {
  billing_period: string;
  is_complete: boolean;
  complete_days: number;
  days: number;
};

/** Sums over the published costs, as decimal text. */
export type ControlTotal = {
  billing_currency: string;
  row_count: number;
  billed_cost: string;
  effective_cost: string;
  list_cost: string;
  contracted_cost: string;
};

/** manifest.json of a version. */
export type Manifest = ManifestInput & {
  version: string;
  tables: Readonly<Record<string, { rows: number; sha256: string }>>;
  control: { is_reconciled: boolean; totals: readonly ControlTotal[]; unreconciled: number };
};
