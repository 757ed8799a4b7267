import { describe, expect, it } from 'vitest';
import { EMPTY_CALENDAR, toDate, toDayNumber } from '../../../analytics/forecast/calendar.ts';
import { createRandom } from '../../../analytics/forecast/random.ts';
import { describeSignals, isPlannedSignal } from '../../../analytics/jobs/anomalies/describe-signals.ts';
import { emptyScope } from '../../../analytics/jobs/anomalies/read-series.ts';
import type { SignalAbout, SignalSeries } from '../../../analytics/jobs/anomalies/read-signals.ts';
import { type FoundSignal, listSignals } from '../../../analytics/jobs/anomalies/signals.ts';

const FIRST = '2026-06-01';
const DAYS = 90;
const AS_OF = toDate(toDayNumber(FIRST) + DAYS);
const CHANGE = 82;
const changeDate = toDate(toDayNumber(FIRST) + CHANGE);
const SETTINGS = { minimum_cost_per_day: 5, minimum_confidence: 0.5 };

const OWNER = { team: 't', service: 'shop', environment: 'prod', tier: 't1', cost_center: 'c', owner: 'o' };
const DATABASE: SignalAbout = {
  ...OWNER,
  ...{ measure: 'utilization', driver: '', sub_account_id: '1', region_id: 'r', resource_type: 'rds:db' },
  ...{ resource_id: 'db-1', metric: 'cpu', limit: 100, dayCost: '12.5' },
};
const ORDERS: SignalAbout = {
  ...OWNER,
  ...{ measure: 'driver', driver: 'orders', sub_account_id: '', region_id: '', resource_type: '' },
  ...{ resource_id: '', metric: '', limit: null, dayCost: '80' },
};

/** A load of `usual`, multiplied from day 82 on; null is a day without data. */
function series(about: SignalAbout, usual: number, change: (t: number) => number | null): SignalSeries {
  const random = createRandom(3);
  const values = Float64Array.from({ length: DAYS }, (_, t) => {
    const level = usual * (1 + 0.03 * random.normal());
    return level * (t < CHANGE ? 1 : (change(t) ?? Number.NaN));
  });
  const { measure } = about;
  const unit = measure === 'driver' ? 'orders' : 'percent';
  return {
    kind: measure,
    currency: 'USD',
    name: 'it',
    scope: emptyScope(),
    about,
    series: { id: about.resource_id || about.driver, measure, unit, firstDate: FIRST, values },
  };
}

const find = (one: SignalSeries) =>
  listSignals([one], { asOf: AS_OF, calendar: EMPTY_CALENDAR, settings: SETTINGS });
const tell = (found: FoundSignal[]) => found.map(({ from, direction }) => [from, direction]);

describe('utilization', () => {
  it('that rises towards its limit, or falls to a part of what it was, is told', () => {
    expect(tell(find(series(DATABASE, 40, () => 1.8)))).toEqual([[changeDate, 'up']]);
    const [fall] = find(series(DATABASE, 40, () => 0.02));
    expect(tell(fall ? [fall] : [])).toEqual([[changeDate, 'down']]);
    expect(describeSignals([fall as FoundSignal])).toMatchObject({
      kind: 'utilization_fall',
      measure: 'utilization',
      ended_on: null,
      excess_cost: '0',
      severity: 'low',
      at_stake_per_day_cost: '12.5',
      title: expect.stringMatching(new RegExp(`^It fell to 0\\.8 % from 40\\.\\d % since ${changeDate}$`)),
    });
  });

  it('that stays far from its limit, hardly falls, or was idle anyway, is not', () => {
    expect(find(series(DATABASE, 4, () => 3))).toEqual([]);
    expect(find(series(DATABASE, 40, () => 0.7))).toEqual([]);
    expect(find(series(DATABASE, 2, () => 0.1))).toEqual([]);
    expect(find(series(DATABASE, 40, (t) => (t === CHANGE ? 2 : 1)))).toEqual([]);
  });

  it('that nobody measured is not zero', () => {
    expect(find(series(DATABASE, 40, () => null))).toEqual([]);
  });

  it('that crept up a little before it jumped began with the jump', () => {
    const crept = series(DATABASE, 40, () => 1.9);
    const values = crept.series.values as Float64Array;
    for (let t = 60; t < CHANGE; t++) values[t] = (values[t] ?? 0) * 1.004 ** (t - 60);
    expect(tell(find(crept))).toEqual([[changeDate, 'up']]);
  });
});

describe('a volume', () => {
  it('is told with its change from a tenth on', () => {
    const [fall] = find(series(ORDERS, 5000, () => 0.6));
    expect(fall).toMatchObject({ from: changeDate, direction: 'down' });
    expect(describeSignals([fall as FoundSignal], 1.66)).toMatchObject({
      kind: 'driver_fall',
      change_ratio: expect.closeTo(-0.4, 1),
      reason: expect.stringContaining('Cost did not follow: a unit costs 1.7 times what it did.'),
    });
    expect(find(series(ORDERS, 5000, () => 0.95))).toEqual([]);
  });

  it('of an event that somebody planned is none', () => {
    const event = { name: 'sale', start: changeDate, end: toDate(toDayNumber(changeDate) + 3) };
    const sale = series(ORDERS, 5000, (t) => (t < CHANGE + 4 ? 1.6 : 1));
    const [found] = find(sale);
    expect(found).toMatchObject({ from: changeDate, direction: 'up' });
    expect(isPlannedSignal(found as FoundSignal, { ...EMPTY_CALENDAR, events: [event] })).toBe(true);
    expect(isPlannedSignal(found as FoundSignal, EMPTY_CALENDAR)).toBe(false);
  });
});
