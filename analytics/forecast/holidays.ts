import Holidays from 'date-holidays';
import { InputError } from '../errors.ts';

/**
 * Public holidays, YYYY-MM-DD, of a country ('US') or one of its parts ('US-CA', 'DE-BY') from one year to another, both
 * included. Throws InputError for a country that the library does not know.
 */
export function listHolidays(region: string, fromYear: number, toYear: number): Set<string> {
  const [country = '', ...parts] = region.split('-');
  const library = new Holidays();
  if (!(country in library.getCountries())) {
    throw new InputError(`There is no holiday calendar for "${region}"`, {
      where: 'calendar.country',
      remedy: 'Give an ISO 3166 country code, as in US, or one with a state, as in US-CA.',
    });
  }
  library.init(country, ...(parts as [string?, string?]));
  const dates = new Set<string>();
  for (let year = fromYear; year <= toYear; year++) {
    for (const { date, type } of library.getHolidays(year))
      if (type === 'public') dates.add(date.slice(0, 10));
  }
  return dates;
}
