import { detectSeries } from '../../anomaly/detect-series.ts';
import type { Completeness, Detection } from '../../anomaly/series.ts';
import type { AnomalySettings } from '../../configuration/anomalies-schema.ts';
import { type Calendar, toDate, toDayNumber } from '../../forecast/calendar.ts';
import type { BillSeries } from './read-series.ts';

/** One day of a series, or one hour (`YYYY-MM-DDTHH:00Z`); `low` and `high` are the 95 % band of what was expected. */
export type EvidenceDay = { date: string; value: number; expected: number; low: number; high: number };

/** A day that is not complete yet, and how much of it is seen, as days of its age usually are. */
export type EarlyDay = { date: string; shareRatio: number };

/**
 * A departure of one series that is worth a look. Days are included; `to` is the last day that is judged, without days of
 * now that are not complete and look usual. Amounts of days that are not complete are what they come to by their share.
 */
export type Departure = {
  bill: BillSeries;
  detection: Detection;
  from: string;
  to: string;
  /** Of a series of hours, the first and the last one, `YYYY-MM-DDTHH:00Z`. */
  hours?: { from: string; to: string };
  /** Of the days from `from` to `to`, or of the hours, together. */
  expected: number;
  evidence: EvidenceDay[];
};

const WEEKS_BEFORE = 4;
/** Days, or hours, that the evidence has before the start, in all, and after the end. */
const SHOWN = {
  daily: { before: 28, most: 90, after: 7 },
  hourly: { before: 48, most: 120, after: 24 },
};
/** Of a departure of hours that goes on, the first week tells its parts. */
const MOST_HOURS = 168;

/** Departures of all series as of a day, of which `completeness` tells how much of its last days is seen. */
export function listDepartures(all: readonly BillSeries[], options: DepartureOptions): Departure[] {
  return all.flatMap((bill) =>
    detectDepartures(bill, options).filter(({ detection }) => isLarge(bill, detection, options.settings)),
  );
}

type DepartureOptions = {
  asOf: string;
  completeness: readonly Completeness[];
  calendar: Calendar;
  settings: AnomalySettings;
};

/** Everything of a series that is clear enough to be told, however small. */
export function detectDepartures<Series extends BillSeries>(
  bill: Series,
  { calendar, settings, ...options }: DepartureOptions,
): Departure[] {
  const { asOf, completeness } = bill.kind === 'coverage' ? whenComplete(options) : options;
  const early = listEarlyDays(asOf, completeness);
  return detectSeries(bill.series, {
    asOf,
    completeness,
    calendar,
    minimumConfidence: settings.minimum_confidence,
  })
    .filter(({ isAlert }) => isAlert)
    .map((detection) => describeDeparture(bill, detection, asOf, early));
}

/** The last days before `asOf` that are not complete. */
export function listEarlyDays(asOf: string, completeness: readonly Completeness[]): EarlyDay[] {
  return completeness.map(({ shareRatio }, age) => ({
    date: toDate(toDayNumber(asOf) - 1 - age),
    shareRatio,
  }));
}

/** A ratio is no smaller on days that are not complete, and no better known: it waits for them. */
function whenComplete({ asOf, completeness }: Pick<DepartureOptions, 'asOf' | 'completeness'>) {
  return { asOf: toDate(toDayNumber(asOf) - completeness.length), completeness: [] };
}

function isLarge(
  { kind, series, volumes }: BillSeries,
  { peak }: Detection,
  settings: AnomalySettings,
): boolean {
  const units = volumes?.[toDayNumber(peak.at) - toDayNumber(series.firstDate)] ?? 1;
  return (
    kind === 'coverage' || units * Math.abs(peak.observed - peak.expected) >= settings.minimum_cost_per_day
  );
}

/**
 * What was expected day by day (or hour by hour): the usual weekdays (hours of the week) before the start, raised or
 * lowered together to what the detection expected of all of them.
 */
function describeDeparture(
  bill: BillSeries,
  detection: Detection,
  asOf: string,
  early: readonly EarlyDay[],
): Departure {
  const { firstDate, frequency = 'daily' } = bill.series;
  const perDay = frequency === 'hourly' ? 24 : 1;
  const season = 7 * perDay;
  const shown = SHOWN[frequency];
  const firstDay = toDayNumber(firstDate);
  const indexOf = (at: string) =>
    (toDayNumber(at.slice(0, 10)) - firstDay) * perDay + Number(at.slice(11) || 0);
  const dateAt = (index: number) => toDate(firstDay + Math.floor(index / perDay));
  const nameAt = (index: number) =>
    perDay === 1 ? dateAt(index) : `${dateAt(index)}T${String(index % perDay).padStart(2, '0')}:00Z`;
  const values = completeValues(bill, perDay, early);
  const start = indexOf(detection.start);
  const last = (toDayNumber(asOf) - firstDay) * perDay - 1;
  const end = detection.end === null ? last : indexOf(detection.end);
  const usual = (index: number) => {
    let [sum, count] = [0, 0];
    const from = Math.min(index, start + ((((index - start) % season) + season) % season)) - season;
    for (let week = 0; week < WEEKS_BEFORE; week++) {
      const value = values[from - season * week];
      if (value === undefined || !Number.isFinite(value)) continue;
      sum += value;
      count += 1;
    }
    return count === 0 ? 0 : sum / count;
  };
  let usualSum = 0;
  for (let index = start; index <= end; index++) usualSum += usual(index);
  const lift = usualSum > 0 ? detection.expected / usualSum : 0;
  const even = usualSum > 0 ? 0 : detection.expected / (end - start + 1);
  const { peak } = detection;
  const band = (side: number) => (peak.expected === 0 ? 1 : side / peak.expected);
  const isUsual = (index: number) => {
    const [value, expected] = [values[index] ?? Number.NaN, usual(index) * lift + even];
    return !(value > expected * band(peak.high) || value < expected * band(peak.low));
  };
  let told = perDay === 1 ? end : Math.min(end, start + MOST_HOURS - 1);
  const isEarly = (index: number) => early.some(({ date }) => date === dateAt(index));
  while (detection.end === null && told > start && isEarly(told) && isUsual(told)) told--;
  let expectedCost = 0;
  for (let index = start; index <= told; index++)
    expectedCost += (usual(index) * lift + even) * (bill.volumes?.[index] ?? 1);
  const evidence: EvidenceDay[] = [];
  for (
    let index = Math.max(0, start - shown.before, end - shown.most + 1);
    index <= Math.min(last, end + shown.after);
    index++
  ) {
    const value = values[index] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    const isInside = index >= start && index <= end;
    const expected = isInside ? usual(index) * lift + even : usual(index);
    evidence.push({
      date: nameAt(index),
      value: round(value),
      expected: round(expected),
      low: round(expected * band(peak.low)),
      high: round(expected * band(peak.high)),
    });
  }
  return {
    bill,
    detection,
    from: dateAt(start),
    to: dateAt(told),
    ...(perDay === 1 ? {} : { hours: { from: nameAt(start), to: nameAt(told) } }),
    expected: bill.volumes === undefined && told === end ? detection.expected : expectedCost,
    evidence,
  };
}

/** The values of a series, of days that are not complete as they come to by their share. */
function completeValues({ series }: BillSeries, perDay: number, early: readonly EarlyDay[]): number[] {
  const shares = new Map(
    early.map(({ date, shareRatio }) => [toDayNumber(date) - toDayNumber(series.firstDate), shareRatio]),
  );
  return Array.from(
    series.values,
    (value, index) => (value ?? Number.NaN) / (shares.get(Math.floor(index / perDay)) ?? 1),
  );
}

const round = (value: number) => Number(value.toFixed(6));
