import { formatScaled, parseScaled } from '../../decimal-text.ts';
import { groupBy } from '../../group-by.ts';
import { formatMoney, isShownAmount } from '../../money-text.ts';
import { DEFAULT_LEDGER, type Ledger, type LedgerLine } from './ledger.ts';
import type { BilledCost } from './statements.ts';

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
