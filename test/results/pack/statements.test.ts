import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatScaled, parseScaled } from '../../../analytics/decimal-text.ts';
import {
  DEFAULT_LEDGER,
  type Ledger,
  type LedgerLine,
  makeJournal,
} from '../../../analytics/results/pack/ledger.ts';
import type { StatementTotal } from '../../../analytics/results/pack/statement-totals.ts';
import {
  warnOfInvoices,
  warnOfMonth,
  warnOfStatements,
} from '../../../analytics/results/pack/statement-warnings.ts';
import {
  type BilledCost,
  makeStatements,
  STATEMENT_PARTS,
} from '../../../analytics/results/pack/statements.ts';
import { formatStatementsHtml } from '../../../analytics/results/pack/statements-html.ts';

const MONTH = '2028-02';
const LEDGER: Ledger = {
  clearing_account: '2100',
  expense_account: '6400',
  accounts: [
    { account: '6490', charge_category: ['Tax'] },
    { account: '6410', cost_center: ['CC-1'], service_name: ['Amazon EC2*', '*S3'] },
  ],
  places: 2,
};

const cost = fc.record({
  cost_center: fc.constantFrom('CC-1', 'CC-2', '(unallocated)'),
  service_name: fc.constantFrom('Amazon EC2 (x)', 'Amazon S3', 'Tax'),
  charge_category: fc.constantFrom('Usage', 'Tax', 'Credit', 'Purchase', 'Adjustment'),
  allocation_kind: fc.constantFrom('direct', 'shared', 'unallocated'),
  billing_currency: fc.constantFrom('USD', 'JPY'),
  billed_cost: fc.bigInt({ min: -(10n ** 16n), max: 10n ** 16n }).map(formatScaled),
});
const sum = (texts: readonly string[]) => texts.reduce((total, text) => total + parseScaled(text || '0'), 0n);
const given = (more: Partial<BilledCost>): BilledCost => ({
  cost_center: 'CC-1',
  service_name: 'Amazon S3',
  charge_category: 'Usage',
  allocation_kind: 'direct',
  billing_currency: 'USD',
  billed_cost: '1',
  ...more,
});

describe('statements', () => {
  it('add up to the bill of each currency, line by line and part by part', () => {
    fc.assert(
      fc.property(fc.array(cost), (costs) => {
        const statements = makeStatements(costs);
        for (const currency of ['USD', 'JPY']) {
          const own = statements.filter(({ billing_currency }) => billing_currency === currency);
          const billed = sum(
            costs.filter((row) => row.billing_currency === currency).map((row) => row.billed_cost),
          );
          expect(sum(own.map(({ total }) => total.total_cost))).toBe(billed);
          expect(sum(own.flatMap(({ lines }) => lines.map((line) => line.total_cost)))).toBe(billed);
        }
        for (const { lines, total } of statements) {
          for (const line of [...lines, total]) {
            expect(sum(STATEMENT_PARTS.map((part) => line[part]))).toBe(parseScaled(line.total_cost));
          }
        }
      }),
    );
  });

  it('show what is shared, credited and taxed apart', () => {
    const [statement] = makeStatements([
      given({ billed_cost: '10' }),
      given({ billed_cost: '4', allocation_kind: 'shared' }),
      given({ billed_cost: '-1', charge_category: 'Credit', allocation_kind: 'shared' }),
      given({ billed_cost: '2', charge_category: 'Tax' }),
    ]);
    expect(statement?.total).toEqual({
      service_name: 'Total',
      direct_cost: '10',
      shared_cost: '4',
      credits_cost: '-1',
      tax_cost: '2',
      total_cost: '15',
    });
    const page = formatStatementsHtml(makeStatements([given({ cost_center: '<b>' })]), {
      month: MONTH,
      asOf: '2028-03-10',
      isClosed: false,
    });
    expect(page).not.toContain('not complete');
    expect(page).toContain('&lt;b&gt;');
    expect(page).not.toContain('<b>');
  });
});

describe('warnings', () => {
  const purchase = {
    ...given({ cost_center: '(unallocated)', charge_category: 'Purchase', billed_cost: '60.5' }),
    effective_cost: '0',
  };

  it('tell fees that are billed to nobody and effective elsewhere, by currency', () => {
    const others = [
      { ...purchase, cost_center: 'CC-1' },
      { ...purchase, charge_category: 'Usage' },
      { ...purchase, billing_currency: 'EUR', effective_cost: '60.5' },
    ];
    const costs = [purchase, purchase, ...others];
    const warnings = warnOfStatements(costs, LEDGER, makeJournal(costs, LEDGER, MONTH));
    expect(warnings).toEqual([expect.stringContaining('(unallocated) is charged 121.00 USD for purchases')]);
  });

  it('tell accounts that nobody named, where the entry books to them', () => {
    const costs = [{ ...purchase, cost_center: 'CC-1' }];
    const warn = (ledger: Ledger) => warnOfStatements(costs, ledger, makeJournal(costs, ledger, MONTH));
    expect(warn(DEFAULT_LEDGER)).toEqual([
      expect.stringContaining("books to 'clearing' and 'expense', which are no accounts of yours"),
    ]);
    const named = { ...DEFAULT_LEDGER, clearing_account: '2100', accounts: [{ account: '6400' }] };
    expect(warn(named)).toEqual([]);
  });

  it('tell that a month is not complete yet, on the page too', () => {
    const month = { billing_period: MONTH, is_complete: false, complete_days: 20, days: 29 };
    const notYet = 'not complete: 20 of 29 days are known';
    expect(warnOfMonth([month], MONTH)).toEqual([
      `${MONTH} is ${notYet}, and the statements and the journal entry are of these`,
    ]);
    expect(warnOfMonth([{ ...month, is_complete: true }], MONTH)).toEqual([]);
    const page = formatStatementsHtml([], {
      month: MONTH,
      asOf: '2028-02-22',
      isClosed: false,
      published: month,
    });
    expect(page).toContain(notYet);
  });

  it('tell what statements differ from invoices, and what no invoice is given for, where any is', () => {
    const usd = { billing_currency: 'USD', total_cost: '9', billed_cost: '9' };
    const warn = (more: Partial<StatementTotal>) => warnOfInvoices([{ ...usd, ...more }]);
    expect(warn({})).toEqual([]);
    expect(warn({ invoice_cost: null, not_given_cost: '9', difference_cost: null })).toEqual([]);
    expect(warn({ invoice_cost: '9', not_given_cost: '0', difference_cost: '0' })).toEqual([]);
    expect(warn({ invoice_cost: '5.75', not_given_cost: '3', difference_cost: '0.25' })).toEqual([
      'the statements are 0.25 USD off the invoices that are given: see headroom show invoices',
      'invoices are given for 6.00 USD of the 9.00 USD that is billed: nothing tells whether the other 3.00 USD is what is owed',
    ]);
  });
});

describe('the journal entry', () => {
  const net = (lines: readonly LedgerLine[]) =>
    sum(lines.map(({ debit }) => debit)) - sum(lines.map(({ credit }) => credit));

  it('balances in each currency, and expense is the bill: exactly, or rounded once', () => {
    fc.assert(
      fc.property(fc.array(cost), fc.constantFrom(0, 2, 12), (costs, places) => {
        const lines = makeJournal(costs, { ...LEDGER, places }, MONTH);
        const unit = 10n ** BigInt(12 - places);
        for (const currency of ['USD', 'JPY']) {
          const own = lines.filter(({ billing_currency }) => billing_currency === currency);
          const billed = sum(
            costs.filter((row) => row.billing_currency === currency).map((row) => row.billed_cost),
          );
          expect(net(own)).toBe(0n);
          const expense = net(own.filter(({ account }) => account !== LEDGER.clearing_account));
          const off = expense - billed;
          expect(off < 0n ? -off * 2n : off * 2n).toBeLessThanOrEqual(places === 12 ? 0n : unit);
        }
        for (const { debit, credit } of lines) {
          expect([debit, credit].filter((text) => text !== '')).toHaveLength(1);
          const amount = parseScaled(debit || credit);
          expect(amount).toBeGreaterThan(0n);
          expect(amount % unit).toBe(0n);
        }
      }),
    );
  });

  it('books to the first account that matches, on the last day of the month', () => {
    const lines = makeJournal(
      [
        given({ billed_cost: '10.004' }),
        given({ billed_cost: '0.004', service_name: 'Amazon EC2 x' }),
        given({ billed_cost: '3', service_name: 'AmazonRDS' }),
        given({ billed_cost: '2', charge_category: 'Tax' }),
        given({ billed_cost: '-5', cost_center: 'CC-2', charge_category: 'Credit' }),
      ],
      LEDGER,
      MONTH,
    );
    expect(
      lines.map(({ account, cost_center, debit, credit }) => [account, cost_center, debit, credit]),
    ).toEqual([
      ['6400', 'CC-1', '3', ''],
      ['6400', 'CC-2', '', '5'],
      ['6410', 'CC-1', '10.01', ''],
      ['6490', 'CC-1', '2', ''],
      ['2100', '', '', '10.01'],
    ]);
    expect(new Set(lines.map(({ date }) => date))).toEqual(new Set(['2028-02-29']));
  });
});
