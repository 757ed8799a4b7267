import { describe, expect, it } from 'vitest';
import { anomaliesSchema } from '../../../analytics/configuration/anomalies-schema.ts';
import { EMPTY_CALENDAR, toDate, toDayNumber } from '../../../analytics/forecast/calendar.ts';
import { detectDepartures, listEarlyDays } from '../../../analytics/jobs/anomalies/candidates.ts';
import { type BillSeries, emptyScope } from '../../../analytics/jobs/anomalies/read-series.ts';

const FIRST = '2026-06-01';
const BURST = '2026-09-08';
const COMPLETENESS = [
  { shareRatio: 0.4, spreadRatio: 0.02 },
  { shareRatio: 0.95, spreadRatio: 0.01 },
];

/** A hundred a day, three hundred on one, as they are seen before a day. */
function seenAt(asOf: string, kind: BillSeries['kind'] = 'sub_account'): BillSeries {
  const days = toDayNumber(asOf) - toDayNumber(FIRST);
  const values = Array.from({ length: days }, (_, day) => {
    const cost = toDate(toDayNumber(FIRST) + day) === BURST ? 300 : 100 + (day % 3);
    return cost * (COMPLETENESS[days - 1 - day]?.shareRatio ?? 1);
  });
  return {
    kind,
    currency: 'USD',
    scope: emptyScope(),
    series: { id: 's', unit: 'USD', firstDate: FIRST, observedSince: FIRST, values },
  };
}

const options = (asOf: string) => ({
  asOf,
  completeness: COMPLETENESS,
  calendar: EMPTY_CALENDAR,
  settings: anomaliesSchema.parse({}),
});

describe('departures of days that are not complete', () => {
  it('are what their days come to, from the first day on', () => {
    for (const asOf of ['2026-09-09', '2026-09-10', '2026-09-11', '2026-09-12']) {
      const [burst, ...others] = detectDepartures(seenAt(asOf), options(asOf));
      expect(others).toEqual([]);
      expect(burst).toMatchObject({ from: BURST, to: BURST });
      expect(burst?.expected).toBeGreaterThan(99);
      expect(burst?.expected).toBeLessThan(103);
      expect(burst?.evidence.find(({ date }) => date === BURST)?.value).toBeCloseTo(300, 3);
    }
  });

  it('know their shares by date', () => {
    expect(listEarlyDays('2026-09-09', COMPLETENESS)).toEqual([
      { date: '2026-09-08', shareRatio: 0.4 },
      { date: '2026-09-07', shareRatio: 0.95 },
    ]);
  });

  it('wait where a ratio is judged', () => {
    const lost = seenAt('2026-09-12', 'coverage');
    const values = Array.from(lost.series.values, (_, day) =>
      toDate(toDayNumber(FIRST) + day) >= BURST ? 0.1 : 0.7,
    );
    const coverage = { ...lost, series: { ...lost.series, measure: 'coverage' as const, values } };
    const [loss] = detectDepartures(coverage, options('2026-09-12'));
    expect(loss).toMatchObject({ from: BURST, to: '2026-09-09' });
    expect(loss?.detection.observed).toBeCloseTo(0.2, 6);
  });
});
