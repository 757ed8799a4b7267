import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ResolvedFinding, verifySavings } from '../../analytics/waste/realised-saving.ts';

const resolved = (id: string, more: Partial<ResolvedFinding> = {}): ResolvedFinding => ({
  id,
  entity: 'i-1',
  parents: ['group', 'environment'],
  wasCounted: true,
  promised: 100n,
  partCost: 300n,
  costBefore: 300n,
  after: { cost: 20n, days: 10 },
  ...more,
});

const verify = (...findings: ResolvedFinding[]) => Object.fromEntries(verifySavings(findings));

describe('verifySavings', () => {
  it('takes the fall of the bill, pro-rated, up to what the part cost', () => {
    expect(verify(resolved('a'))).toEqual({ a: 240n });
    expect(verify(resolved('a', { partCost: 90n }))).toEqual({ a: 90n });
    expect(verify(resolved('a', { after: { cost: 500n, days: 10 } }))).toEqual({ a: 0n });
  });

  it('does not know before a day is complete, nor of what the bill did not show', () => {
    expect(verify(resolved('a', { after: null }))).toEqual({ a: undefined });
    expect(verify(resolved('a', { costBefore: 0n }))).toEqual({ a: undefined });
  });

  it('shares a fall between findings on the same thing, the counted ones first', () => {
    const other = resolved('b', { wasCounted: false, promised: 900n });
    expect(verify(other, resolved('a', { partCost: 200n }))).toEqual({ a: 200n, b: 40n });
  });

  it('a group and an environment claim only what their members did not', () => {
    const group = resolved('g', {
      entity: 'group',
      parents: ['environment'],
      costBefore: 500n,
      partCost: 500n,
    });
    const around = resolved('e', { entity: 'environment', parents: [], costBefore: 900n, partCost: 900n });
    expect(verify(around, group, resolved('a'))).toEqual({ a: 240n, g: 200n, e: 400n });
  });

  it('never says more than was paid before, on one thing or all of them', () => {
    const amount = fc.bigInt({ min: 0n, max: 1000n });
    const findings = fc.array(
      fc.record({
        wasCounted: fc.boolean(),
        promised: amount,
        partCost: amount,
        after: fc.option(fc.record({ cost: amount, days: fc.integer({ min: 1, max: 30 }) })),
      }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(findings, amount, (list, costBefore) => {
        const all = list.map((each, index) => resolved(`f${index}`, { ...each, costBefore }));
        const saved = [...verifySavings(all).values()].reduce<bigint>((sum, each) => sum + (each ?? 0n), 0n);
        expect(saved <= costBefore).toBe(true);
      }),
    );
  });
});
