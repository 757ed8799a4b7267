import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../analytics/configuration/load-configuration.ts';
import { resolveBudgets } from '../../analytics/configuration/resolve-budgets.ts';
import type { BudgetRow } from '../../analytics/configuration/tables.ts';
import { formatScaled } from '../../analytics/decimal-text.ts';
import { ALLOCATION_DIMENSIONS } from '../../analytics/vocabulary.ts';

const NO_SCOPE = Object.fromEntries(ALLOCATION_DIMENSIONS.map((name) => [name, null]));

function budget(values: Partial<BudgetRow>): BudgetRow {
  return {
    ...NO_SCOPE,
    version: 'original',
    month: '2026-10',
    amount: '0',
    currency: 'USD',
    driver: null,
    planned_volume: null,
    ...values,
  } as BudgetRow;
}

const plain = parseConfiguration('version: 1\n');
const withLookup = parseConfiguration(`version: 1
allocation:
  lookups:
    - { from: team, values: { a: { cost_center: CC-1 }, b: { cost_center: CC-1 } } }
`);

const amounts = (rows: BudgetRow[], configuration = plain) =>
  resolveBudgets(rows, configuration).map(({ amount }) => Number(formatScaled(amount)));

describe('resolveBudgets', () => {
  it('takes what is budgeted inside out of the budget around it', () => {
    const rows = [
      budget({ cost_center: 'CC-1', amount: '100' }),
      budget({ team: 'a', amount: '30' }),
      budget({ team: 'b', amount: '50' }),
    ];
    expect(amounts(rows, withLookup)).toEqual([20, 30, 50]);
  });

  it('takes the version that comes last, month by month', () => {
    const rows = [
      budget({ month: '2026-10', amount: '1' }),
      budget({ month: '2026-11', amount: '2' }),
      budget({ month: '2026-11', amount: '9', version: 'reforecast' }),
    ];
    expect(amounts(rows)).toEqual([1, 9]);
  });

  it('refuses scopes that cross', () => {
    const rows = [budget({ team: 'a' }), budget({ environment: 'prod' })];
    expect(() => resolveBudgets(rows, plain)).toThrow(/overlap: team=a and environment=prod/);
  });

  it('refuses a flexible budget around another', () => {
    const rows = [
      budget({ cost_center: 'CC-1', driver: 'orders', planned_volume: '1' }),
      budget({ cost_center: 'CC-1', team: 'a' }),
    ];
    expect(() => resolveBudgets(rows, plain)).toThrow(/names a driver and contains/);
  });

  it('conserves the outermost budgets, whatever nests in them', () => {
    const scope = fc.constantFrom(
      ['CC-1'],
      ['CC-1', 'a'],
      ['CC-1', 'a', 'x'],
      ['CC-1', 'b'],
      ['CC-2'],
      ['CC-2', 'a'],
    );
    const rows = fc.uniqueArray(fc.tuple(scope, fc.integer({ min: 0, max: 10_000 })), {
      selector: ([path]) => path.join(),
    });
    fc.assert(
      fc.property(rows, (scopes) => {
        const written = scopes.map(([[cost_center = null, team = null, service = null], amount]) =>
          budget({ cost_center, team, service, amount: String(amount) }),
        );
        const isOutermost = ([path]: (typeof scopes)[number]) =>
          !scopes.some(
            ([other]) => other.length < path.length && other.every((part, index) => part === path[index]),
          );
        const expected = scopes.filter(isOutermost).reduce((sum, [, amount]) => sum + amount, 0);
        expect(amounts(written).reduce((sum, amount) => sum + amount, 0)).toBe(expected);
      }),
    );
  });
});
