import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../analytics/configuration/load-configuration.ts';
import { resolveBudgets } from '../../analytics/configuration/resolve-budgets.ts';
import type { BudgetRow } from '../../analytics/configuration/tables.ts';
import { formatScaled, parseScaled } from '../../analytics/decimal-text.ts';
import { type AwsBudget, mapAwsBudgets } from '../../analytics/jobs/aws-budgets.ts';
import { hashVersion, listBudgetChanges, listBudgetLines } from '../../analytics/jobs/list-budgets.ts';
import { ALLOCATION_DIMENSIONS } from '../../analytics/vocabulary.ts';

const configuration = parseConfiguration(`version: 1
tags:
  team: { keys: [team, Squad], values: { payment: payments } }
`);
const NO_SCOPE = Object.fromEntries(ALLOCATION_DIMENSIONS.map((name) => [name, null]));
const budget = (values: Partial<BudgetRow>): BudgetRow =>
  ({
    ...NO_SCOPE,
    version: 'original',
    month: '2026-10',
    amount: '0',
    currency: 'USD',
    driver: null,
    planned_volume: null,
    ...values,
  }) as BudgetRow;

const ROWS = [
  budget({ cost_center: 'CC-1', amount: '100' }),
  budget({ cost_center: 'CC-1', team: 'a', amount: '30' }),
  budget({ cost_center: 'CC-1', team: 'b', amount: '80.5' }),
  budget({ version: 'reforecast', month: '2026-11', amount: '9' }),
  budget({ month: '2026-11', amount: '8' }),
];

describe('budget lines', () => {
  it('show what is inside a budget and the difference, in the version in effect', () => {
    const lines = listBudgetLines(ROWS, configuration, new Map());
    expect(lines[0]).toMatchObject({ inner_count: 2, inner_cost: '110.5', difference_cost: '-10.5' });
    expect(lines[1]).toMatchObject({ inner_count: 0, inner_cost: null, difference_cost: null });
    expect(lines.map((line) => line.state === 'in effect')).toEqual([true, true, true, true, false]);
  });

  it('say when a version is approved, and when it changed after', () => {
    const approval = {
      at: '2026-09-01T00:00:00Z',
      by: 'cfo',
      note: 'ok',
      content: hashVersion(ROWS, 'original'),
    };
    const judge = (rows: BudgetRow[]) =>
      listBudgetLines(rows, configuration, new Map([['original', approval]])).map((line) => line.approval);
    expect(judge(ROWS)).toEqual(['approved', 'approved', 'approved', 'none', 'approved']);
    expect(judge([...ROWS].reverse())[0]).toBe('approved');
    expect(judge([...ROWS.slice(1)])[0]).toBe('changed since it was approved');
  });
});

describe('the version that counts', () => {
  const amounts = (budget_version?: string) =>
    resolveBudgets(ROWS, { ...configuration, budget_version })
      .filter(({ month }) => month === '2026-11')
      .map(({ amount }) => formatScaled(amount));

  it('is the last, or the one that is named and what came before it', () => {
    expect(amounts()).toEqual(['9']);
    expect(amounts('original')).toEqual(['8']);
    expect(amounts('reforecast')).toEqual(['9']);
    expect(() => amounts('other')).toThrow("names 'other'");
  });
});

describe('changes of versions', () => {
  const row = fc.record({
    version: fc.constantFrom('v1', 'v2', 'v3'),
    month: fc.constantFrom('2026-10', '2026-11'),
    team: fc.constantFrom('a', 'b', null),
    currency: fc.constantFrom('USD', 'EUR'),
    amount: fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }).map(formatScaled),
  });
  const rows = fc.uniqueArray(row, {
    selector: ({ version, month, team, currency }) => JSON.stringify([version, month, team, currency]),
  });

  it('lead from each version of a month to the next, exactly', () => {
    fc.assert(
      fc.property(rows, (given) => {
        const all = given.map((each) => budget(each));
        const changes = listBudgetChanges(all);
        for (const { from_version, to_version, billing_period } of changes) {
          const sum = (version: unknown) =>
            all
              .filter((each) => each.version === version && each.month === billing_period)
              .reduce((total, each) => total + parseScaled(each.amount), 0n);
          const own = changes.filter(
            (each) => each.to_version === to_version && each.billing_period === billing_period,
          );
          const change = own.reduce((total, each) => total + parseScaled(String(each.change_cost)), 0n);
          expect(sum(to_version) - sum(from_version)).toBe(change);
        }
        expect(new Set(changes.map(({ change_id }) => change_id)).size).toBe(changes.length);
      }),
    );
  });
});

describe('AWS Budgets', () => {
  const aws = (more: Partial<AwsBudget> = {}): AwsBudget => ({
    budget_name: 'all',
    budget_type: 'COST',
    time_unit: 'MONTHLY',
    period_start: '2026-10-01',
    period_end: '2026-11-01',
    scope: '{}',
    amount: '100.00',
    unit: 'USD',
    ...more,
  });

  it('become lines: of everything, and of tags, old filter or new, with the aliases of values', () => {
    const { lines, skipped } = mapAwsBudgets(
      [
        aws(),
        aws({ budget_name: 'old', scope: '{"TagKeyValue":["user:squad$payment"]}' }),
        aws({ budget_name: 'new', scope: '{"And":[{"Tags":{"Key":"team","Values":["search"]}}]}' }),
      ],
      configuration,
    );
    expect(skipped).toEqual([]);
    expect(lines).toEqual([
      { month: '2026-10', amount: '100', currency: 'USD' },
      { month: '2026-10', amount: '100', currency: 'USD', team: 'payments' },
      { month: '2026-10', amount: '100', currency: 'USD', team: 'search' },
    ]);
  });

  it('are phased to the cent, and add up to the year', () => {
    const year = aws({
      time_unit: 'ANNUALLY',
      period_start: '2026-01-01',
      period_end: '2027-01-01',
      amount: '1000',
    });
    const { lines } = mapAwsBudgets([year], configuration);
    expect(lines).toHaveLength(12);
    expect(lines[0]).toMatchObject({ month: '2026-01', amount: '83.33' });
    expect(formatScaled(lines.reduce((sum, { amount = '0' }) => sum + parseScaled(amount), 0n))).toBe('1000');
  });

  it('say why they are left out', () => {
    const { lines, skipped } = mapAwsBudgets(
      [
        aws({ budget_name: 'usage', budget_type: 'USAGE' }),
        aws({ budget_name: 'daily', time_unit: 'DAILY' }),
        aws({ budget_name: 'auto', amount: null }),
        aws({ budget_name: 'linked', scope: '{"LinkedAccount":["111"]}' }),
        aws({ budget_name: 'not', scope: '{"Not":{"Tags":{"Key":"team","Values":["a"]}}}' }),
        aws({ budget_name: 'two', scope: '{"Tags":{"Key":"team","Values":["a","b"]}}' }),
        aws({ budget_name: 'first' }),
        aws({ budget_name: 'same' }),
      ],
      configuration,
    );
    expect(lines).toHaveLength(1);
    expect(skipped.map((each) => each.budget)).toEqual([
      'usage',
      'daily',
      'auto',
      'linked',
      'not',
      'two',
      'same',
    ]);
  });
});
