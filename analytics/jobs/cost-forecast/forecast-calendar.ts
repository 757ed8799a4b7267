import type { LoadedConfiguration } from '../../configuration/load-configuration.ts';
import type { Calendar } from '../../forecast/calendar.ts';
import { listHolidays } from '../../forecast/holidays.ts';

/** Holidays and planned events of the configuration around a day. */
export function forecastCalendar({ calendar }: LoadedConfiguration, asOf: string): Calendar {
  const year = Number(asOf.slice(0, 4));
  return {
    holidays: listHolidays(calendar.country, year - 2, year + 1),
    events: calendar.events.map(({ name, from, to, change_ratio }) => ({
      name,
      start: from,
      end: to,
      ...(change_ratio === undefined ? {} : { effectRatio: change_ratio }),
    })),
  };
}
