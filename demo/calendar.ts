import { InputError } from '../analytics/errors.ts';

const DAY_MS = 86_400_000;
/** Bounds of what can be generated: seconds since 1970 are counted in 32 bits. */
const FIRST_DATE = '2010-01-01';
const LAST_DATE = '2037-12-31';

/** A billing period. `start` and `end` are days since 1970-01-01, half-open; `monthsAgo` counts back from the newest. */
export type Month = { billingPeriod: string; monthsAgo: number; start: number; end: number };

/** The days that the organisation's bill knows: `start <= day < end`; the newest month may still be running. */
export type Window = { start: number; end: number; months: Month[] };

/** Day number (days since 1970-01-01, UTC) of a date written as YYYY-MM-DD. */
export function toDay(date: string): number {
  return Math.round(Date.parse(`${date}T00:00:00Z`) / DAY_MS);
}

/** YYYY-MM-DD of a day number. */
export function toDate(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** 0 is Sunday. */
export function weekday(day: number): number {
  return (day + 4) % 7;
}

export function isWeekend(day: number): boolean {
  return weekday(day) === 0 || weekday(day) === 6;
}

/**
 * The months up to a day. Data is known for the days before `asOf`; the newest month is the one of the day before it.
 *
 * @throws InputError when asOf is no date, or too early or late to have a bill, or months is not between 2 and 60.
 */
export function createWindow(asOf: string, months: number): Window {
  const end = /^\d{4}-\d{2}-\d{2}$/.test(asOf) ? toDay(asOf) : Number.NaN;
  if (Number.isNaN(end) || toDate(end) !== asOf) {
    throw new InputError(`'${asOf}' is not a date`, { where: 'asOf', remedy: 'write it as 2026-10-31' });
  }
  if (asOf < FIRST_DATE || asOf > LAST_DATE) {
    throw new InputError(`nothing can be generated as of ${asOf}`, {
      where: 'asOf',
      remedy: `use a day from ${FIRST_DATE} to ${LAST_DATE}`,
    });
  }
  if (!Number.isInteger(months) || months < 2 || months > 60) {
    throw new InputError(`${months} months cannot be generated`, {
      where: 'months',
      remedy: 'use a number from 2 to 60',
    });
  }
  const newest = toDate(end - 1);
  const list = Array.from({ length: months }, (_, index) => createMonth(newest, months - 1 - index));
  return { start: list[0]?.start ?? end, end, months: list };
}

/** The month that lies `monthsAgo` months before the one of a date. */
export function createMonth(date: string, monthsAgo = 0): Month {
  const first = new Date(`${date.slice(0, 7)}-01T00:00:00Z`);
  first.setUTCMonth(first.getUTCMonth() - monthsAgo);
  const start = Math.round(first.getTime() / DAY_MS);
  first.setUTCMonth(first.getUTCMonth() + 1);
  return {
    billingPeriod: toDate(start).slice(0, 7),
    monthsAgo,
    start,
    end: Math.round(first.getTime() / DAY_MS),
  };
}

/** Day `dayOfMonth` (1 is the first) of the month that lies `monthsAgo` before the newest, inside the window or not. */
export function dayAt(window: Window, monthsAgo: number, dayOfMonth: number): number {
  return createMonth(toDate(window.end - 1), monthsAgo).start + dayOfMonth - 1;
}
