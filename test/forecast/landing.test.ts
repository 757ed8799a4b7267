// biome-ignore-all lint/style/noNonNullAssertion: a value that is missing fails the test
import { describe, expect, it } from 'vitest';
import { InputError } from '../../analytics/errors.ts';
import { classifyDay, EMPTY_CALENDAR, toDate, toDayNumber } from '../../analytics/forecast/calendar.ts';
import { forecastSeries } from '../../analytics/forecast/forecast-series.ts';
import {
  forecastLanding,
  forecastLandings,
  type Landing,
  type LandingOptions,
  type LandingSeries,
} from '../../analytics/forecast/landing.ts';
import { createRandom } from '../../analytics/forecast/random.ts';
import { sumLandings } from '../../analytics/forecast/total-landings.ts';

const FIRST = '2026-01-01';
const AS_OF = '2026-06-11';
const KNOWN_DAYS = toDayNumber(AS_OF) - toDayNumber(FIRST);

/** 100 a day, 60 at weekends, 500 more on the first of a month. */
function usualCost(day: number): number {
  const date = new Date((toDayNumber(FIRST) + day) * 86_400_000);
  return (date.getUTCDay() % 6 === 0 ? 60 : 100) + (date.getUTCDate() === 1 ? 500 : 0);
}

function makeSeries(id = 'one', noise = 0): { series: LandingSeries; actual: number } {
  const random = createRandom(id.length + id.charCodeAt(id.length - 1) * 31);
  const all = Array.from({ length: KNOWN_DAYS + 20 }, (_, i) => usualCost(i) * (1 + noise * random.normal()));
  const june = toDayNumber('2026-06-01') - toDayNumber(FIRST);
  const actual = all.slice(june, june + 30).reduce((sum, value) => sum + value, 0);
  return { series: { id, firstDate: FIRST, dailyCost: all.slice(0, KNOWN_DAYS) }, actual };
}

function mustLand(series: LandingSeries, options: Partial<LandingOptions> = {}): Landing {
  const landing = forecastLanding(series, { asOf: AS_OF, ...options });
  if (!landing.isForecast) throw new Error(landing.reason);
  return landing;
}

describe('landing of the month', () => {
  it('known days, days to come and known charges add up', () => {
    const { series, actual } = makeSeries();
    const landing = mustLand({ ...series, knownCost: 1234.5 });
    expect(landing.landing).toBeCloseTo(actual + 1234.5, -1);
    expect(
      landing.completeCost + landing.comingCost + landing.incompleteCost + landing.knownCost,
    ).toBeCloseTo(landing.landing, 9);
    expect(landing.knownCost).toBe(1234.5);
    expect(landing.low).toBeLessThanOrEqual(landing.landing);
    expect(landing.high).toBeGreaterThanOrEqual(landing.landing);
  });

  it('a charge on the first of the month is not spread over its other days', () => {
    const { series, actual } = makeSeries();
    const asOf = '2026-06-03';
    const known = { ...series, dailyCost: Array.from(series.dailyCost).slice(0, KNOWN_DAYS - 8) };
    expect(mustLand(known, { asOf }).landing / actual).toBeCloseTo(1, 1);
  });

  it('the charge on the first of the next month is expected where the period holds it', () => {
    const { series } = makeSeries();
    const options = { periodStart: '2026-06-25', periodEnd: '2026-07-05' };
    const expected = Array.from({ length: 11 }, (_, k) =>
      usualCost(toDayNumber('2026-06-25') - toDayNumber(FIRST) + k),
    );
    const total = expected.reduce((sum, value) => sum + value, 0);
    expect(Math.abs(mustLand(series, options).landing - total)).toBeLessThan(0.06 * total);
  });

  it('incomplete days are taken for what they will be', () => {
    const { series, actual } = makeSeries();
    const cost = Array.from(series.dailyCost);
    cost[KNOWN_DAYS - 1]! *= 0.6;
    cost[KNOWN_DAYS - 2]! *= 0.95;
    const completeness = [
      { shareRatio: 0.6, spreadRatio: 0.1 },
      { shareRatio: 0.95, spreadRatio: 0.02 },
    ];
    const corrected = mustLand({ ...series, dailyCost: cost }, { completeness });
    expect(Math.abs(corrected.landing - actual)).toBeLessThan(0.01 * actual);
    expect(corrected.landing).toBeGreaterThan(mustLand({ ...series, dailyCost: cost }).landing);
  });

  it('a complete month is what it cost, without any width', () => {
    const { series } = makeSeries();
    const landing = mustLand(series, { periodStart: '2026-05-01', periodEnd: '2026-05-31' });
    const may = Array.from({ length: 31 }, (_, k) =>
      usualCost(toDayNumber('2026-05-01') - toDayNumber(FIRST) + k),
    );
    expect(landing.landing).toBe(may.reduce((sum, value) => sum + value, 0));
    expect([landing.low, landing.high]).toEqual([landing.landing, landing.landing]);
  });

  it('a planned event adds what it is said to', () => {
    const { series } = makeSeries();
    const events = [{ name: 'launch', start: '2026-06-11', end: '2026-06-30', effectRatio: 0.3 }];
    const plain = mustLand(series);
    const raised = mustLand(series, { calendar: { ...EMPTY_CALENDAR, events } });
    expect(raised.comingCost / plain.comingCost).toBeCloseTo(1.3, 2);
    expect(raised.completeCost).toBe(plain.completeCost);
  });

  it('intervals of many series hold most landings', () => {
    const made = Array.from({ length: 60 }, (_, i) =>
      makeSeries(`series ${String.fromCharCode(48 + i)}`, 0.08),
    );
    const landings = forecastLandings(
      made.map(({ series }) => series),
      { asOf: AS_OF, level: 0.9 },
    ) as Landing[];
    const held = landings.filter(
      ({ low, high }, i) => made[i]!.actual >= low && made[i]!.actual <= high,
    ).length;
    expect(held).toBeGreaterThanOrEqual(48);
    expect(held).toBeLessThanOrEqual(60);
  });

  it('a series without history says so; dates that make no period are the caller’s mistake', () => {
    const empty = { id: 'new', firstDate: '2026-06-10', dailyCost: [5] };
    expect(forecastLanding(empty, { asOf: AS_OF })).toMatchObject({ id: 'new', isForecast: false });
    expect(() => forecastLandings([], { asOf: AS_OF, periodEnd: '2026-05-01' })).toThrow(InputError);
  });
});

describe('totals', () => {
  const landings = ['a', 'b', 'c', 'd'].map((id) => mustLand(makeSeries(id, 0.1).series));

  it('of any grouping add up to the same whole, in whatever order', () => {
    const whole = sumLandings(landings, () => 'all')[0]!;
    const parts = sumLandings(landings.toReversed(), ({ id }) => (id < 'c' ? 'first' : 'second'));
    expect(parts.map(({ group, seriesCount }) => [group, seriesCount])).toEqual([
      ['first', 2],
      ['second', 2],
    ]);
    expect(Math.round(parts.reduce((sum, part) => sum + part.landing, 0) * 1e6)).toBe(
      Math.round(whole.landing * 1e6),
    );
  });

  it('are surer than the sum of their parts and less sure than the surest part', () => {
    const whole = sumLandings(landings, () => 'all')[0]!;
    const widths = landings.map(({ landing, high }) => high - landing);
    expect(whole.high - whole.landing).toBeLessThan(widths.reduce((sum, width) => sum + width, 0));
    expect(whole.high - whole.landing).toBeGreaterThan(Math.max(...widths));
  });
});

describe('special days', () => {
  it('days are told by the calendar', () => {
    const calendar = {
      holidays: new Set(['2026-12-25']),
      events: [{ name: 'sale', start: '2026-11-27', end: '2026-12-01' }],
    };
    const kinds = (date: string) => classifyDay(toDayNumber(date), calendar);
    expect(kinds('2026-12-25')).toEqual(['holiday']);
    expect(kinds('2026-12-01')).toEqual(['event sale', 'month start']);
    expect(kinds('2026-02-28')).toEqual(['month end']);
    expect(kinds('2028-02-28')).toEqual([]);
    expect(toDate(toDayNumber('2026-03-01') - 1)).toBe('2026-02-28');
  });

  it('a daily series with a date has its month start in the right place', () => {
    const values = Array.from({ length: KNOWN_DAYS }, (_, i) => usualCost(i));
    const forecast = forecastSeries(
      { id: 'x', frequency: 'daily', values, firstDate: FIRST },
      { horizon: 25 },
    );
    if (!forecast.isForecast) throw new Error(forecast.reason);
    const july = toDayNumber('2026-07-01') - toDayNumber(AS_OF);
    expect(forecast.point[july]!).toBeGreaterThan(550);
    forecast.point.forEach((value, k) => {
      if (k !== july) expect(value).toBeLessThan(140);
    });
  });

  it('holidays are learnt from past ones', () => {
    const holidays = new Set(['2026-02-12', '2026-03-18', '2026-05-06', '2026-06-17']);
    const start = toDayNumber(FIRST);
    const values = Array.from({ length: KNOWN_DAYS }, (_, i) => (holidays.has(toDate(start + i)) ? 40 : 100));
    const series = { id: 'x', frequency: 'daily' as const, values, firstDate: FIRST };
    const options = { horizon: 10, calendar: { holidays, events: [] } };
    const forecast = forecastSeries(series, options);
    if (!forecast.isForecast) throw new Error(forecast.reason);
    expect(Array.from(forecast.point, Math.round)).toEqual([100, 100, 100, 100, 100, 100, 40, 100, 100, 100]);
  });
});
