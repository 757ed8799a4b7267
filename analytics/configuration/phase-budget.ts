import { formatScaled, parseScaled, SCALE } from '../decimal-text.ts';
import { addMonths, countMonths, isMonth } from '../results/months.ts';

const CENT = SCALE / 100n;
const MAXIMUM_MONTHS = 60;

/** How an amount of several months is told apart: the same each, by calendar days, or by weights such as `1/1/2`. */
export const PHASINGS = ['even', 'days'] as const;

/** The months of `2026-10` or of `2026-01..2026-12`; undefined where it is neither, or more than five years. */
export function listPhasedMonths(text: string): string[] | undefined {
  const [from = '', to = from, ...others] = text.split('..');
  if (others.length > 0 || !isMonth(from) || !isMonth(to) || to < from) return undefined;
  const count = countMonths(from, to);
  if (count > MAXIMUM_MONTHS) return undefined;
  return Array.from({ length: count }, (_, index) => addMonths(from, index));
}

/** One weight for each month; undefined where the phasing is none, or has another number of weights. */
export function readWeights(phasing: string, months: readonly string[]): bigint[] | undefined {
  if (phasing === 'even') return months.map(() => 1n);
  if (phasing === 'days') return months.map(countDays);
  const weights = phasing.split(/[/\s]+/);
  const areDecimals = weights.every((weight) => /^\d{1,12}(\.\d{1,12})?$/.test(weight));
  if (!areDecimals || weights.length !== months.length) return undefined;
  const scaled = weights.map(parseScaled);
  return scaled.some((weight) => weight > 0n) ? scaled : undefined;
}

/**
 * Tells a total apart by weights. The parts add up to it exactly: each is the difference of the running totals, cut to
 * the unit, and the last that has a weight takes what is left.
 *
 * @param unit in 1e-12; default: a cent.
 */
export function phaseAmount(total: string, weights: readonly bigint[], unit: bigint = CENT): string[] {
  const whole = parseScaled(total);
  const sum = weights.reduce((all, weight) => all + weight, 0n);
  const last = weights.findLastIndex((each) => each > 0n);
  let weight = 0n;
  let before = 0n;
  return weights.map((each, index) => {
    weight += each;
    const upTo = index >= last ? whole : ((whole * weight) / sum / unit) * unit;
    const part = upTo - before;
    before = upTo;
    return formatScaled(part);
  });
}

function countDays(month: string): bigint {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return BigInt(new Date(Date.UTC(year, number, 0)).getUTCDate());
}
