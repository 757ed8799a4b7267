import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countSavings, type SavingCandidate } from '../../analytics/waste/count-savings.ts';

const finding = (id: string, more: Partial<SavingCandidate> = {}): SavingCandidate => ({
  id,
  currency: 'USD',
  accountId: '1',
  resource: 'i-1',
  group: null,
  environment: 'shop|dev',
  scope: 'resource',
  action: 'delete',
  costPart: 'whole',
  isCompute: true,
  saving: 10n,
  deferred: 0n,
  partCost: 100n,
  resourceCost: 100n,
  confidence: 0.9,
  ...more,
});

const count = (candidates: SavingCandidate[]) =>
  Object.fromEntries(
    [...countSavings(candidates)].map(([id, { saving, alternativeTo }]) => [id, alternativeTo ?? saving]),
  );

const total = (candidates: readonly SavingCandidate[]) =>
  [...countSavings(candidates).values()].reduce((sum, each) => sum + each.saving, 0n);

describe('countSavings', () => {
  it('takes the better of stop and resize, and adds what touches another part', () => {
    const stop = finding('stop', { saving: 80n, costPart: 'instance', partCost: 90n });
    const resize = finding('resize', { saving: 40n, costPart: 'instance', partCost: 90n });
    const traffic = finding('traffic', { saving: 5n, costPart: 'transfer', partCost: 10n });
    expect(count([resize, traffic, stop])).toEqual({ stop: 80n, resize: 'stop', traffic: 5n });
  });

  it('takes either the whole or its parts', () => {
    const parts = [
      finding('a', { saving: 40n, costPart: 'storage' }),
      finding('b', { saving: 30n, costPart: 'instance' }),
    ];
    expect(count([finding('all', { saving: 60n }), ...parts])).toEqual({ all: 'a', a: 40n, b: 30n });
    expect(count([finding('all', { saving: 70n }), ...parts])).toEqual({ all: 70n, a: 'all', b: 'all' });
  });

  it('takes the larger of a group and its members, up to the environment', () => {
    const members = [
      finding('i-1', { resource: 'i-1', group: 'asg', saving: 30n }),
      finding('i-2', { resource: 'i-2', group: 'asg', saving: 20n }),
      finding('i-2 smaller', { resource: 'i-2', group: 'asg', saving: 10n }),
    ];
    const group = (saving: bigint) =>
      finding('asg', { resource: 'asg', group: 'asg', scope: 'group', saving, resourceCost: null });
    const environment = (saving: bigint) =>
      finding('dev', {
        resource: 'shop|dev',
        scope: 'environment',
        saving,
        partCost: 900n,
        resourceCost: null,
      });
    expect(count([...members, group(49n)])).toMatchObject({ 'i-1': 30n, 'i-2': 20n, asg: 'i-1' });
    expect(count([...members, group(51n)])).toMatchObject({ 'i-1': 'asg', 'i-2 smaller': 'asg', asg: 51n });
    expect(count([...members, group(51n), environment(60n)])).toEqual({
      'i-1': 'dev',
      'i-2': 'dev',
      'i-2 smaller': 'dev',
      asg: 'dev',
      dev: 60n,
    });
  });

  it('computes purchases on what remains', () => {
    const buy = (id: string, saving: bigint) =>
      finding(id, {
        scope: 'account',
        resource: '1',
        action: 'commit',
        saving,
        partCost: 1000n,
        resourceCost: null,
      });
    const freed = finding('stop', { saving: 500n, partCost: 500n, resourceCost: 500n });
    const storage = finding('bucket', { resource: 'b', saving: 90n, isCompute: false });
    expect(count([buy('plan', 300n), buy('smaller plan', 200n), freed, storage])).toEqual({
      plan: 150n,
      'smaller plan': 'plan',
      stop: 500n,
      bucket: 90n,
    });
  });

  it('does not take what an expiring commitment covers for something that a purchase could cover', () => {
    const commit = { scope: 'account' as const, action: 'commit', resourceCost: null };
    const plan = finding('plan', { ...commit, resource: '1', saving: 300n, partCost: 1000n });
    const ending = { ...commit, saving: 0n, deferred: 90n, partCost: 1000n, costPart: 'renewal' };
    const freed = finding('stop', { saving: 500n, partCost: 500n, resourceCost: 500n });
    for (const accountId of ['1', '2']) {
      const expiring = finding('expiring', { ...ending, resource: 'ri', accountId });
      expect(count([plan, expiring, freed])).toEqual({ plan: 150n, expiring: 0n, stop: 500n });
    }
  });

  it('counts as in the worked example of docs/waste.md', () => {
    const web = { group: 'web', resourceCost: 300n };
    const idle = finding('idle', { ...web, saving: 300n, partCost: 300n });
    const rest = [
      finding('too large', { ...web, costPart: 'instance', saving: 80n, partCost: 210n }),
      finding('credits', { ...web, costPart: 'credits', saving: 27n, partCost: 90n }),
      finding('nights', { ...web, resource: 'i-2', saving: 120n, partCost: 200n, resourceCost: 200n }),
      finding('too many', {
        ...web,
        resource: 'web',
        scope: 'group',
        saving: 250n,
        partCost: 500n,
        resourceCost: 500n,
      }),
      finding('plan', {
        scope: 'account',
        action: 'commit',
        saving: 200n,
        partCost: 1000n,
        resourceCost: null,
      }),
    ];
    expect(count([idle, ...rest])).toEqual({
      idle: 300n,
      'too large': 'idle',
      credits: 'idle',
      nights: 120n,
      'too many': 'idle',
      plan: 116n,
    });
    expect(total([idle, ...rest])).toBe(536n);
    expect(total(rest)).toBe(400n);
  });

  it('never adds more on a resource than it costs', () => {
    const parts = ['a', 'b'].map((costPart) => finding(costPart, { costPart, saving: 70n, partCost: 70n }));
    expect(total(parts)).toBe(100n);
  });

  it('adds no currencies', () => {
    expect(count([finding('usd'), finding('eur', { currency: 'EUR' })])).toEqual({ usd: 10n, eur: 10n });
  });
});

function nameThing(
  scope: string,
  resource: { id: string; group: string | null; environment: string },
): string {
  if (scope === 'group') return resource.group ?? '';
  if (scope === 'environment') return resource.environment;
  return scope === 'commit' ? 'purchase' : resource.id;
}

/** Resources with costs in groups and environments, and findings on every level that keep to those costs. */
const worlds = fc
  .record({
    resources: fc.array(
      fc.record({
        cost: fc.bigInt({ min: 1n, max: 1000n }),
        group: fc.constantFrom(null, 'g0', 'g1'),
        environment: fc.constantFrom('e0', 'e1'),
        accountId: fc.constantFrom('1', '2'),
        isCompute: fc.boolean(),
      }),
      { minLength: 1, maxLength: 8 },
    ),
    picks: fc.array(
      fc.record({
        scope: fc.constantFrom('resource', 'resource', 'resource', 'group', 'environment', 'commit'),
        at: fc.nat(7),
        costPart: fc.constantFrom('whole', 'p0', 'p1'),
        share: fc.bigInt({ min: 0n, max: 100n }),
        deferredShare: fc.bigInt({ min: 0n, max: 100n }),
        confidence: fc.constantFrom(0.5, 0.9),
      }),
      { maxLength: 14 },
    ),
  })
  .map(({ resources, picks }) => {
    const settled = resources.map((each, index) => ({
      ...each,
      id: `r${index}`,
      // A group lies in one environment and is of one kind, as Auto Scaling groups and clusters are.
      environment: each.group === null ? each.environment : 'e0',
      isCompute: each.group !== null || each.isCompute,
    }));
    const costOf = (members: typeof settled) => members.reduce((sum, { cost }) => sum + cost, 0n);
    const candidates = picks.map((pick, index): SavingCandidate => {
      const resource = settled[pick.at % settled.length] as (typeof settled)[number];
      const scope = pick.scope === 'group' && resource.group === null ? 'resource' : pick.scope;
      const parts = { whole: 100n, p0: 60n, p1: 40n };
      const share = parts[pick.costPart as keyof typeof parts];
      const cost = {
        resource: resource.cost,
        group: costOf(settled.filter(({ group }) => group === resource.group)),
        environment: costOf(settled.filter(({ environment }) => environment === resource.environment)),
        commit: costOf(settled.filter((each) => each.isCompute && each.accountId === resource.accountId)),
      }[scope as 'resource'];
      const partCost = (cost * share) / 100n;
      const saving = (partCost * pick.share) / 100n;
      return finding(`f${index}`, {
        accountId: scope === 'resource' || scope === 'commit' ? resource.accountId : '1',
        resource: nameThing(scope, resource),
        group: resource.group,
        environment: resource.environment,
        scope: scope === 'commit' ? 'account' : (scope as SavingCandidate['scope']),
        action: scope === 'commit' ? 'commit' : 'delete',
        costPart: pick.costPart,
        isCompute: resource.isCompute,
        saving,
        deferred: ((partCost - saving) * pick.deferredShare) / 100n,
        partCost,
        resourceCost: scope === 'resource' ? resource.cost : null,
        confidence: pick.confidence,
      });
    });
    return { candidates, cost: costOf(settled) };
  });

describe('laws of savings', () => {
  it('the total never exceeds the cost of what it removes', () => {
    fc.assert(
      fc.property(worlds, ({ candidates, cost }) => {
        expect(total(candidates) <= cost).toBe(true);
        for (const [id, { saving }] of countSavings(candidates)) {
          const { saving: promised, partCost } = candidates.find((each) => each.id === id) as SavingCandidate;
          expect(saving <= promised && saving <= partCost).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('leaving a finding out never raises the total', () => {
    fc.assert(
      fc.property(worlds, fc.nat(), ({ candidates }, pick) => {
        if (candidates.length === 0) return;
        const without = candidates.filter((_, index) => index !== pick % candidates.length);
        expect(total(without) <= total(candidates)).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  it('order does not matter', () => {
    const shuffled = worlds.chain(({ candidates }) =>
      fc.tuple(fc.constant(candidates), fc.shuffledSubarray(candidates, { minLength: candidates.length })),
    );
    fc.assert(
      fc.property(shuffled, ([candidates, others]) => {
        expect(new Map([...countSavings(others)].sort())).toEqual(
          new Map([...countSavings(candidates)].sort()),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('what is not counted names a counted finding in its place, or saves nothing', () => {
    fc.assert(
      fc.property(worlds, ({ candidates }) => {
        const counted = countSavings(candidates);
        for (const { id, saving, deferred, action } of candidates) {
          const { isCounted, alternativeTo } = counted.get(id) ?? {};
          if (isCounted || (saving === 0n && deferred === 0n) || action === 'commit') continue;
          if (alternativeTo) expect(counted.get(alternativeTo)?.isCounted).toBe(true);
        }
      }),
    );
  });
});
