import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../analytics/alerts/alert.ts';
import { type AlertPolicy, type AlertState, EMPTY_STATE } from '../../analytics/alerts/alert-state.ts';
import { decideAlerts } from '../../analytics/alerts/policy.ts';
import { weighAmount } from '../../analytics/alerts/rank.ts';
import { isoWeekOf } from '../../analytics/alerts/weeks.ts';
import { alertList, MONDAY, makeAlert, makePolicy, NOW } from './alert-fixtures.ts';

const later = (instant: string, hours: number) =>
  new Date(Date.parse(instant) + hours * 3_600_000).toISOString();
const namesOf = ({ send }: { send: { type: string; id: string; revision: number }[] }) =>
  send.map(({ type, id, revision }) => `${type} ${id} ${revision}`);
const reasonsOf = ({ suppressed }: { suppressed: { alert: Alert; reason: string }[] }) =>
  suppressed.map(({ alert, reason }) => `${alert.id} ${reason}`);

describe('decideAlerts, by example', () => {
  it('tells a new alert once', () => {
    const first = decideAlerts([makeAlert()], EMPTY_STATE, makePolicy(), NOW);
    expect(first.send).toMatchObject([
      { id: 'a1', revision: 1, type: 'open', severity: 'medium', channels: ['hook'] },
    ]);
    const second = decideAlerts(
      [makeAlert({ revision: 2, status: 'updated' })],
      first.state,
      makePolicy(),
      NOW,
    );
    expect(second.send).toEqual([]);
    expect(reasonsOf(second)).toEqual(['a1 told']);
  });

  it('tells again when the amount a day has doubled, and the end with the final cost', () => {
    const first = decideAlerts([makeAlert()], EMPTY_STATE, makePolicy(), NOW);
    const almost = makeAlert({ amountPerDay: '240.99' });
    expect(decideAlerts([almost], first.state, makePolicy(), later(NOW, 1)).send).toEqual([]);
    const grown = decideAlerts(
      [makeAlert({ amountPerDay: '241' })],
      first.state,
      makePolicy(),
      later(NOW, 1),
    );
    expect(namesOf(grown)).toEqual(['grown a1 2']);
    const over = makeAlert({ status: 'cleared', amountTotal: '900.25' });
    const cleared = decideAlerts([over], grown.state, makePolicy(), later(NOW, 48));
    expect(cleared.send).toMatchObject([
      { type: 'all_clear', revision: 3, alert: { amountTotal: '900.25' } },
    ]);
    expect(decideAlerts([over], cleared.state, makePolicy(), later(NOW, 72)).send).toEqual([]);
  });

  it('takes what a judged version does not name any more as over, and nothing where it could not judge', () => {
    const first = decideAlerts([makeAlert()], EMPTY_STATE, makePolicy(), NOW);
    expect(decideAlerts([], first.state, makePolicy({}, { judged: [] }), later(NOW, 24)).send).toEqual([]);
    expect(namesOf(decideAlerts([], first.state, makePolicy(), later(NOW, 24)))).toEqual(['all_clear a1 2']);
  });

  it('ranks by amount x confidence x tier, within the budget of the team', () => {
    const policy = makePolicy({ budget_per_week: 2, reserved_for_high: 0, tier_weights: { gold: 3 } });
    const alerts = [
      makeAlert({ id: 'sure', service: 's1', tier: 'silver', amountPerDay: '200', confidence: 1 }),
      makeAlert({ id: 'guess', service: 's2', tier: 'silver', amountPerDay: '380', confidence: 0.5 }),
      makeAlert({ id: 'gold', service: 's3', tier: 'gold', amountPerDay: '70', confidence: 1 }),
      makeAlert({ id: 'other', team: 'search', amountPerDay: '20' }),
    ];
    const decision = decideAlerts(alerts, EMPTY_STATE, policy, NOW);
    expect(namesOf(decision)).toEqual(['open gold 1', 'open sure 1', 'open other 1']);
    expect(reasonsOf(decision)).toEqual(['guess budget']);
  });

  it('keeps a part of the budget for what is high or critical', () => {
    const policy = makePolicy({ budget_per_week: 3, reserved_for_high: 1, cool_down_hours: 0 });
    const medium = [1, 2, 3].map((number) => makeAlert({ id: `m${number}`, service: `s${number}` }));
    const first = decideAlerts(medium, EMPTY_STATE, policy, NOW);
    expect(namesOf(first)).toEqual(['open m1 1', 'open m2 1']);
    const late = makeAlert({ id: 'big', service: 'big', amountPerDay: '5000' });
    const second = decideAlerts([...medium, late], first.state, policy, later(NOW, 24));
    expect(namesOf(second)).toEqual(['open big 1']);
    expect(second.send[0]?.severity).toBe('critical');
  });

  it('puts what the budget keeps back into the digest of the team, once', () => {
    const policy = makePolicy({ budget_per_week: 1 });
    const alerts = [1, 2, 3].map((number) =>
      makeAlert({ id: `a${number}`, service: `s${number}`, amountPerDay: `${100 * number}` }),
    );
    const first = decideAlerts(alerts, EMPTY_STATE, policy, NOW);
    expect(namesOf(first)).toEqual(['open a3 1']);
    const spent = { ...policy, team_budgets: { payments: 0 } };
    const monday = decideAlerts(alerts, first.state, spent, MONDAY);
    expect(namesOf(monday)).toEqual(['digest digest|team|payments 1']);
    expect(monday.send[0]?.members.map(({ id }) => id)).toEqual(['a2', 'a1']);
    const next = decideAlerts(alerts, monday.state, spent, later(MONDAY, 168));
    expect(next.send).toEqual([]);
  });

  it('waits with a digest for its weekday', () => {
    const policy = makePolicy({ budget_per_week: 0, digest_weekday: 'friday' });
    const first = decideAlerts([makeAlert()], EMPTY_STATE, policy, NOW);
    expect(first.send).toEqual([]);
    const thursday = decideAlerts([], first.state, policy, '2026-11-26T23:59:59Z');
    expect(thursday.send).toEqual([]);
    expect(namesOf(decideAlerts([], thursday.state, policy, '2026-11-27T00:00:00Z'))).toEqual([
      'digest digest|team|payments 1',
    ]);
  });

  it('tells a waste line of the digest again only when it has grown', () => {
    const line = (amount: string) =>
      makeAlert({ id: 'digest|waste|payments|USD', kind: 'digest', subkind: 'waste', amountPerDay: amount });
    const policy = makePolicy({}, { judged: ['digest/waste'] });
    const weeks = ['40', '40', '40', '39', '41'].reduce<{ state: AlertState; told: boolean[] }>(
      ({ state, told }, amount, week) => {
        const decision = decideAlerts([line(amount)], state, policy, later(MONDAY, week * 168));
        return { state: decision.state, told: [...told, decision.send.length > 0] };
      },
      { state: EMPTY_STATE, told: [] },
    );
    expect(weeks.told).toEqual([false, true, false, false, true]);
  });

  it('makes one message of a group, and its end when all of it is over', () => {
    const alerts = [
      makeAlert(),
      makeAlert({ id: 'a2', amountPerDay: '50' }),
      makeAlert({ id: 'a3', environment: 'test' }),
    ];
    const first = decideAlerts(alerts, EMPTY_STATE, makePolicy(), NOW);
    expect(first.send.map(({ id, members }) => [id, members.map((member) => member.id)])).toEqual([
      ['a1', ['a2']],
      ['a3', []],
    ]);
    const half = [makeAlert({ status: 'cleared' }), ...alerts.slice(1)];
    const second = decideAlerts(half, first.state, makePolicy(), later(NOW, 24));
    expect(second.send).toEqual([]);
    const all = half.map((alert) => (alert.id === 'a2' ? { ...alert, status: 'cleared' as const } : alert));
    expect(namesOf(decideAlerts(all, second.state, makePolicy(), later(NOW, 48)))).toEqual([
      'all_clear a1 2',
    ]);
  });

  it('lets a group cool down, but for what is critical', () => {
    const first = decideAlerts([makeAlert()], EMPTY_STATE, makePolicy(), NOW);
    const more = [makeAlert(), makeAlert({ id: 'next' })];
    const soon = decideAlerts(more, first.state, makePolicy(), later(NOW, 23));
    expect(soon.send).toEqual([]);
    expect(reasonsOf(soon)).toContain('next cool_down');
    expect(namesOf(decideAlerts(more, soon.state, makePolicy(), later(NOW, 24)))).toEqual(['open next 1']);
    const critical = makeAlert({ id: 'worst', amountPerDay: '1000' });
    expect(namesOf(decideAlerts([makeAlert(), critical], first.state, makePolicy(), later(NOW, 1)))).toEqual([
      'open worst 1',
    ]);
  });

  it.each([
    ['below_minimum', { amountPerDay: '9.99' }, {}, {}],
    ['no_route', {}, {}, { routes: [{ match: { team: ['search'] }, channels: ['hook'], continue: false }] }],
    ['snoozed', {}, { snooze: [{ match: { service: 'ledger' }, until: '2026-11-26', reason: 'known' }] }, {}],
    ['snoozed', {}, {}, { muted: { a1: { reason: 'planned (ada)' } } }],
    ['planned', {}, {}, { events: [{ name: 'sale', from: '2026-11-20', to: '2026-11-23' }] }],
    [
      'planned',
      {},
      { silences: [{ name: 'move', from: '2026-11-23', to: '2026-11-24', match: { team: 'payments' } }] },
      {},
    ],
    ['over_untold', { status: 'cleared' as const }, {}, {}],
  ])('keeps quiet: %s', (reason, changes, settings, rest) => {
    const decision = decideAlerts([makeAlert(changes)], EMPTY_STATE, makePolicy(settings, rest), NOW);
    expect(decision.send).toEqual([]);
    expect(reasonsOf(decision)).toEqual([`a1 ${reason}`]);
  });

  it.each([
    ['a snooze that is over', { snooze: [{ match: {}, until: '2026-11-25', reason: 'known' }] }, {}],
    ['an event of other days', {}, { events: [{ name: 'sale', from: '2026-11-24', to: '2026-11-30' }] }],
    ['an alert snoozed until today', {}, { muted: { a1: { reason: 'x', until: '2026-11-25' } } }],
  ])('does not keep quiet for %s', (_, settings, rest) => {
    expect(decideAlerts([makeAlert()], EMPTY_STATE, makePolicy(settings, rest), NOW).send).toHaveLength(1);
  });

  it('forgets after eight weeks what nothing names any more, and keeps what goes on', () => {
    const alerts = [
      makeAlert({ id: 'on', service: 's1' }),
      makeAlert({ id: 'gone', kind: 'budget', service: 's2' }),
    ];
    const { state } = decideAlerts(alerts, EMPTY_STATE, makePolicy(), NOW);
    const kept = (weeks: number) =>
      Object.keys(
        decideAlerts(alerts.slice(0, 1), state, makePolicy(), later(NOW, weeks * 7 * 24)).state.incidents,
      );
    expect(kept(7).sort()).toEqual(['gone', 'on']);
    expect(kept(9)).toEqual(['on']);
  });

  it('leaves to the digest what has been short of capacity for long', () => {
    const short = (id: string, occurredOn: string) =>
      makeAlert({ id, kind: 'capacity', service: id, occurredOn });
    const alerts = [short('new', '2026-11-20'), short('old', '2026-08-20')];
    const policy = makePolicy({ group_by: ['service'] });
    const first = decideAlerts(alerts, EMPTY_STATE, policy, NOW);
    expect(namesOf(first)).toEqual(['open new 1']);
    expect(reasonsOf(first)).toEqual(['old standing']);
    const digest = decideAlerts(alerts, first.state, policy, MONDAY);
    expect(digest.send.map(({ type, members }) => [type, members.map(({ id }) => id)])).toEqual([
      ['digest', ['old']],
    ]);
    const next = decideAlerts(alerts, digest.state, policy, '2026-12-07T08:00:00.000Z');
    expect(next.send).toEqual([]);
  });

  it('weighs what costs nothing by itself by what it puts at stake, and capacity by its environment', () => {
    const fall = makeAlert({ id: 'fall', amountPerDay: '0', stakePerDay: '300', subkind: 'driver_fall' });
    const policy = makePolicy();
    expect(weighAmount(fall, policy)).toBe(300);
    const first = decideAlerts([fall], EMPTY_STATE, policy, NOW);
    expect(first.send).toEqual([]);
    expect(reasonsOf(first)).toEqual(['fall digest']);
    const digest = decideAlerts([fall], first.state, policy, MONDAY);
    expect(digest.send.map(({ type, members }) => [type, members.map(({ id }) => id)])).toEqual([
      ['digest', ['fall']],
    ]);
    expect(decideAlerts([fall], digest.state, policy, '2026-12-07T08:00:00.000Z').send).toEqual([]);
    const short = makeAlert({ id: 'short', kind: 'capacity' });
    expect(weighAmount(short, policy)).toBe(100);
    expect(weighAmount({ ...short, environment: 'dev' }, policy)).toBe(10);
  });

  it.each([
    ['what costs nothing by itself', { amountPerDay: '0', stakePerDay: '300' }, { stakePerDay: '600' }],
    ['a drop', { amountPerDay: '-300' }, { amountPerDay: '-600' }],
  ])('tells in a digest again when it has grown: %s', (_, before, after) => {
    const policy = makePolicy({ budget_per_week: 0 });
    const weeks = [makeAlert(before), makeAlert(before), makeAlert({ ...before, ...after })].reduce<{
      state: AlertState;
      told: string[][];
    }>(
      ({ state, told }, alert, week) => {
        const held = decideAlerts([alert], state, policy, later(NOW, week * 168));
        const monday = decideAlerts([alert], held.state, policy, later(MONDAY, week * 168));
        return { state: monday.state, told: [...told, namesOf(monday)] };
      },
      { state: EMPTY_STATE, told: [] },
    );
    expect(weeks.told).toEqual([['digest digest|team|payments 1'], [], ['digest digest|team|payments 2']]);
  });

  it('tells in a digest again what was over and came back, and forgets nothing that it could not judge', () => {
    const short = makeAlert({ id: 'capacity|db', kind: 'capacity', occurredOn: '2026-08-20' });
    const weeks = (absent: Partial<AlertPolicy>) => {
      const steps: [Alert[], Partial<AlertPolicy>][] = [
        [[short], {}],
        [[short], {}],
        [[], absent],
        [[short], {}],
      ];
      const { told } = steps.reduce<{ state: AlertState; told: number[] }>(
        ({ state, told }, [alerts, rest], week) => {
          const decision = decideAlerts(alerts, state, makePolicy({}, rest), later(MONDAY, week * 168));
          return { state: decision.state, told: [...told, decision.send.length] };
        },
        { state: EMPTY_STATE, told: [] },
      );
      return told;
    };
    expect(weeks({ judged: ['capacity'] })).toEqual([0, 1, 0, 1]);
    expect(weeks({ judged: ['anomaly'] })).toEqual([0, 1, 0, 0]);
  });

  it('forgets what a digest told of an incident once that is over', () => {
    const policy = makePolicy({ budget_per_week: 0 });
    const held = decideAlerts([makeAlert()], EMPTY_STATE, policy, NOW);
    const digest = decideAlerts([makeAlert()], held.state, policy, MONDAY);
    expect(Object.keys(digest.state.told)).toEqual(['a1']);
    const over = decideAlerts([makeAlert({ status: 'cleared' })], digest.state, policy, later(MONDAY, 24));
    expect(over.state.told).toEqual({});
  });

  it('tells a budget again when its forecast has come true', () => {
    const budget = makeAlert({ id: 'b', kind: 'budget', subkind: 'forecast_exceeds' });
    const first = decideAlerts([budget], EMPTY_STATE, makePolicy(), NOW);
    const second = decideAlerts(
      [{ ...budget, subkind: 'exceeded' }],
      first.state,
      makePolicy(),
      later(NOW, 1),
    );
    expect(namesOf(second)).toEqual(['grown b 2']);
    expect(
      decideAlerts([{ ...budget, subkind: 'exceeded' }], second.state, makePolicy(), later(NOW, 2)).send,
    ).toEqual([]);
  });

  it('tells capacity again when it has run out, once', () => {
    const short = (id: string, subkind: string) => makeAlert({ id, kind: 'capacity', subkind });
    const first = decideAlerts(
      [short('c1', 'exhaustion'), short('c2', 'exhaustion')],
      EMPTY_STATE,
      makePolicy(),
      NOW,
    );
    const full = [short('c1', 'exhaustion'), short('c2', 'saturated')];
    const second = decideAlerts(full, first.state, makePolicy(), later(NOW, 1));
    expect(namesOf(second)).toEqual(['grown c1 2']);
    const back = [short('c1', 'exhaustion'), short('c2', 'exhaustion')];
    const third = decideAlerts(back, second.state, makePolicy(), later(NOW, 2));
    expect(third.send).toEqual([]);
    expect(decideAlerts(full, third.state, makePolicy(), later(NOW, 3)).send).toEqual([]);
  });

  it('does not tell by itself what a digest told, until it has grown', () => {
    const tight = makePolicy({ budget_per_week: 0 });
    const held = decideAlerts([makeAlert()], EMPTY_STATE, tight, NOW);
    const digest = decideAlerts([makeAlert()], held.state, tight, MONDAY);
    expect(namesOf(digest)).toEqual(['digest digest|team|payments 1']);
    const next = decideAlerts([makeAlert()], digest.state, makePolicy(), later(MONDAY, 168));
    expect(next.send).toEqual([]);
    expect(reasonsOf(next)).toEqual(['a1 told']);
    const grown = makeAlert({ amountPerDay: '241' });
    expect(namesOf(decideAlerts([grown], next.state, makePolicy(), later(MONDAY, 169)))).toEqual([
      'open a1 1',
    ]);
  });

  it('says in a digest what is over, and leaves out what was silenced while it waited', () => {
    const policy = (rest: Partial<AlertPolicy> = {}) => makePolicy({ budget_per_week: 0 }, rest);
    const alerts = [makeAlert(), makeAlert({ id: 'a2', service: 's2' })];
    const { state } = decideAlerts(alerts, EMPTY_STATE, policy(), NOW);
    const linesOf = ({ send }: { send: { members: Alert[] }[] }) =>
      send.flatMap(({ members }) => members.map(({ id, status }) => `${id} ${status}`));
    expect(linesOf(decideAlerts(alerts.slice(1), state, policy(), MONDAY))).toEqual([
      'a1 cleared',
      'a2 open',
    ]);
    expect(linesOf(decideAlerts(alerts.slice(1), state, policy({ judged: [] }), MONDAY))).toEqual([
      'a1 open',
      'a2 open',
    ]);
    const muted = { a1: { reason: 'planned (ada)' } };
    expect(linesOf(decideAlerts(alerts, state, policy({ muted }), MONDAY))).toEqual(['a2 open']);
  });

  it('leaves out of a digest lines that somebody snoozed, until the snooze is over', () => {
    const line = makeAlert({ id: 'digest|waste|payments|USD', kind: 'digest', subkind: 'waste' });
    const { state } = decideAlerts([line], EMPTY_STATE, makePolicy(), NOW);
    const snooze = [{ match: { subkind: 'waste' }, until: '2026-12-05', reason: 'migration' }];
    const monday = decideAlerts([line], state, makePolicy({ snooze }), MONDAY);
    expect(monday.send).toEqual([]);
    expect(reasonsOf(monday)).toEqual([`${line.id} snoozed`]);
    const muted = { [line.id]: { reason: 'not actionable (ada)' } };
    expect(decideAlerts([line], state, makePolicy({}, { muted }), MONDAY).send).toEqual([]);
    expect(namesOf(decideAlerts([line], monday.state, makePolicy({ snooze }), later(MONDAY, 168)))).toEqual([
      'digest digest|team|payments 1',
    ]);
  });

  it('routes a group by what it comes to, too', () => {
    const routes = [
      { match: { severity: ['critical' as const] }, channels: ['pager'], continue: true },
      { match: {}, channels: ['mail'], continue: false },
    ];
    const alerts = [makeAlert({ amountPerDay: '600' }), makeAlert({ id: 'a2', amountPerDay: '600' })];
    const first = decideAlerts(alerts, EMPTY_STATE, makePolicy({}, { routes }), NOW);
    expect(first.send).toMatchObject([{ severity: 'critical', channels: ['mail', 'pager'] }]);
    const more = [...alerts, makeAlert({ id: 'a3' })];
    const soon = decideAlerts(more, first.state, makePolicy({}, { routes }), later(NOW, 1));
    expect(reasonsOf(soon)).toContain('a3 cool_down');
  });

  it('keeps quiet of a planned event until that is over, not of what outlasts it', () => {
    const policy = makePolicy({}, { events: [{ name: 'sale', from: '2026-11-20', to: '2026-11-23' }] });
    const until = (date: string) => makeAlert({ series: [{ date, value: 1 }] });
    for (const date of ['2026-11-23', '2026-11-24']) {
      expect(reasonsOf(decideAlerts([until(date)], EMPTY_STATE, policy, NOW))).toEqual(['a1 planned']);
    }
    expect(namesOf(decideAlerts([until('2026-11-25')], EMPTY_STATE, policy, NOW))).toEqual(['open a1 1']);
  });

  it('tells again, once, what was snoozed until today and goes on', () => {
    const first = decideAlerts([makeAlert()], EMPTY_STATE, makePolicy(), NOW);
    const muted = (until: string) => makePolicy({}, { muted: { a1: { reason: 'actionable (ada)', until } } });
    const thursday = decideAlerts([makeAlert()], first.state, muted('2026-11-27'), later(NOW, 24));
    expect(reasonsOf(thursday)).toEqual(['a1 snoozed']);
    const friday = decideAlerts([makeAlert()], thursday.state, muted('2026-11-27'), later(NOW, 48));
    expect(friday.send).toMatchObject([{ id: 'a1', type: 'open', revision: 2, channels: ['hook'] }]);
    const again = decideAlerts([makeAlert()], friday.state, muted('2026-11-27'), later(NOW, 96));
    expect(again.send).toEqual([]);
    const past = decideAlerts([makeAlert()], first.state, muted('2026-11-20'), later(NOW, 24));
    expect(past.send).toEqual([]);
    const over = makeAlert({ status: 'cleared' });
    const cleared = decideAlerts([over], thursday.state, muted('2026-11-27'), later(NOW, 48));
    expect(namesOf(cleared)).toEqual(['all_clear a1 2']);
  });

  it('is not told of what fades, nor tells its end before it is gone', () => {
    const strong = makeAlert({ kind: 'capacity', subkind: 'exhaustion' });
    const weak = { ...strong, isFading: true as const };
    expect(reasonsOf(decideAlerts([weak], EMPTY_STATE, makePolicy(), NOW))).toEqual(['a1 below_minimum']);
    const { state } = decideAlerts([strong], EMPTY_STATE, makePolicy(), NOW);
    const fading = decideAlerts([weak], state, makePolicy(), later(NOW, 24));
    expect(reasonsOf(fading)).toEqual(['a1 told']);
    expect(decideAlerts([strong], fading.state, makePolicy(), later(NOW, 48)).send).toEqual([]);
    expect(namesOf(decideAlerts([], fading.state, makePolicy(), later(NOW, 48)))).toEqual(['all_clear a1 2']);
  });

  it('says in a digest, once, that what has been short for long has run out', () => {
    const short = (subkind: string) =>
      makeAlert({ id: 'capacity|db', kind: 'capacity', subkind, occurredOn: '2026-08-20' });
    const weeks = ['exhaustion', 'exhaustion', 'saturated', 'exhaustion', 'saturated'].reduce<{
      state: AlertState;
      told: number[];
    }>(
      ({ state, told }, subkind, week) => {
        const decision = decideAlerts([short(subkind)], state, makePolicy(), later(MONDAY, week * 168));
        return { state: decision.state, told: [...told, decision.send.length] };
      },
      { state: EMPTY_STATE, told: [] },
    );
    expect(weeks.told).toEqual([0, 1, 1, 0, 0]);
    const over = decideAlerts([], weeks.state, makePolicy(), later(MONDAY, 840));
    expect(over.state.told).toEqual({});
  });

  it('routes in order, on while a route says so', () => {
    const routes = [
      { match: { severity: ['critical' as const] }, channels: ['pager'], continue: true },
      { match: { team: ['payments'] }, channels: ['slack', 'pager'], continue: false },
      { match: {}, channels: ['mail'], continue: false },
    ];
    const channels = (changes: Partial<Alert>) =>
      decideAlerts([makeAlert(changes)], EMPTY_STATE, makePolicy({}, { routes }), NOW).send[0]?.channels;
    expect(channels({ amountPerDay: '2000' })).toEqual(['pager', 'slack']);
    expect(channels({})).toEqual(['slack', 'pager']);
    expect(channels({ team: 'search' })).toEqual(['mail']);
  });

  it('routes what is of several teams to that with the largest part, and tells it in its digest', () => {
    const routes = [{ match: { team: ['payments'] }, channels: ['slack'], continue: false }];
    const policy = makePolicy({}, { routes });
    const shared = makeAlert({ team: '(several)', largestOwner: { team: 'payments' } });
    expect(decideAlerts([shared], EMPTY_STATE, policy, NOW).send).toMatchObject([{ channels: ['slack'] }]);
    const other = { ...shared, largestOwner: { team: 'search' } };
    expect(decideAlerts([other], EMPTY_STATE, policy, NOW).suppressed).toMatchObject([
      { reason: 'no_route' },
    ]);
    const waits = { ...shared, stakePerDay: '100' };
    const week = decideAlerts([waits], EMPTY_STATE, policy, NOW);
    expect(Object.keys(week.state.held)).toEqual(['payments']);
    expect(decideAlerts([waits], week.state, policy, MONDAY).send).toMatchObject([
      { type: 'digest', channels: ['slack'], members: [{ team: '(several)' }] },
    ]);
  });
});

describe('decideAlerts, by law', () => {
  const runs = fc.array(fc.tuple(alertList, fc.integer({ min: 1, max: 60 })), { maxLength: 6 });
  const settings = fc.record({
    budget_per_week: fc.integer({ min: 0, max: 4 }),
    reserved_for_high: fc.integer({ min: 0, max: 3 }),
    cool_down_hours: fc.constantFrom(0, 24),
    digest_weekday: fc.constantFrom('monday', 'thursday'),
  });

  type Runs = [Alert[], number][];
  const replay = (list: Runs, policy: AlertPolicy) => {
    let state = EMPTY_STATE;
    let now = NOW;
    return list.map(([alerts, hours]) => {
      now = later(now, hours);
      const decision = decideAlerts(alerts, state, policy, now);
      state = decision.state;
      return { now, alerts, ...decision };
    });
  };

  it('never tells a team more than its budget in a week', () => {
    fc.assert(
      fc.property(runs, settings, (list, changes) => {
        const counts = new Map<string, number>();
        for (const { now, send } of replay(list, makePolicy(changes))) {
          for (const { alert } of send.filter(({ type }) => type === 'open' || type === 'grown')) {
            const key = `${isoWeekOf(now)} ${alert.team}`;
            counts.set(key, (counts.get(key) ?? 0) + 1);
          }
        }
        expect(Math.max(0, ...counts.values())).toBeLessThanOrEqual(changes.budget_per_week);
      }),
      { numRuns: 300 },
    );
  });

  it('decides the same in any order', () => {
    const shuffled = alertList.chain((alerts) =>
      fc.tuple(
        fc.constant(alerts),
        fc.shuffledSubarray(alerts, { minLength: alerts.length, maxLength: alerts.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, settings, ([alerts, others], changes) => {
        const policy = makePolicy(changes);
        const decision = decideAlerts(alerts, EMPTY_STATE, policy, NOW);
        expect(decideAlerts(others, EMPTY_STATE, policy, NOW)).toEqual(decision);
      }),
      { numRuns: 200 },
    );
  });

  it('sends nothing twice when it is repeated, and remembers the same', () => {
    fc.assert(
      fc.property(runs, settings, (list, changes) => {
        const policy = makePolicy(changes);
        const steps = replay(list, policy);
        const keys = steps.flatMap(({ send }) => send.map(({ id, revision }) => `${id}#${revision}`));
        expect(new Set(keys).size).toBe(keys.length);
        for (const { alerts, state, now } of steps) {
          const again = decideAlerts(alerts, state, policy, now);
          expect([again.send, again.state]).toEqual([[], state]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('loses nothing that is kept back: it is told, or in a digest, or waits for one', () => {
    fc.assert(
      fc.property(runs, settings, (list, changes) => {
        const steps = replay(list, makePolicy(changes));
        const keptBack = steps.flatMap(({ suppressed }) =>
          suppressed.filter(({ reason }) => reason === 'budget' || reason === 'cool_down'),
        );
        const told = steps.flatMap(({ send }) => send.flatMap(({ alert, members }) => [alert, ...members]));
        const waiting = Object.values(steps.at(-1)?.state.held ?? {}).flat();
        const safe = new Set([...told, ...waiting].map(({ id }) => id));
        expect(keptBack.filter(({ alert }) => !safe.has(alert.id))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('accounts for every alert', () => {
    fc.assert(
      fc.property(alertList, settings, (alerts, changes) => {
        const { send, suppressed } = decideAlerts(alerts, EMPTY_STATE, makePolicy(changes), NOW);
        const named = [
          ...send.flatMap(({ alert, members }) => [alert.id, ...members.map(({ id }) => id)]),
          ...suppressed.map(({ alert }) => alert.id),
        ];
        expect(alerts.filter(({ id }) => !named.includes(id))).toEqual([]);
      }),
    );
  });
});
