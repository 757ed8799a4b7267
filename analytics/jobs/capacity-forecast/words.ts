import { formatDayOfYear } from '../day-text.ts';

const DAY_MILLISECONDS = 86_400_000;
/** A day and a month mean the nearest one; further away the year is said. */
const NEAR_DAYS = 300;

/** `12 August`; with its year where it is far from `asOf`. */
export function formatDay(date: string, asOf: string): string {
  const isFar = Math.abs(Date.parse(date) - Date.parse(asOf)) > NEAR_DAYS * DAY_MILLISECONDS;
  return `${formatDayOfYear(date)}${isFar ? ` ${date.slice(0, 4)}` : ''}`;
}

/** `between 3 and 29 January`, `between 28 December and 14 January`, `on 3 January`. */
export function describeSpan(from: string, to: string, asOf: string): string {
  if (from === to) return `on ${formatDay(from, asOf)}`;
  const isSameMonth = from.slice(0, 7) === to.slice(0, 7);
  const first = isSameMonth ? String(Number(from.slice(8))) : formatDay(from, asOf);
  return `between ${first} and ${formatDay(to, asOf)}`;
}

/** `80 %`; `decimals` are kept only where they say something. */
export function formatPercent(ratio: number, decimals = 0): string {
  const percent = 100 * ratio;
  const digits = decimals === 0 && percent > 0 && percent < 1 ? 1 : decimals;
  if (percent > 0 && percent < 0.05) return 'less than 0.1 %';
  return `${Number(percent.toFixed(digits))} %`;
}
