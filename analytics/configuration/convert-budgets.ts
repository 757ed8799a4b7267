import { parseScaled, SCALE } from '../decimal-text.ts';
import type { BudgetRow, FxRow } from './tables.ts';

/**
 * What a budget line comes to in the currency that it counts in, in units of 1e-12. At the actual rate it is
 * `amount + currencyCost`. `state` says where rates are missing.
 */
export type ConvertedBudget = {
  currency: string;
  /** At the budget rate. */
  amount: bigint;
  /** At the actual rate less at the budget rate; 0 without an actual rate of the month. */
  currencyCost: bigint;
  state: 'not converted' | 'converted' | 'no budget rate' | 'no actual rate';
};
export type ConvertBudget = (line: Pick<BudgetRow, 'month' | 'currency' | 'amount'>) => ConvertedBudget;

/**
 * Converts budget lines into the reporting currency: at the budget rate of the month, or of the newest month before it
 * that has one. A line without a budget rate stays in its own currency. Each product is rounded once, half away from 0.
 */
export function openConversion(rates: readonly FxRow[], reportingCurrency: string): ConvertBudget {
  const find = openRates(rates, reportingCurrency);
  return ({ month, currency, amount: text }) => {
    const amount = parseScaled(text);
    if (currency === reportingCurrency) return { currency, amount, currencyCost: 0n, state: 'not converted' };
    const { planned, actual } = find(month, currency);
    if (planned === undefined) return { currency, amount, currencyCost: 0n, state: 'no budget rate' };
    const converted = { currency: reportingCurrency, amount: multiply(amount, parseScaled(planned)) };
    if (actual === undefined) return { ...converted, currencyCost: 0n, state: 'no actual rate' };
    const atActualRate = multiply(amount, parseScaled(actual));
    return { ...converted, currencyCost: atActualRate - converted.amount, state: 'converted' };
  };
}

/**
 * Looks up the rates of a currency into the reporting currency, as decimal text: the budget rate of the month, or of the
 * newest month before it that has one, and the actual rate of the month.
 */
export function openRates(
  rates: readonly FxRow[],
  reportingCurrency: string,
): (month: string, currency: string) => { planned: string | undefined; actual: string | undefined } {
  const into = rates.filter(({ to_currency }) => to_currency === reportingCurrency);
  return (month, currency) => {
    const known = into.filter((rate) => rate.from_currency === currency && rate.month <= month);
    const planned = known
      .filter(({ kind }) => kind === 'budget')
      .reduce<FxRow | undefined>(
        (newest, rate) => (newest && newest.month > rate.month ? newest : rate),
        undefined,
      );
    const actual = known.find((rate) => rate.kind === 'actual' && rate.month === month);
    return { planned: planned?.rate, actual: actual?.rate };
  };
}

function multiply(a: bigint, b: bigint): bigint {
  const product = a * b;
  const half = product < 0n ? -SCALE / 2n : SCALE / 2n;
  return (product + half) / SCALE;
}
