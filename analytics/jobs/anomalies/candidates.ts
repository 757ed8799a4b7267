import { detectSeries } from '../../anomaly/detect-series.ts';
import type { Completeness, Detection } from '../../anomaly/series.ts';
import type { AnomalySettings } from '../../configuration/anomalies-schema.ts';
import { type Calendar, toDate, toDayNumber } from '../../forecast/calendar.ts';
import type { BillSeries } from './read-series.ts';

/** One day of a series; `low` and `high` are the 95 % band of what was expected. */
export type EvidenceDay = { date: string; value: number; expected: number; low: number; high: number };

/** A departure of one series that is worth a look. Days are included, `to` is the last day that is judged. */
export type Departure = {
  bill: BillSeries;
  detection: Detection;
  from: string;
  to: string;
  /** Of the days from `from` to `to` together. */
  expected: number;
  evidence: EvidenceDay[];
};

const WEEKS_BEFORE = 4;
const SHOWN_DAYS_BEFORE = 28;
const MOST_SHOWN_DAYS = 90;

/** Departures of all series as of a day, of which `completeness` tells how much of its last days is seen. */
export function listDepartures(
  all: readonly BillSeries[],
  options: {
    asOf: string;
    completeness: readonly Completeness[];
    calendar: Calendar;
    settings: AnomalySettings;
  },
): Departure[] {
  const { asOf, completeness, calendar, settings } = options;
  return all.flatMap((bill) =>
    detectSeries(bill.series, {
      asOf,
      completeness,
      calendar,
      minimumConfidence: settings.minimum_confidence,
    })
      .filter((detection) => detection.isAlert && isLarge(bill, detection, settings))
      .map((detection) => describeDeparture(bill, detection, asOf)),
  );
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
 * What was expected day by day: the usual weekdays before the start, raised or lowered together to what the detection
 * expected of all days.
 */
function describeDeparture(bill: BillSeries, detection: Detection, asOf: string): Departure {
  const { values, firstDate } = bill.series;
  const firstDay = toDayNumber(firstDate);
  const start = toDayNumber(detection.start) - firstDay;
  const last = toDayNumber(asOf) - firstDay - 1;
  const end = detection.end === null ? last : toDayNumber(detection.end) - firstDay;
  const usual = (day: number) => {
    let [sum, count] = [0, 0];
    const from = Math.min(day, start + ((((day - start) % 7) + 7) % 7)) - 7;
    for (let week = 0; week < WEEKS_BEFORE; week++) {
      const value = values[from - 7 * week];
      if (value === undefined || value === null || !Number.isFinite(value)) continue;
      sum += value;
      count += 1;
    }
    return count === 0 ? 0 : sum / count;
  };
  let usualSum = 0;
  for (let day = start; day <= end; day++) usualSum += usual(day);
  const lift = usualSum > 0 ? detection.expected / usualSum : 0;
  const even = usualSum > 0 ? 0 : detection.expected / (end - start + 1);
  let expectedCost = 0;
  for (let day = start; day <= end; day++)
    expectedCost += (usual(day) * lift + even) * (bill.volumes?.[day] ?? 1);
  const { peak } = detection;
  const band = (side: number) => (peak.expected === 0 ? 1 : side / peak.expected);
  const evidence: EvidenceDay[] = [];
  for (
    let day = Math.max(0, start - SHOWN_DAYS_BEFORE, end - MOST_SHOWN_DAYS + 1);
    day <= Math.min(last, end + 7);
    day++
  ) {
    const value = values[day] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    const isInside = day >= start && day <= end;
    const expected = isInside ? usual(day) * lift + even : usual(day);
    evidence.push({
      date: toDate(firstDay + day),
      value: round(value),
      expected: round(expected),
      low: round(expected * band(peak.low)),
      high: round(expected * band(peak.high)),
    });
  }
  return {
    bill,
    detection,
    from: detection.start,
    to: toDate(firstDay + end),
    expected: bill.volumes === undefined ? detection.expected : expectedCost,
    evidence,
  };
}

const round = (value: number) => Number(value.toFixed(6));
