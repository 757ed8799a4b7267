import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analysePurchase, FALLS, largestRegret } from '../../analytics/commitments/analyse-purchase.ts';

const demands = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 60 });
const discounts = fc.double({ min: 0.05, max: 0.7, noNaN: true });

/** What an hour costs with a commitment, added up, against what it costs without. */
function saveByHand(demand: readonly number[], discount: number, commitment: number, fall: number): number {
  const paid = demand.map((full) => {
    const cost = full * (1 - fall);
    return commitment + Math.max(0, cost - commitment / (1 - discount));
  });
  const without = demand.reduce((sum, full) => sum + full * (1 - fall), 0);
  return ((without - paid.reduce((sum, cost) => sum + cost, 0)) * 720) / demand.length;
}

describe('analysePurchase', () => {
  it('of a steady demand commits to all of it, unless it may fall', () => {
    const [option] = analysePurchase(new Array(720).fill(10), 0.28);
    expect(option).toMatchObject({ utilisationRatio: 1, coverageRatio: 1 });
    expect(option?.hourlyCommitment).toBeCloseTo(7.2);
    expect(option?.savings[0]).toBeCloseTo(2.8 * 720);
    // A fifth less demand leaves 80 % of it used, which is above the 72 % where it breaks even.
    expect(option?.savings[1]).toBeCloseTo((8 - 7.2) * 720);
    expect(option?.savings[2]).toBeCloseTo((6 - 7.2) * 720);
  });

  it('without demand there is nothing to buy', () => {
    expect(analysePurchase([0, 0], 0.3)).toEqual([]);
  });

  it('recommends nothing that loses', () => {
    const spikes = [...new Array(95).fill(0), ...new Array(5).fill(100)];
    expect(analysePurchase(spikes, 0.2).some(({ isRecommended }) => isRecommended)).toBe(false);
  });

  it('saves what the bill by the hour says, at every option', () => {
    fc.assert(
      fc.property(demands, discounts, (demand, discount) => {
        for (const { hourlyCommitment, savings } of analysePurchase(demand, discount)) {
          for (const [index, fall] of FALLS.entries())
            expect(savings[index]).toBeCloseTo(saveByHand(demand, discount, hourlyCommitment, fall), 4);
        }
      }),
    );
  });

  it('saves exactly while utilisation is above break-even', () => {
    fc.assert(
      fc.property(demands, discounts, (demand, discount) => {
        for (const { utilisationRatio, hourlyCommitment, savings } of analysePurchase(demand, discount)) {
          const margin = utilisationRatio - (1 - discount);
          if (hourlyCommitment < 1e-6 || Math.abs(margin) < 1e-6) continue;
          expect(Math.sign(savings[0] as number)).toBe(Math.sign(margin));
        }
      }),
    );
  });

  it('no commitment beats the best in hindsight, and none has a smaller largest regret than the recommended', () => {
    fc.assert(
      fc.property(
        demands,
        discounts,
        fc.double({ min: 0, max: 100, noNaN: true }),
        (demand, discount, any) => {
          const options = analysePurchase(demand, discount);
          for (const { savings, regrets } of options) {
            for (const [index, fall] of FALLS.entries()) {
              const best = (savings[index] as number) + (regrets[index] as number);
              expect(saveByHand(demand, discount, any, fall)).toBeLessThanOrEqual(best + 1e-6);
            }
          }
          const recommended = options.find(({ isRecommended }) => isRecommended);
          if (!recommended) return;
          for (const option of options.filter(({ savings }) => (savings[0] as number) > 0))
            expect(largestRegret(recommended)).toBeLessThanOrEqual(largestRegret(option));
        },
      ),
    );
  });
});
