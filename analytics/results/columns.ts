import {
  type Decimals,
  divideScaled,
  formatDecimal,
  getScaled,
  isZero,
  makeDecimals,
  setScaled,
  toNumber,
} from './decimals.ts';

export type Cell = string | number | boolean | null;

/** One column of an answer over the groups of a view. */
export type Column = {
  /** As it is in JSON. */
  at(index: number): Cell;
  /** Orders rows: by `major`, then by `minor`; null comes last. */
  major(index: number): number | string | null;
  minor?(index: number): number;
  /** What is behind the cells of a column that can be added up. */
  decimals?: Decimals;
  counts?: Float64Array;
};

const RATIO_DECIMALS = 1e6;

/** Exact amounts. */
export function decimalColumn(decimals: Decimals): Column {
  return {
    at: (index) => formatDecimal(decimals, index),
    major: (index) => decimals.whole[index] as number,
    minor: (index) => decimals.pico[index] as number,
    decimals,
  };
}

export function countColumn(counts: Float64Array): Column {
  return { at: (index) => counts[index] as number, major: (index) => counts[index] as number, counts };
}

/** Numbers rounded to 6 decimals, half away from zero; NaN is null. */
export function ratioColumn(ratios: Float64Array): Column {
  const at = (index: number) => {
    const ratio = ratios[index] as number;
    return Number.isFinite(ratio) ? roundRatio(ratio) : null;
  };
  return { at, major: at };
}

export function textColumn(at: (index: number) => string | null): Column {
  return { at, major: at };
}

export function flagColumn(at: (index: number) => boolean): Column {
  return { at, major: (index) => Number(at(index)) };
}

/** a / b for each group; NaN where b is zero. */
export function divideAsRatio(a: Decimals, b: Decimals): Float64Array {
  return Float64Array.from(a.whole, (_, i) => (isZero(b, i) ? Number.NaN : toNumber(a, i) / toNumber(b, i)));
}

/** Exact quotients with 12 decimals; null where the divisor is zero. */
export function quotientColumn(dividends: Decimals, divisors: Decimals): Column {
  const quotients = makeDecimals(dividends.whole.length);
  for (let i = 0; i < quotients.whole.length; i += 1) {
    if (isZero(divisors, i)) continue;
    setScaled(quotients, i, divideScaled(getScaled(dividends, i), getScaled(divisors, i)));
  }
  const { at, major, minor } = decimalColumn(quotients);
  return nullWhere((index) => isZero(divisors, index), { at, major, ...(minor ? { minor } : {}) });
}

/** A column without what is behind its cells, and null where that is so. */
export function nullWhere(isNull: (index: number) => boolean, { at, major, minor }: Column): Column {
  const unless =
    <T>(read: (index: number) => T) =>
    (index: number) =>
      isNull(index) ? null : read(index);
  return { at: unless(at), major: unless(major), ...(minor ? { minor } : {}) };
}

function roundRatio(ratio: number): number {
  const rounded = Math.round(Math.abs(ratio) * RATIO_DECIMALS) / RATIO_DECIMALS;
  return rounded === 0 ? 0 : Math.sign(ratio) * rounded;
}
