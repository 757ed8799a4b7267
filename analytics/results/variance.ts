import { decimalColumn, divideAsRatio, nullWhere, ratioColumn } from './columns.ts';
import { isZero, subtractDecimals } from './decimals.ts';
import { earlierMonth, startOfFiscalYear } from './months.ts';
import { openView, type Presented, type Slice } from './view.ts';

/** What a budget has in a dimension that it does not name. */
export const ALL = '(all)';

/**
 * Budget against landing, the cost expected at the end of the month. Groups that have amounts in the fiscal year but
 * none in the month are shown with zeros, so that the year to date is whole.
 */
export function presentVariance(slice: Slice): Presented {
  const { span, basis } = slice;
  const year = { from: startOfFiscalYear(span.to, slice.fiscalYearStartMonth), to: span.to };
  const view = openView(slice, { from: earlierMonth(year.from, span.from), to: span.to });
  const budget = view.decimals('budget_cost', span);
  const currency = view.decimals('budget_currency_cost', span);
  const flexed = view.decimals('flexed_budget_cost', span);
  const landing = view.decimals(`landing_${basis}_cost`, span);
  const variance = subtractDecimals(landing, budget);
  // The cost that it is for stands in other rows: nothing was saved here.
  const names = slice.dimensions.map((name) => view.text(name));
  const isBudgetOfAll = (index: number) =>
    isZero(landing, index) && names.some((name) => name.at(index) === ALL);
  const budgetYtd = view.decimals('budget_cost', year);
  const landingYtd = view.decimals(`landing_${basis}_cost`, year);
  return {
    view,
    columns: {
      budget_cost: decimalColumn(budget),
      actual_cost: decimalColumn(view.decimals(`${basis}_cost`, span)),
      landing_cost: decimalColumn(landing),
      variance_cost: decimalColumn(variance),
      variance_ratio: nullWhere(isBudgetOfAll, ratioColumn(divideAsRatio(variance, budget))),
      budget_currency_cost: decimalColumn(currency),
      flexed_budget_cost: decimalColumn(flexed),
      volume_variance_cost: decimalColumn(subtractDecimals(subtractDecimals(flexed, budget), currency)),
      rate_efficiency_variance_cost: decimalColumn(subtractDecimals(landing, flexed)),
      budget_ytd_cost: decimalColumn(budgetYtd),
      actual_ytd_cost: decimalColumn(view.decimals(`${basis}_cost`, year)),
      landing_ytd_cost: decimalColumn(landingYtd),
      variance_ytd_cost: decimalColumn(subtractDecimals(landingYtd, budgetYtd)),
    },
  };
}

/** The same in the reporting currency, with what its rate makes of costs told apart from what rate and efficiency do. */
export function presentConvertedVariance(slice: Slice): Presented {
  const { view, columns } = presentVariance(slice);
  const { span, basis } = slice;
  const currency = view.decimals(`currency_${basis}_cost`, span);
  const landing = view.decimals(`landing_${basis}_cost`, span);
  const rest = subtractDecimals(
    subtractDecimals(landing, view.decimals('flexed_budget_cost', span)),
    currency,
  );
  return {
    view,
    columns: {
      ...columns,
      cost_currency_cost: decimalColumn(currency),
      rate_efficiency_variance_cost: decimalColumn(rest),
    },
  };
}
