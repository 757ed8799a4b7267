import { formatScaled, parseScaled } from '../../decimal-text.ts';
import { groupBy } from '../../group-by.ts';
import { formatMoney, isShownAmount } from '../../money-text.ts';
import type { ManifestMonth } from '../manifest.ts';
import { DEFAULT_LEDGER, type Ledger, type LedgerLine } from './ledger.ts';
import type { StatementTotal } from './statement-totals.ts';
import { type BilledCost, describeIncomplete } from './statements.ts';

const NOBODY = '(unallocated)';

/** What whoever books the statements and the journal entry of a month should know before. */
export function warnOfStatements(
  costs: readonly (BilledCost & { effective_cost: string })[],
  ledger: Ledger,
  journal: readonly LedgerLine[],
): string[] {
  const unnamed = (['clearing_account', 'expense_account'] as const).filter(
    (key) => ledger[key] === DEFAULT_LEDGER[key] && journal.some(({ account }) => account === ledger[key]),
  );
  const accounts =
    unnamed.length === 0
      ? []
      : [
          `the journal entry books to ${unnamed.map((key) => `'${ledger[key]}'`).join(' and ')}, which are no accounts of yours: set ${unnamed.map((key) => `ledger.${key}`).join(' and ')} in headroom.yml`,
        ];
  const purchases = costs.filter(
    ({ cost_center, charge_category }) => cost_center === NOBODY && charge_category === 'Purchase',
  );
  const fees = [...groupBy(purchases, ({ billing_currency }) => billing_currency)].flatMap(
    ([currency, rows]) => {
      const amount = formatScaled(
        rows.reduce(
          (sum, { billed_cost, effective_cost }) =>
            sum + parseScaled(billed_cost) - parseScaled(effective_cost),
          0n,
        ),
      );
      return isShownAmount(amount)
        ? [
            `${NOBODY} is charged ${formatMoney(amount, currency)} for purchases of commitments whose effective cost is in the cost centres that use them: see docs/finance.md, Statements and the ledger`,
          ]
        : [];
    },
  );
  return [...accounts, ...fees];
}

/** Where a month is not complete, what is known of it. */
export function warnOfMonth(months: readonly ManifestMonth[], month: string): string[] {
  const published = months.find(({ billing_period }) => billing_period === month);
  if (!published || published.is_complete) return [];
  return [
    `${month} is ${describeIncomplete(published)}, and the statements and the journal entry are of these`,
  ];
}

/** Where statements and the invoices that are given differ, and what no invoice is given for. */
export function warnOfInvoices(totals: readonly StatementTotal[]): string[] {
  return totals.flatMap(({ billing_currency, billed_cost, not_given_cost = '0', ...total }) => {
    const { invoice_cost, difference_cost } = total;
    const money = (amount: string) => formatMoney(amount, billing_currency);
    const differs =
      difference_cost && isShownAmount(difference_cost)
        ? [
            `the statements are ${money(difference_cost)} off the invoices that are given: see headroom show invoices`,
          ]
        : [];
    if (!invoice_cost || !billed_cost || !isShownAmount(not_given_cost)) return differs;
    const covered = formatScaled(parseScaled(billed_cost) - parseScaled(not_given_cost));
    return [
      ...differs,
      `invoices are given for ${money(covered)} of the ${money(billed_cost)} that is billed: nothing tells whether the other ${money(not_given_cost)} is what is owed`,
    ];
  });
}
