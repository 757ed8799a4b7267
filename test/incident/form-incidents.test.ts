import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributeExcess } from '../../analytics/cause/attribute-excess.ts';
import { type Candidate, formIncidents, type Place } from '../../analytics/incident/form-incidents.ts';
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

/** Expected is a hundred a leaf. */
function departure(
  seriesId: string,
  amounts: Amounts,
  span: { from?: string; to?: string; score?: number; direction?: 'up' | 'down'; family?: string } = {},
): Candidate {
  const { from = '2026-10-05', to = '2026-10-07', score = 9, family = 'cost' } = span;
  const leaves = Object.entries(amounts).map(([name, excess]) => ({
    key: name,
    values: toPlace(name),
    cost: BigInt(100 + excess),
    baseCost: 100n,
    quantity: 0,
    baseQuantity: 0,
  }));
  const parts = attributeExcess(leaves, BigInt(100 * leaves.length));
  const total = Object.values(amounts).reduce((sum, amount) => sum + amount, 0);
  const direction = span.direction ?? (total > 0 ? 'up' : 'down');
  return { seriesId, currency: 'USD', family, direction, from, to, score, parts };
}

const names = (groups: Candidate[][]) => groups.map((group) => group.map(({ seriesId }) => seriesId).sort());

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
    expect(groups.map(([lead]) => lead?.seriesId)).toEqual(['a', 'b']);
    expect(formIncidents([unit])).toEqual([[unit]]);
  });

  it('joins usage types of one service that changed on the same day', () => {
    const groups = formIncidents([
      departure('seconds', { 'a/1/seconds': 900 }),
      departure('requests', { 'a/1/requests': 100 }),
    ]);
    expect(groups).toHaveLength(1);
    expect(groups[0]?.[0]?.seriesId).toBe('seconds');
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
        expect(formIncidents([...all].reverse()).map(([lead]) => lead)).toEqual(groups.map(([lead]) => lead));
        expect(names(groups).flat().sort()).toEqual(all.map(({ seriesId }) => seriesId).sort());
      }),
    );
  });
});

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
