import { divideAsRatio, ratioColumn } from './columns.ts';
import { sumMeasures } from './measures.ts';
import { addMonths, countMonths } from './months.ts';
import { TABLES } from './tables.ts';
import { openView, type Presented, type Slice, type Span } from './view.ts';

/** Tagged share of what can be tagged, against the period before. */
export function presentTagging(slice: Slice): Presented {
  const { span } = slice;
  const length = countMonths(span.from, span.to);
  const before = { from: addMonths(span.from, -length), to: addMonths(span.from, -1) };
  const view = openView(slice, { from: before.from, to: span.to }, span);
  const coverage = (of: Span) =>
    divideAsRatio(view.decimals('tagged_cost', of), view.decimals('taggable_cost', of));
  const now = coverage(span);
  const previous = coverage(before);
  return {
    view,
    columns: {
      ...sumMeasures(view, TABLES.tagging.measures, span),
      coverage_ratio: ratioColumn(now),
      previous_coverage_ratio: ratioColumn(previous),
      change: ratioColumn(now.map((value, index) => value - (previous[index] as number))),
    },
  };
}
