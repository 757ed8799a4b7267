import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributeExcess } from '../../analytics/cause/attribute-excess.ts';
import { sumExcess } from '../../analytics/cause/choose-causes.ts';
import {
  type Candidate,
  type FormedIncident,
  formIncidents,
  type Place,
} from '../../analytics/incident/form-incidents.ts';
import { listReturns } from '../../analytics/incident/recognize-return.ts';
import { pairTagChanges } from '../../analytics/incident/recognize-tag-change.ts';

type Amounts = Record<string, number>;

/** A leaf is named `service/account/meter`. */
function toPlace(name: string): Place {
  const [service = '', sub_account_id = '', sku_meter = ''] = name.split('/');
  return {
    service,
    sub_account_id,
    sku_meter,
    environment: 'prod',
    team: service,
    region_id: 'r1',
    service_name: 'EC2',
  };
}

const usualOf = (name: string) => (name.includes('/new') ? 0 : 100);

/** Expected is a hundred a leaf, nothing of a meter that is called new. */
function departure(
  seriesId: string,
  amounts: Amounts,
  span: { from?: string; to?: string; score?: number; direction?: 'up' | 'down'; family?: string } = {},
): Candidate {
  const { from = '2026-10-05', to = '2026-10-07', score = 9, family = 'cost' } = span;
  const leaves = Object.entries(amounts).map(([name, excess]) => ({
    key: name,
    values: toPlace(name),
    cost: BigInt(usualOf(name) + excess),
    baseCost: BigInt(usualOf(name)),
    quantity: 0,
    baseQuantity: 0,
  }));
  const usual = Object.keys(amounts).reduce((sum, name) => sum + usualOf(name), 0);
  const parts = attributeExcess(leaves, BigInt(usual));
  const total = Object.values(amounts).reduce((sum, amount) => sum + amount, 0);
  const direction = span.direction ?? (total > 0 ? 'up' : 'down');
  return { seriesId, currency: 'USD', family, direction, from, to, score, parts };
}

const names = (groups: FormedIncident<Candidate>[]) =>
  groups.map(({ members }) => members.map(({ seriesId }) => seriesId).sort());

describe('forming incidents', () => {
  it('makes one of what shows in several series', () => {
    const groups = formIncidents([
      departure('usage type', { 'a/1/nat': 900, 'b/1/nat': 2 }),
      departure('group', { 'a/1/nat': 890, 'a/1/box': 5 }),
      departure('account', { 'a/1/nat': 880, 'a/1/box': 4, 'b/1/nat': 30, 'b/1/box': -20 }),
    ]);
    expect(names(groups)).toEqual([['account', 'group', 'usage type']]);
  });

  it('keeps two apart that only a coarse series adds up', () => {
    const groups = formIncidents([
      departure('group a', { 'a/1/nat': 900 }),
      departure('group b', { 'b/1/logs': 700 }, { from: '2026-10-01', to: '2026-10-12' }),
      departure('account', { 'a/1/nat': 900, 'b/1/logs': 700 }, { from: '2026-10-02', to: '2026-10-12' }),
    ]);
    expect(groups).toHaveLength(2);
  });

  it('lets a unit cost lead only where nothing else tells the incident', () => {
    const unit = { ...departure('unit cost', { 'a/1/nat': 900, 'b/2/logs': 800 }), isSecondary: true };
    const groups = formIncidents([
      unit,
      departure('a', { 'a/1/nat': 900 }),
      departure('b', { 'b/2/logs': 800 }),
    ]);
    expect(groups.map(({ members: [lead] }) => lead.seriesId)).toEqual(['a', 'b']);
    expect(formIncidents([unit])).toEqual([{ members: [unit], stretches: [unit] }]);
  });

  it('joins usage types of one service that changed on the same day', () => {
    const groups = formIncidents([
      departure('seconds', { 'a/1/seconds': 900 }),
      departure('requests', { 'a/1/requests': 100 }),
    ]);
    expect(groups).toHaveLength(1);
    expect(groups[0]?.members[0].seriesId).toBe('seconds');
  });

  it('keeps apart what differs in place, time, direction or currency', () => {
    const one = departure('one', { 'a/1/nat': 900 });
    for (const other of [
      departure('other', { 'b/2/nat': 900 }),
      departure('other', { 'a/1/nat': 900 }, { from: '2026-11-05', to: '2026-11-07' }),
      departure('other', { 'a/1/nat': -90 }),
      { ...departure('other', { 'a/1/nat': 900 }), currency: 'EUR' },
      departure('other', { 'a/1/nat': 900 }, { family: 'coverage' }),
    ])
      expect(formIncidents([one, other])).toHaveLength(2);
  });

  const twoBursts = (second: { from: string; to: string }) => {
    const first = { from: '2026-08-25', to: '2026-08-25' };
    const both = { from: first.from, to: second.to };
    return formIncidents([
      departure('web', { 'web/1/box': 0, 'web/1/new-transfer': 90 }, first),
      departure('EC2', { 'web/1/box': 0, 'web/1/new-transfer': 90 }, { ...first, score: 12 }),
      departure('media', { 'media/1/gb': 0, 'media/1/new-requests': 80 }, second),
      departure('requests', { 'media/1/new-requests': 80 }, { ...second, score: 12 }),
      departure(
        'account',
        {
          ...{ 'web/1/box': 0, 'web/1/new-transfer': 90, 'data/1/db': 0 },
          ...{ 'media/1/gb': 0, 'media/1/new-requests': 80 },
        },
        { ...both, score: 20 },
      ),
    ]);
  };
  const amountsOf = (incidents: FormedIncident<Candidate>[]) =>
    incidents.map(({ stretches }) => stretches.map(({ parts }) => Number(sumExcess(parts))));

  it('keeps two of different owners in one account apart, on one day and on the next', () => {
    for (const day of ['2026-08-25', '2026-08-26']) {
      const incidents = twoBursts({ from: day, to: day });
      expect(amountsOf(incidents).sort()).toEqual([[80], [90]]);
    }
  });

  it('keeps a small one apart from a large one that carries most of their account', () => {
    const day = { from: '2026-08-25', to: '2026-08-25' };
    const incidents = formIncidents([
      departure('web', { 'web/1/box': 0, 'web/1/new-transfer': 900 }, day),
      departure('media', { 'media/1/new-1': 30, 'media/1/new-2': 30, 'media/1/new-3': 30 }, day),
      departure(
        'account',
        {
          ...{ 'web/1/box': 0, 'web/1/new-transfer': 900 },
          ...{ 'media/1/new-1': 30, 'media/1/new-2': 30, 'media/1/new-3': 30 },
        },
        { ...day, score: 20 },
      ),
    ]);
    expect(amountsOf(incidents).sort()).toEqual([[900], [90]].sort());
  });

  it('makes one of what happened to a whole account, or to a whole environment', () => {
    for (const ratio of [1, -1]) {
      const leaves = ['web/1/box', 'media/1/gb', 'data/1/db'];
      const all = departure('account', Object.fromEntries(leaves.map((name) => [name, 100 * ratio])));
      const owners = leaves.map((name) => departure(name, { [name]: 100 * ratio }));
      const incidents = formIncidents([...owners, all]);
      expect(amountsOf(incidents)).toEqual([[300 * ratio]]);
    }
    const staging = (part: Candidate['parts'][number]) =>
      part.excess === 0n ? part : { ...part, values: { ...part.values, environment: 'staging' } };
    const stopped = [
      departure('web', { 'web/1/box': -100 }),
      departure('data', { 'data/1/db': -100 }),
      departure('account', { 'web/1/box': -100, 'data/1/db': -100, 'web/1/gb': 0, 'data/1/gb': 0 }),
    ].map((each) => ({ ...each, parts: each.parts.map(staging) }));
    expect(amountsOf(formIncidents(stopped))).toEqual([[-200]]);
  });

  it('tells what a slow, broad departure has beyond the clear ones within it', () => {
    const long = { from: '2026-10-01', to: '2026-10-30' };
    const [leak, clear] = [
      departure('EC2', { 'a/1/box': 900, 'b/1/box': 700, 'c/2/box': 900, 'd/3/box': 800 }, long),
      departure('a', { 'a/1/box': 850 }, { from: '2026-10-10', to: '2026-10-30' }),
    ];
    expect(amountsOf(formIncidents([leak, clear]))).toEqual([[2400], [850]]);
    const [told] = formIncidents([leak, clear]);
    expect(told?.members[0].toldElsewhere).toBe(900n);
    // Where that is too little to be told, it is told with them.
    expect(amountsOf(formIncidents([leak, clear], 100))).toEqual([[3300]]);
    const others = ['b/1/box', 'c/2/box'].map((name) => departure(name, { [name]: 700 }, long));
    expect(amountsOf(formIncidents([leak, clear, ...others])).sort()).toEqual([[2400], [850]]);
  });

  it('tells what a series has that stays on the new level of an accepted one', () => {
    const shift = { ...departure('a', { 'a/1/box': 100 }, { to: '2026-10-14' }), isAccepted: true };
    const later = departure('EC2', { 'a/1/box': 300, 'b/1/box': 40 }, { to: '2026-11-03' });
    expect(amountsOf(formIncidents([shift, later]))).toHaveLength(1);
  });

  it('does not depend on the order, and loses nothing', () => {
    const candidates = fc.array(
      fc.record({
        amounts: fc.dictionary(
          fc.constantFrom('a/1/nat', 'a/1/box', 'b/1/box', 'b/2/nat', 'c/3/logs'),
          fc.integer({ min: 1, max: 1000 }),
          { minKeys: 1 },
        ),
        day: fc.integer({ min: 1, max: 20 }),
        length: fc.integer({ min: 0, max: 8 }),
        score: fc.integer({ min: 3, max: 30 }),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(candidates, (given) => {
        const all = given.map(({ amounts, day, length, score }, index) => {
          const date = (of: number) => `2026-10-${String(of).padStart(2, '0')}`;
          return departure(`s${index}`, amounts, { from: date(day), to: date(day + length), score });
        });
        const groups = formIncidents(all);
        expect(formIncidents([...all].reverse())).toEqual(groups);
        expect(names(groups).flat().sort()).toEqual(all.map(({ seriesId }) => seriesId).sort());
        for (const each of all) {
          const excess = Math.abs(Number(sumExcess(each.parts)));
          expect(toldTogether(each, groups)).toBeGreaterThanOrEqual(0.499 * excess);
        }
      }),
    );
  });
});

/** What incidents tell of a departure: of each of its parts no more than it has, on the days of both. */
function toldTogether({ parts, from, to }: Candidate, groups: FormedIncident<Candidate>[]): number {
  const dayOf = (date: string) => Date.parse(date) / 86_400_000;
  const tellers = groups.flatMap(({ stretches }) => stretches);
  const told = parts.map(({ key, excess }) => {
    const amounts = tellers.map((teller) => {
      const days = dayOf(teller.to) - dayOf(teller.from) + 1;
      const first = Math.max(dayOf(from), dayOf(teller.from));
      const common = Math.max(0, Math.min(dayOf(to), dayOf(teller.to)) - first + 1);
      return (Number(teller.parts.find((part) => part.key === key)?.excess ?? 0n) / days) * common;
    });
    return Math.min(
      Number(excess),
      amounts.reduce((sum, amount) => sum + amount, 0),
    );
  });
  return told.reduce((sum, amount) => sum + amount, 0);
}

describe('recognising', () => {
  it('cost that is only tagged otherwise', () => {
    const up = departure('b', { 'b/1/box': 500 });
    const down = { ...departure('a', { 'a/1/box': -90 }), parts: up.parts.map(negate('a')) };
    expect([...pairTagChanges([up, down])]).toEqual([[up, { ...down, direction: 'down' }]]);
    expect(pairTagChanges([up, departure('c', { 'c/1/other': -90 })]).size).toBe(0);
  });

  it('the return from an earlier change', () => {
    const up = departure('up', { 'a/1/box': 500 }, { from: '2026-09-01', to: '2026-09-10' });
    const down = departure('down', { 'a/1/box': -90 });
    expect([...listReturns([down, up])]).toEqual([down]);
    const elsewhere = departure('down', { 'b/1/box': -90 });
    expect(listReturns([elsewhere, up]).size).toBe(0);
    const much = departure('down', { 'a/1/box': -90 }, { from: '2026-10-05', to: '2026-10-05' });
    const little = departure('up', { 'a/1/box': 50 }, { from: '2026-09-01', to: '2026-09-30' });
    expect(listReturns([much, little]).size).toBe(0);
  });
});

const negate = (service: string) => (part: Candidate['parts'][number]) => ({
  ...part,
  key: `${service}${part.key.slice(1)}`,
  values: { ...part.values, service, team: service },
  excess: -part.excess,
});
