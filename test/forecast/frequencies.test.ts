import { describe, expect, it } from 'vitest';
import { forecastSeries } from '../../analytics/forecast/forecast-series.ts';
import { FREQUENCIES, type Frequency } from '../../analytics/forecast/frequency.ts';
import { forecastLanding } from '../../analytics/forecast/landing.ts';
import { createRandom } from '../../analytics/forecast/random.ts';

/** The defaults on series that no one tuned them for: every frequency, and what bills and metrics look like at their worst. */
const LENGTHS: Record<Frequency, number> = {
  minutely: 3000,
  hourly: 700,
  daily: 200,
  weekly: 160,
  monthly: 60,
  quarterly: 24,
  yearly: 15,
};
const frequencies = Object.keys(FREQUENCIES) as Frequency[];

function makeSeries(frequency: Frequency, of: (i: number) => number | null, length = LENGTHS[frequency]) {
  return { id: frequency, frequency, values: Array.from({ length }, (_, i) => of(i)) };
}

function mustForecast(series: ReturnType<typeof makeSeries>) {
  const forecast = forecastSeries(series);
  if (!forecast.isForecast) throw new Error(forecast.reason);
  for (const { low, high } of forecast.intervals) {
    forecast.point.forEach((value, k) => {
      expect(Number.isFinite(value)).toBe(true);
      expect(low[k]).toBeLessThanOrEqual(value);
      expect(high[k]).toBeGreaterThanOrEqual(value);
    });
  }
  return forecast;
}

describe.each(frequencies)('%s', (frequency) => {
  const season = FREQUENCIES[frequency].seasons[0] ?? 1;
  const random = createRandom(frequency.length);

  it('finds the season and the level of a usual series', () => {
    const usual = (i: number) => 100 + 20 * Math.sin((2 * Math.PI * i) / Math.max(2, season));
    const series = makeSeries(frequency, (i) => (season > 1 ? usual(i) : 100) + random.normal());
    const { point } = mustForecast(series);
    const length = LENGTHS[frequency];
    point.forEach((value, k) => {
      expect(Math.abs(value - (season > 1 ? usual(length + k) : 100))).toBeLessThan(12);
    });
  });

  it('of nothing but zeros is zero', () => {
    expect([...mustForecast(makeSeries(frequency, () => 0)).point].every((value) => value === 0)).toBe(true);
  });

  it('of one value is refused with a reason', () => {
    const forecast = forecastSeries(makeSeries(frequency, () => 5, 1));
    expect(forecast).toMatchObject({ isForecast: false, reason: 'it has 1 values and needs 3' });
  });

  it('fills a gap of a third of the history', () => {
    const length = LENGTHS[frequency];
    const inGap = (i: number) => i > length / 3 && i < (2 * length) / 3;
    const { point } = mustForecast(makeSeries(frequency, (i) => (inGap(i) ? null : 50 + random.normal())));
    for (const value of point) expect(Math.abs(value - 50)).toBeLessThan(10);
  });

  it('may be negative where the history is', () => {
    const { point } = mustForecast(makeSeries(frequency, () => -30 + random.normal()));
    for (const value of point) expect(Math.abs(value + 30)).toBeLessThan(8);
  });

  it('of mostly zeros lies between zero and the largest value', () => {
    const { point } = mustForecast(makeSeries(frequency, (i) => (i % 5 === 0 ? 10 : 0)));
    for (const value of point) {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(10.5);
    }
  });
});

describe('a landing', () => {
  const options = { asOf: '2026-10-15' };
  const land = (values: (number | null)[]) =>
    forecastLanding({ id: 'x', firstDate: '2026-07-01', dailyCost: values }, options);

  it.each([
    ['zeros', () => 0, 0, 0],
    ['a constant', () => 10, 309, 311],
    ['negative amounts', () => -10, -311, -309],
    ['a credit on one day in ten', (i: number) => (i % 10 === 0 ? -5 : 10), 200, 310],
    ['every third day', (i: number) => (i % 3 === 0 ? 30 : 0), 240, 380],
  ])('of %s', (_, of, low, high) => {
    const landing = land(Array.from({ length: 106 }, (_, i) => of(i)));
    if (!landing.isForecast) throw new Error(landing.reason);
    expect(landing.landing).toBeGreaterThanOrEqual(low);
    expect(landing.landing).toBeLessThanOrEqual(high);
  });

  it('bridges weeks without data', () => {
    const landing = land(Array.from({ length: 106 }, (_, i) => (i > 40 && i < 75 ? null : 10)));
    if (!landing.isForecast) throw new Error(landing.reason);
    expect(landing.landing).toBeCloseTo(310, 0);
  });
});
