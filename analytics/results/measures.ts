import type { Column } from './columns.ts';
import { countColumn, decimalColumn } from './columns.ts';
import type { MeasureDefinition } from './tables.ts';
import { openView, type Presenter, type View } from './view.ts';

/** Presents a table's measures as they are: costs, and the largest untagged resources. */
export function presentMeasures(measures: readonly MeasureDefinition[]): Presenter {
  return (slice) => {
    const view = openView(slice);
    return { view, columns: sumMeasures(view, measures, slice.span) };
  };
}

/** A column for each measure, summed over the span. */
export function sumMeasures(
  view: View,
  measures: readonly MeasureDefinition[],
  span: { from: string; to: string },
): Record<string, Column> {
  return Object.fromEntries(
    measures.map(({ name, type }) => [
      name,
      type === 'decimal' ? decimalColumn(view.decimals(name, span)) : countColumn(view.counts(name, span)),
    ]),
  );
}
