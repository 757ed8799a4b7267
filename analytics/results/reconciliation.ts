import { COST_BASES } from '../vocabulary.ts';
import { type Column, decimalColumn, flagColumn } from './columns.ts';
import { subtractDecimals } from './decimals.ts';
import { sumMeasures } from './measures.ts';
import { TABLES } from './tables.ts';
import { openView, type Presented, type Slice } from './view.ts';

/** Control totals of every stage, and what is missing between the delivered files and the published tables. */
export function presentReconciliation(slice: Slice): Presented {
  const { span } = slice;
  const view = openView(slice);
  const differences: Record<string, Column> = {};
  for (const basis of COST_BASES) {
    const stage = (name: string) => view.decimals(`${name}_${basis}_cost`, span);
    const understood = subtractDecimals(stage('source'), stage('quarantined'));
    differences[`difference_${basis}_cost`] = decimalColumn(subtractDecimals(understood, stage('published')));
  }
  const { unreconciled_count: unreconciled, ...measures } = sumMeasures(
    view,
    TABLES.reconciliation.measures,
    span,
  );
  return {
    view,
    columns: {
      ...measures,
      ...differences,
      is_reconciled: flagColumn((index) => unreconciled?.at(index) === 0),
    },
  };
}
