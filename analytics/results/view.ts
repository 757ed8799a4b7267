import type { CostBasis } from '../vocabulary.ts';
import { type ColumnTable, findRows, type TextColumn } from './column-table.ts';
import { type Column, textColumn } from './columns.ts';
import type { Decimals } from './decimals.ts';
import { type Filters, groupRows, keepGroupsIn, sumCounts, sumDecimals } from './grouping.ts';

/** A span of months, both included. */
export type Span = { from: string; to: string };

/** What a presenter computes rows for: the groups of a table in one span of months. */
export type Slice = {
  table: ColumnTable;
  span: Span;
  /** Dimensions to group by, without the billing period. */
  dimensions: readonly string[];
  filters: Filters;
  basis: CostBasis;
  /** 1 to 12. */
  fiscalYearStartMonth: number;
};

/** Groups with exact sums over any span that the view was opened for. */
export type View = {
  count: number;
  decimals(measure: string, span: Span): Decimals;
  counts(measure: string, span: Span): Float64Array;
  text(dimension: string): Column;
};

/** A presenter's answer: one column for each name in the catalog, over `count` groups. */
export type Presented = { view: View; columns: Record<string, Column> };
export type Presenter = (slice: Slice) => Presented;

/**
 * Groups the slice's rows. Sums may be taken over `reach`, which holds `shown`; only groups with a row in `shown` are
 * kept.
 */
export function openView(slice: Slice, reach: Span = slice.span, shown: Span = reach): View {
  const { table, dimensions, filters } = slice;
  const rowsOf = (span: Span) => findRows(table, span.from, span.to);
  const all = groupRows(table, dimensions, rowsOf(reach), filters);
  const groups = reach === shown ? all : keepGroupsIn(all, rowsOf(shown));
  return {
    count: groups.count,
    decimals: (measure, span) => sumDecimals(groups, table.decimals[measure] as Decimals, rowsOf(span)),
    counts: (measure, span) => sumCounts(groups, table.counts[measure] as Float64Array, rowsOf(span)),
    text(dimension) {
      const { values, codes } = table.texts[dimension] as TextColumn;
      const [only] = values;
      if (only !== undefined && values.length === 1) return textColumn(() => only);
      return textColumn((index) => values[codes[groups.firstRows[index] as number] as number] as string);
    },
  };
}
