const DAY_MS = 86_400_000;
const THURSDAY = 3;

/** Days since Monday of a day or instant in UTC: 0 is Monday. */
function weekdayOf(instant: string): number {
  return (new Date(instant).getUTCDay() + 6) % 7;
}

/** ISO week of a day or instant in UTC, as 2026-W48. */
export function isoWeekOf(instant: string): string {
  const time = Date.parse(instant);
  const thursday = new Date(time + (THURSDAY - weekdayOf(instant)) * DAY_MS);
  const year = thursday.getUTCFullYear();
  const dayOfYear = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / DAY_MS);
  return `${year}-W${String(Math.floor(dayOfYear / 7) + 1).padStart(2, '0')}`;
}
