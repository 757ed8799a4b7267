import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openConversion } from '../../analytics/configuration/convert-budgets.ts';
import { parseCsv } from '../../analytics/configuration/csv-file.ts';
import { parseConfiguration } from '../../analytics/configuration/load-configuration.ts';
import { resolveBudgets } from '../../analytics/configuration/resolve-budgets.ts';
import { type BudgetRow, parseFxRates } from '../../analytics/configuration/tables.ts';
import { formatScaled, parseScaled } from '../../analytics/decimal-text.ts';
import { ALLOCATION_DIMENSIONS } from '../../analytics/vocabulary.ts';

const readRates = (...lines: string[]) =>
  parseFxRates(parseCsv(['month,from_currency,to_currency,rate,kind', ...lines].join('\n'), 'fx.csv'));
const RATES = readRates(
  '2026-04,EUR,USD,1.2,budget',
  '2026-01,eur,usd,1.1,Budget',
  '2026-02,EUR,USD,1.15,',
  '2026-04,EUR,USD,1.3,actual',
  '2026-01,USD,GBP,0.8,budget',
);
const convert = (month: string, currency: string, amount = '100') => {
  const {
    currencyCost,
    amount: converted,
    ...rest
  } = openConversion(RATES, 'USD')({ month, currency, amount });
  return { ...rest, amount: formatScaled(converted), currencyCost: formatScaled(currencyCost) };
};

describe('openConversion', () => {
  it('takes the budget rate of the month or the newest before it, and the actual rate of the month alone', () => {
    const inUsd = { currency: 'USD' };
    expect(convert('2026-02', 'EUR')).toEqual({
      ...inUsd,
      amount: '110',
      currencyCost: '5',
      state: 'converted',
    });
    expect(convert('2026-03', 'EUR')).toEqual({
      ...inUsd,
      amount: '110',
      currencyCost: '0',
      state: 'no actual rate',
    });
    expect(convert('2026-05', 'EUR')).toEqual({
      ...inUsd,
      amount: '120',
      currencyCost: '0',
      state: 'no actual rate',
    });
    expect(convert('2026-04', 'EUR', '-1')).toMatchObject({ amount: '-1.2', currencyCost: '-0.1' });
  });

  it('leaves in its own currency what has no budget rate into the reporting currency', () => {
    expect(convert('2025-12', 'EUR')).toEqual({
      currency: 'EUR',
      amount: '100',
      currencyCost: '0',
      state: 'no budget rate',
    });
    expect(convert('2026-04', 'GBP')).toMatchObject({ currency: 'GBP', state: 'no budget rate' });
    expect(convert('2026-04', 'USD')).toMatchObject({ currency: 'USD', state: 'not converted' });
  });

  it('rounds each product once, half away from zero, and keeps what is left in the currency effect', () => {
    const rates = readRates('2026-01,EUR,USD,0.5,budget', '2026-01,EUR,USD,1,actual');
    const ofLeast = (amount: string) =>
      openConversion(rates, 'USD')({ month: '2026-01', currency: 'EUR', amount });
    expect(ofLeast('0.000000000003')).toMatchObject({ amount: 2n, currencyCost: 1n });
    expect(ofLeast('-0.000000000003')).toMatchObject({ amount: -2n, currencyCost: -1n });
  });
});

describe('fx.csv', () => {
  it.each([
    ['2026-01,EUR,USD,0,budget', 'rate: must be above 0'],
    ['2026-01,EUR,USD,1.1,plan', "kind: 'plan' is no kind of rate"],
    ['2026-01,Euro,USD,1.1,budget', "from_currency: 'EURO' is not a currency"],
    ['2026-01,EUR,,1.1,budget', 'to_currency: is empty'],
    ['2026-02,EUR,USD,1.1,budget\n2026-02,eur,USD,1.2,budget', 'the same rate stands at fx.csv:2'],
  ])('%s is refused', (lines, message) => {
    expect(() => readRates(lines)).toThrow(message);
  });
});

const NO_SCOPE = Object.fromEntries(ALLOCATION_DIMENSIONS.map((name) => [name, null]));
const budget = (values: Partial<BudgetRow>) =>
  ({
    ...NO_SCOPE,
    version: 'original',
    month: '2026-04',
    currency: 'USD',
    driver: null,
    planned_volume: null,
    ...values,
  }) as BudgetRow;
const plain = parseConfiguration('version: 1\n');

describe('resolveBudgets with rates', () => {
  const resolve = (rows: BudgetRow[]) =>
    resolveBudgets(rows, plain, RATES).map(({ currency, amount, currencyCost }) => [
      currency,
      formatScaled(amount),
      formatScaled(currencyCost),
    ]);

  it('takes a budget in another currency out of the one around it, at both rates', () => {
    expect(
      resolve([
        budget({ cost_center: 'CC-1', amount: '1000' }),
        budget({ cost_center: 'CC-1', team: 'a', amount: '100', currency: 'EUR' }),
      ]),
    ).toEqual([
      ['USD', '880', '-10'],
      ['USD', '120', '10'],
    ]);
  });

  it('adds up the budgets of one scope in several currencies', () => {
    expect(
      resolve([
        budget({ team: 'a', amount: '10' }),
        budget({ team: 'a', amount: '10', currency: 'EUR' }),
        budget({ team: 'a', amount: '10', currency: 'GBP' }),
      ]),
    ).toEqual([
      ['USD', '10', '0'],
      ['USD', '12', '1'],
      ['GBP', '10', '0'],
    ]);
  });

  it('conserves the outermost budgets at both rates, and has no effect where the rates are equal', () => {
    const rate = fc.bigInt({ min: 1n, max: 10n ** 15n }).map(formatScaled);
    const rows = fc.uniqueArray(
      fc.record({
        cost_center: fc.constantFrom('CC-1', 'CC-2'),
        team: fc.constantFrom(null, 'a', 'b'),
        currency: fc.constantFrom('USD', 'EUR'),
        amount: fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }).map(formatScaled),
      }),
      { selector: ({ cost_center, team, currency }) => JSON.stringify([cost_center, team, currency]) },
    );
    fc.assert(
      fc.property(rows, rate, fc.option(rate), (given, planned, other) => {
        const actual = other ?? planned;
        const rates = readRates(`2026-04,EUR,USD,${planned},budget`, `2026-04,EUR,USD,${actual},actual`);
        const lines = given.map(budget);
        const outermost = lines.filter(
          (row) =>
            row.team === null ||
            !given.some((each) => each.team === null && each.cost_center === row.cost_center),
        );
        const at = (used: string) =>
          outermost
            .map((row) => openConversion(readRates(`2026-04,EUR,USD,${used},budget`), 'USD')(row).amount)
            .reduce((sum, amount) => sum + amount, 0n);
        const resolved = resolveBudgets(lines, plain, rates);
        const atBudget = resolved.reduce((sum, each) => sum + each.amount, 0n);
        const effect = resolved.reduce((sum, each) => sum + each.currencyCost, 0n);
        expect([atBudget, atBudget + effect]).toEqual([at(planned), at(actual)]);
        if (parseScaled(actual) === parseScaled(planned)) {
          expect(resolved.every(({ currencyCost }) => currencyCost === 0n)).toBe(true);
        }
      }),
    );
  });
});
