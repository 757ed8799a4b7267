import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributeExcess } from '../../analytics/cause/attribute-excess.ts';
import type { Candidate } from '../../analytics/incident/form-incidents.ts';
import { groupSignals, meetIncidents, type Signal } from '../../analytics/incident/join-signals.ts';

function signal(seriesId: string, more: Partial<Signal> = {}): Signal {
  return {
    seriesId,
    measure: 'utilization',
    direction: 'up',
    from: '2026-10-05',
    to: '2026-10-12',
    ratio: 2,
    score: 9,
    driver: '',
    team: 't',
    service: 'shop',
    environment: 'prod',
    sub_account_id: '',
    resource_type: 'rds:db',
    resource_id: '',
    ...more,
  };
}

const volume = (more: Partial<Signal> = {}) =>
  signal('orders', { measure: 'driver', driver: 'orders', resource_type: '', service: '(several)', ...more });
const database = (id: string, more: Partial<Signal> = {}) =>
  signal(id, { resource_id: id, sub_account_id: '1', ...more });

/** Costs of services of account 1 that were 100 each. */
function cost(amounts: Record<string, number>, more: Partial<Candidate> = {}): Candidate {
  const leaves = Object.entries(amounts).map(([service, excess]) => ({
    key: service,
    values: {
      ...{ service, sub_account_id: '1', environment: 'prod', team: 't', region_id: 'r' },
      ...{ service_name: 'RDS', sku_meter: 'db' },
    },
    cost: BigInt(100 + excess),
    baseCost: 100n,
    quantity: 0,
    baseQuantity: 0,
  }));
  const parts = attributeExcess(leaves, BigInt(100 * leaves.length));
  const total = Object.values(amounts).reduce((sum, amount) => sum + amount, 0);
  return {
    ...{
      seriesId: Object.keys(amounts).join(),
      currency: 'USD',
      family: 'cost',
      from: '2026-10-06',
      to: '2026-10-12',
    },
    direction: total > 0 ? 'up' : 'down',
    score: 9,
    parts,
    ...more,
  };
}

const isOwner = (driver: string, { service }: { service: string }) =>
  driver === 'orders' && service === 'shop';
const meet = (one: Signal, leads: Candidate[]) => meetIncidents([[one]], leads, isOwner)[0]?.seriesId;

describe('grouping signals', () => {
  it('makes one of a resource, its metrics and its group, led by the clearest', () => {
    const groups = groupSignals([
      signal('group', { score: 5 }),
      database('db-1', { from: '2026-10-07' }),
      database('db-1', { seriesId: 'db-1 connections', score: 3 }),
    ]);
    expect(groups.map((group) => group.map(({ seriesId }) => seriesId))).toEqual([
      ['db-1', 'group', 'db-1 connections'],
    ]);
  });

  it('keeps apart what differs in time, direction, measure, resource or owner', () => {
    for (const other of [
      database('db-1', { from: '2026-10-09' }),
      database('db-1', { direction: 'down' }),
      database('db-2'),
      volume(),
      signal('other group', { service: 'mail' }),
    ])
      expect(groupSignals([database('db-1'), other])).toHaveLength(2);
    expect(groupSignals([volume(), volume({ seriesId: 'other', driver: 'users' })])).toHaveLength(2);
  });

  it('does not depend on the order, and loses nothing', () => {
    const signals = fc.uniqueArray(
      fc.record({
        id: fc.constantFrom('', 'db-1', 'db-2', 'db-3'),
        day: fc.integer({ min: 1, max: 25 }),
        direction: fc.constantFrom('up' as const, 'down' as const),
        service: fc.constantFrom('shop', 'mail'),
        score: fc.integer({ min: 3, max: 9 }),
      }),
      { maxLength: 10, selector: ({ id, day, direction, service }) => `${id}${day}${direction}${service}` },
    );
    fc.assert(
      fc.property(signals, (given) => {
        const all = given.map(({ id, day, direction, service, score }) => {
          const from = `2026-10-${String(day).padStart(2, '0')}`;
          return signal(`${id}/${service}`, { resource_id: id, from, direction, service, score });
        });
        const groups = groupSignals(all);
        expect(groupSignals([...all].reverse())).toEqual(groups);
        expect(groups.flat()).toHaveLength(all.length);
      }),
    );
  });
});

describe('signals and cost', () => {
  it('meet at one place and time', () => {
    const shop = cost({ shop: 900 });
    expect(meet(database('db-1'), [cost({ mail: 900 }), shop])).toBe('shop');
    expect(meet(database('db-1'), [cost({ mail: 900 })])).toBeUndefined();
    expect(meet(database('db-1', { sub_account_id: '2' }), [shop])).toBeUndefined();
    expect(meet(database('db-1', { from: '2026-10-10' }), [shop])).toBeUndefined();
    expect(meet(database('db-1'), [cost({ shop: 900 }, { family: 'coverage' })])).toBeUndefined();
    expect(meet(signal('group'), [cost({ shop: 900, mail: 900 })])).toBe('shop,mail');
  });

  it('a volume explains a cost that changed its way, by not much more than it did', () => {
    expect(meet(volume({ ratio: 1.6 }), [cost({ shop: 90 })])).toBe('shop');
    expect(meet(volume({ ratio: 1.2 }), [cost({ shop: 900 })])).toBeUndefined();
    expect(meet(volume({ ratio: 0.6, direction: 'down' }), [cost({ shop: 90 })])).toBeUndefined();
    expect(meet(volume({ ratio: 0.6, direction: 'down' }), [cost({ shop: -40 })])).toBe('shop');
    expect(meet(volume({ ratio: 1.6, service: 'mail' }), [cost({ shop: 90 })])).toBeUndefined();
    expect(meet(volume({ ratio: 1.6 }), [cost({ mail: 90 })])).toBeUndefined();
  });
});
