import type { TextColumn } from './column-table.ts';
import { decimalColumn, divideAsRatio, nullWhere, ratioColumn } from './columns.ts';
import { subtractDecimals, toNumber } from './decimals.ts';
import { RequestError } from './request-error.ts';
import { TABLES } from './tables.ts';
import { openView, type Presented, type Slice } from './view.ts';

/** The rows of one cost basis: base cost, parts of the change, and the change itself. */
export function presentBridge(slice: Slice): Presented {
  const { span, table, basis } = slice;
  const { values } = table.texts.cost_basis as TextColumn;
  if (values.length > 0 && !values.includes(basis)) {
    throw new RequestError(400, `the bridge is not published on a ${basis} basis`, {
      parameter: 'basis',
      allowed: values,
    });
  }
  const view = openView({ ...slice, filters: new Map([...slice.filters, ['cost_basis', new Set([basis])]]) });
  const measures = TABLES.variance_bridge.measures.map(
    ({ name }) => [name, view.decimals(name, span)] as const,
  );
  const amounts = new Map(measures);
  const base = amounts.get('base_cost') ?? view.decimals('base_cost', span);
  const change = subtractDecimals(amounts.get('actual_cost') ?? base, base);
  return {
    view,
    columns: {
      ...Object.fromEntries(measures.map(([name, decimals]) => [name, decimalColumn(decimals)])),
      change_cost: decimalColumn(change),
      change_ratio: nullWhere(
        (index) => toNumber(base, index) <= 0,
        ratioColumn(divideAsRatio(change, base)),
      ),
    },
  };
}
