import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FoundIncident, TrackedIncident } from '../../analytics/incident/incident.ts';
import { sumMonths } from '../../analytics/incident/sum-months.ts';
import { trackIncidents } from '../../analytics/incident/track-incidents.ts';

function incident(values: Partial<FoundIncident> = {}): FoundIncident {
  return {
    cause_key: 'nat of checkout',
    series_id: 'usage type nat',
    kind: 'level_shift',
    measure: 'cost',
    family: 'cost',
    direction: 'up',
    started_on: '2026-10-05',
    began_at: null,
    ended_on: null,
    judged_on: '2026-10-06',
    is_accepted: false,
    excess_per_day_cost: '100',
    excess_cost: '300',
    expected_cost: '60',
    observed_cost: '360',
    change_ratio: 5,
    at_stake_per_day_cost: null,
    billing_currency: 'USD',
    confidence: 0.9,
    severity: 'medium',
    title: '',
    reason: 'more',
    next_step: '',
    series_count: 2,
    causes: '[]',
    evidence: '{}',
    sub_account_id: '1',
    region_id: 'r1',
    service_name: 'EC2',
    sku_meter: 'nat',
    team: 'storefront',
    service: 'checkout',
    environment: 'prod',
    tier: 't1',
    cost_center: 'c',
    owner: 'o',
    ...values,
  };
}

function track(previous: readonly TrackedIncident[], found: FoundIncident[], asOf: string) {
  return trackIncidents({ previous, found, asOf });
}

describe('an incident from run to run', () => {
  it('keeps its id while it goes on, and changes its revision only when it changed', () => {
    const [first] = track([], [incident()], '2026-10-08');
    const [same] = track([first as TrackedIncident], [incident({ excess_cost: '400' })], '2026-10-09');
    const [grown] = track(
      [same as TrackedIncident],
      [incident({ excess_per_day_cost: '210' })],
      '2026-10-10',
    );
    const [over] = track(
      [grown as TrackedIncident],
      [incident({ excess_per_day_cost: '210', ended_on: '2026-10-10', excess_cost: '999' })],
      '2026-10-12',
    );
    expect([first, same, grown, over].map((each) => each?.id)).toEqual(Array(4).fill(first?.id));
    expect([first, same, grown, over].map((each) => [each?.status, each?.revision])).toEqual([
      ['open', 1],
      ['open', 1],
      ['updated', 2],
      ['closed', 3],
    ]);
    expect(over?.excess_cost).toBe('999');
  });

  it('keeps its id when its start is corrected or another cause comes first', () => {
    const [first] = track([], [incident()], '2026-10-08');
    const [moved] = track([first as TrackedIncident], [incident({ started_on: '2026-10-04' })], '2026-10-09');
    const [other] = track([first as TrackedIncident], [incident({ cause_key: 'other' })], '2026-10-09');
    expect([moved?.id, other?.id]).toEqual([first?.id, first?.id]);
    expect(other?.status).toBe('updated');
  });

  it('is withdrawn when it is no longer seen, and comes back under its id', () => {
    const before = track([], [incident()], '2026-10-08');
    const gone = track(before, [], '2026-10-09');
    expect(gone).toMatchObject([{ id: before[0]?.id, status: 'withdrawn', revision: 2 }]);
    expect(track(gone, [], '2026-10-10')).toEqual(gone);
    expect(track(gone, [incident()], '2026-10-10')).toMatchObject([
      { id: before[0]?.id, status: 'open', revision: 3 },
    ]);
  });

  it('is closed when it is told with another one, and comes back when that one goes', () => {
    const volume = incident({
      cause_key: 'orders',
      series_id: 'orders',
      family: 'driver',
      measure: 'driver',
    });
    const alone = track([], [volume], '2026-10-08');
    const again = (
      previous: TrackedIncident[],
      joined: FoundIncident[],
      found: FoundIncident[],
      asOf: string,
    ) => trackIncidents({ previous, found, joined, asOf });
    const joined = again(alone, [volume], [incident()], '2026-10-09');
    const own = joined.find(({ family }) => family === 'driver');
    expect(own).toMatchObject({ id: alone[0]?.id, status: 'closed', ended_on: '2026-10-09', revision: 2 });
    expect(joined).toHaveLength(2);
    const later = again(joined, [volume], [incident()], '2026-10-10');
    expect(later.find(({ family }) => family === 'driver')).toEqual(own);
    const back = again(later, [], [volume], '2026-10-11');
    expect(back.find(({ family }) => family === 'driver')).toMatchObject({ id: own?.id, status: 'open' });
    expect(again([], [volume], [incident()], '2026-10-09')).toHaveLength(1);
  });

  it('is accepted when its level is the baseline', () => {
    const before = track([], [incident()], '2026-10-08');
    const found = [incident({ ended_on: '2026-10-14', is_accepted: true })];
    expect(track(before, found, '2026-10-16')).toMatchObject([{ status: 'accepted', revision: 2 }]);
  });

  it('stays as it was told when it is long over, and nothing that old is new', () => {
    const closed = incident({ ended_on: '2026-10-10' });
    const before = track([], [closed], '2026-10-12');
    expect(track(before, [], '2026-12-31')).toEqual(before);
    expect(track(before, [{ ...closed, excess_cost: '1' }], '2026-12-31')).toEqual(before);
    const late = incident({ cause_key: 'x', series_id: 'x', ended_on: '2026-10-10' });
    expect(track(before, [closed, late], '2026-12-31')).toEqual(before);
  });

  it('gives the same for the same, in any order', () => {
    const found = [
      incident(),
      incident({ cause_key: 'b', series_id: 'b' }),
      incident({ cause_key: 'c', direction: 'down' }),
    ];
    const before = track([], found, '2026-10-08');
    expect(track(before, found, '2026-10-09')).toEqual(
      track([...before].reverse(), [...found].reverse(), '2026-10-09'),
    );
    expect(new Set(before.map(({ id }) => id)).size).toBe(3);
  });
});

describe('anomaly cost by month', () => {
  const tracked = (values: Partial<FoundIncident>, feedback: string | null = null) => {
    const [one] = track([], [incident(values)], '2026-11-10');
    return { ...(one as TrackedIncident), feedback };
  };

  it('has the days of each month, and adds up to the excess', () => {
    const months = sumMonths(
      [tracked({ started_on: '2026-10-30', ended_on: '2026-11-02', excess_cost: '0.000000000005' })],
      '2026-11-08',
    );
    expect(months.map(({ billing_period, excess_cost }) => [billing_period, excess_cost])).toEqual([
      ['2026-10', '0.000000000003'],
      ['2026-11', '0.000000000002'],
    ]);
  });

  it('leaves out what was planned, less than expected, or nobody more to pay', () => {
    const excess = (each: ReturnType<typeof tracked>) =>
      sumMonths([each], '2026-10-08')[0]?.excess_cost ?? '0';
    expect(excess(tracked({}))).toBe('300');
    expect(excess(tracked({}, 'planned'))).toBe('0');
    expect(excess(tracked({ direction: 'down' }))).toBe('0');
    expect(excess(tracked({ kind: 'tag_change' }))).toBe('0');
    expect(excess({ ...tracked({}), status: 'withdrawn' })).toBe('0');
  });

  it('counts a cost of a day once, for its narrowest owner first', () => {
    const wide = {
      service: '(several)',
      team: '(several)',
      sub_account_id: '(several)',
      sku_meter: '(several)',
    };
    const of = (values: Partial<FoundIncident>) => tracked({ ended_on: '2026-10-07', ...values });
    const months = sumMonths(
      [
        of({ ...wide, excess_cost: '300' }),
        of({ excess_cost: '90' }),
        // Some of the same cost, seen by account, on the first of the days only.
        of({
          ...wide,
          sub_account_id: '1',
          service_name: '(several)',
          ended_on: '2026-10-05',
          excess_cost: '45',
        }),
        of({ ...wide, service_name: 'RDS', excess_cost: '20' }),
        of({ ...wide, billing_currency: 'EUR', excess_cost: '7' }),
      ],
      '2026-10-20',
    );
    expect(months.map((each) => [each.billing_currency, each.team, each.excess_cost])).toEqual([
      ['EUR', '', '7'],
      ['USD', '', '230'],
      ['USD', 'storefront', '90'],
    ]);
  });

  it('is the same in any order, at most all of it together and at least the largest of each day', () => {
    const name = fc.constantFrom('a', 'b', '(several)');
    const one = fc.record({ team: name, service_name: name, sub_account_id: name, cents: fc.nat(999) });
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 8 }), (given) => {
        const all = given.map(({ cents, ...place }, index) => ({
          ...tracked({ ...place, ended_on: '2026-10-05', excess_cost: String(cents) }),
          id: String(index),
        }));
        const months = sumMonths(all, '2026-10-20');
        expect(sumMonths([...all].reverse(), '2026-10-20')).toEqual(months);
        const sum = months.reduce((total, { excess_cost }) => total + Number(excess_cost), 0);
        const cents = given.map((each) => each.cents);
        expect(sum).toBeLessThanOrEqual(cents.reduce((total, each) => total + each, 0));
        expect(sum).toBeGreaterThanOrEqual(Math.max(...cents));
      }),
    );
  });

  it('counts what people said, and nobody for what has several owners', () => {
    const months = sumMonths(
      [tracked({ team: '(several)' }, 'actionable'), tracked({ team: '(several)' }, 'not_actionable')],
      '2026-10-08',
    );
    expect(months).toMatchObject([{ team: '', tier: 't1', actionable_count: 1, judged_count: 2 }]);
  });
});
