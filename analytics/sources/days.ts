export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;

/** `YYYY-MM-DD` of an instant, in UTC. */
export function toDay(instant: Date | number): string {
  return new Date(instant).toISOString().slice(0, 10);
}

/** Midnight UTC at which a day begins. */
export function startOfDay(day: string): Date {
  return new Date(`${day}T00:00:00Z`);
}

export function addDays(day: string, count: number): string {
  return toDay(startOfDay(day).getTime() + count * DAY_MS);
}

/** Days of a half-open period. */
export function listDays(from: string, to: string): string[] {
  const days: string[] = [];
  for (let day = from; day < to; day = addDays(day, 1)) days.push(day);
  return days;
}

/** The first day of a month so many months away. */
export function startOfMonth(day: string, months = 0): string {
  const [year = 0, month = 1] = day.split('-').map(Number);
  return toDay(Date.UTC(year, month - 1 + months, 1));
}

/** Days in a row become one half-open period, which no month's end is inside of where `splitsMonths`. */
export function groupDays(days: readonly string[], splitsMonths = false): { from: string; to: string }[] {
  const periods: { from: string; to: string }[] = [];
  for (const day of [...days].sort()) {
    const last = periods.at(-1);
    const isNewMonth = splitsMonths && day.endsWith('-01');
    if (last && last.to === day && !isNewMonth) last.to = addDays(day, 1);
    else periods.push({ from: day, to: addDays(day, 1) });
  }
  return periods;
}

/** The earlier of two days. */
export function earlierOf(one: string, other: string): string {
  return [one, other].sort()[0] as string;
}
