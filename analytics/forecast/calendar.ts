/** Something planned that moves a series while it lasts: a launch, a migration, a sale. */
export type PlannedEvent = {
  name: string;
  /** First and last day, YYYY-MM-DD. */
  start: string;
  end: string;
  /** What it is expected to add, as a share of the usual value: 0.3 for 30 % more. Left out: learnt from past days. */
  effectRatio?: number;
};

export type Calendar = {
  /** YYYY-MM-DD. */
  holidays: ReadonlySet<string>;
  events: readonly PlannedEvent[];
};

export const EMPTY_CALENDAR: Calendar = { holidays: new Set(), events: [] };

const MILLISECONDS_PER_DAY = 86_400_000;

/** Days since 1970-01-01 of a date YYYY-MM-DD. */
export function toDayNumber(date: string): number {
  return Math.floor(Date.parse(`${date}T00:00:00Z`) / MILLISECONDS_PER_DAY);
}

export function toDate(dayNumber: number): string {
  return new Date(dayNumber * MILLISECONDS_PER_DAY).toISOString().slice(0, 10);
}

/**
 * The kinds of special day that a day is, most telling first: events by their name, 'holiday', 'month start', 'month
 * end'; none for most days.
 */
export function classifyDay(dayNumber: number, { holidays, events }: Calendar): string[] {
  const date = toDate(dayNumber);
  const kinds = events
    .filter(({ start, end }) => start <= date && date <= end)
    .map(({ name }) => `event ${name}`);
  if (holidays.has(date)) kinds.push('holiday');
  if (date.endsWith('-01')) kinds.push('month start');
  else if (toDate(dayNumber + 1).endsWith('-01')) kinds.push('month end');
  return kinds;
}
