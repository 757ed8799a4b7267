/** Months as 'YYYY-MM'; as text they order as they do in time. */

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

export function isMonth(text: string): boolean {
  return MONTH.test(text);
}

/** The month `count` months later, or earlier when negative. */
export function addMonths(month: string, count: number): string {
  const index = toIndex(month) + count;
  return `${String(Math.floor(index / 12)).padStart(4, '0')}-${String((index % 12) + 1).padStart(2, '0')}`;
}

/** The earlier of two months. */
export function earlierMonth(a: string, b: string): string {
  return [a, b].sort()[0] as string;
}

/** Months from `from` to `to`, both included: 1 for the same month. */
export function countMonths(from: string, to: string): number {
  return toIndex(to) - toIndex(from) + 1;
}

/** First month of the fiscal year that holds `month`, where fiscal years begin in `startMonth` (1 to 12). */
export function startOfFiscalYear(month: string, startMonth: number): string {
  const index = toIndex(month);
  const monthsIn = (index - (startMonth - 1) + 12) % 12;
  return addMonths(month, -monthsIn);
}

function toIndex(month: string): number {
  return Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1;
}
