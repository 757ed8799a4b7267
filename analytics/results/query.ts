import { presentBridge } from './bridge.ts';
import { listRowDimensions, type ResultDefinition } from './catalog.ts';
import { type ColumnTable, findRows } from './column-table.ts';
import type { Cell } from './columns.ts';
import type { ControlTotal, Manifest } from './manifest.ts';
import { presentMeasures } from './measures.ts';
import { presentReconciliation } from './reconciliation.ts';
import { ALL_MONTHS, type CheckedRequest, checkRequest, type ResultRequest } from './request.ts';
import { RequestError } from './request-error.ts';
import { cutPage, joinParts, orderRows, type Part, sumTotals } from './rows.ts';
import type { Snapshot } from './snapshot.ts';
import { TABLES, type TableName } from './tables.ts';
import { presentTagging } from './tagging.ts';
import { presentUnitCosts } from './unit-costs.ts';
import { presentConvertedVariance, presentVariance } from './variance.ts';
import type { Presenter, Slice, Span } from './view.ts';

export type Row = Record<string, Cell>;

/** The one answer of the API and of `headroom show --format json`. */
export type Answer = {
  result: string;
  version: string;
  as_of: string;
  /** 'YYYY-MM', 'YYYY-MM..YYYY-MM' or 'all'. */
  month: string;
  by: readonly string[];
  cost_basis: string;
  /** When all rows have the same one. */
  currency?: string;
  rows: Row[];
  control: {
    is_reconciled: boolean;
    /** Sums over all rows of the answer, not only of this page, and the published totals of the currency. */
    totals: Record<string, Cell | ControlTotal>[];
  };
  page: { number: number; size: number; rows: number; pages: number };
};

const PRESENTERS: Readonly<Record<TableName, Presenter>> = {
  variance: presentVariance,
  variance_bridge: presentBridge,
  variance_converted: presentConvertedVariance,
  costs: presentMeasures(TABLES.costs.measures),
  unit_costs: presentUnitCosts,
  tagging: presentTagging,
  tagging_resources: presentMeasures(TABLES.tagging_resources.measures),
  reconciliation: presentReconciliation,
};

/** Answers a request from a published version. Throws RequestError. */
export async function answerQuery(snapshot: Snapshot, request: ResultRequest): Promise<Answer> {
  const checked = checkRequest(request);
  const { definition, by, isLimited } = checked;
  const { manifest } = snapshot;
  const month = checked.month ?? chooseMonth(definition, manifest);
  const table = await snapshot.table(definition.table.name);
  const basis = checked.basis ?? manifest.cost_basis;
  const parts = splitSpan(table, manifest, month, by).map(({ label, span }): Part => {
    const slice: Slice = {
      table,
      span,
      dimensions: listRowDimensions(definition, by).filter((name) => name !== 'billing_period'),
      filters: checked.filters,
      basis,
      fiscalYearStartMonth: manifest.fiscal_year_start_month,
    };
    return { label, ...PRESENTERS[definition.table.name](slice) };
  });
  const rows = joinParts(parts, definition, by);
  const totals = sumTotals(rows, definition, by);
  const currencies = new Set(totals.map((total) => total.billing_currency));
  return {
    result: definition.name,
    version: snapshot.version,
    as_of: manifest.as_of,
    month,
    by: listRowDimensions({ ...definition, fixedBy: [] }, by),
    cost_basis: basis,
    ...(currencies.size === 1 ? { currency: String([...currencies][0]) } : {}),
    ...cutPage(rows, orderRows(rows, checked.sort), checked),
    control: {
      is_reconciled: manifest.control.is_reconciled,
      // Costs that were converted are not those published in the currency.
      totals:
        isLimited || definition.table.name === 'variance_converted'
          ? totals
          : totals.map((total) => ({ ...total, ...findPublished(manifest, total) })),
    },
  };
}

function chooseMonth(definition: ResultDefinition, { months }: Manifest): string {
  const newest = months.findLast(({ is_complete }) => is_complete) ?? months.at(-1);
  return definition.defaultMonth === 'all' || !newest ? ALL_MONTHS : newest.billing_period;
}

/** The spans to present: the one that was asked for, or each of its months when they are grouped by. */
function splitSpan(
  table: ColumnTable,
  manifest: Manifest,
  month: string,
  by: CheckedRequest['by'],
): { label: string; span: Span }[] {
  const periods = table.texts.billing_period?.values ?? [];
  const [from = '', to = from] = month === ALL_MONTHS ? [periods[0], periods.at(-1)] : month.split('..');
  const months = [
    ...new Set([...manifest.months.map(({ billing_period }) => billing_period), ...periods]),
  ].sort();
  const covered = months.filter((period) => period >= from && period <= to);
  if (month !== ALL_MONTHS && covered.length === 0) {
    throw new RequestError(400, `nothing is published for ${month}`, { parameter: 'month', allowed: months });
  }
  if (covered.length === 0) return [];
  if (!by.includes('billing_period')) return [{ label: month, span: { from, to } }];
  return covered
    .filter((period) => hasRows(table, period))
    .map((period) => ({ label: period, span: { from: period, to: period } }));
}

function hasRows(table: ColumnTable, period: string): boolean {
  const { start, end } = findRows(table, period, period);
  return end > start;
}

function findPublished({ control }: Manifest, total: Row): { published?: ControlTotal } {
  const published = control.totals.find(
    ({ billing_currency }) => billing_currency === total.billing_currency,
  );
  return published ? { published } : {};
}
