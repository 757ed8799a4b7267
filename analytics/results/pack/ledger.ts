import { DECIMAL_PLACES, formatScaled, parseScaled } from '../../decimal-text.ts';
import { groupBy } from '../../group-by.ts';
import type { BilledCost } from './statements.ts';

/** Which accounts a journal entry books to; configuration key `ledger`. */
export type Ledger = {
  clearing_account: string;
  expense_account: string;
  accounts: readonly {
    account: string;
    cost_center?: readonly string[] | undefined;
    service_name?: readonly string[] | undefined;
    charge_category?: readonly string[] | undefined;
  }[];
  /** Decimal places of an amount. */
  places: number;
};

/** Where nobody has said which accounts there are. */
export const DEFAULT_LEDGER: Ledger = {
  clearing_account: 'clearing',
  expense_account: 'expense',
  accounts: [],
  places: 2,
};

/** A line of the journal entry: one of debit and credit is '', the other above 0, as decimal text. */
export type LedgerLine = {
  date: string;
  reference: string;
  account: string;
  cost_center: string;
  description: string;
  billing_currency: string;
  debit: string;
  credit: string;
};

export const LEDGER_COLUMNS = [
  ...['date', 'reference', 'account', 'cost_center', 'description', 'billing_currency'].map((name) => ({
    name,
    type: 'text',
  })),
  { name: 'debit', type: 'decimal' },
  { name: 'credit', type: 'decimal' },
] as const;

/**
 * The journal entry of a month: each cost centre's expense against the clearing account, apart by currency. Debits equal
 * credits, and expense less what is credited to it is the billed total, rounded once to the ledger's places: amounts are
 * differences of the rounded running sum, so rounding loses nothing between lines.
 */
export function makeJournal(costs: readonly BilledCost[], ledger: Ledger, month: string): LedgerLine[] {
  const date = endOfMonth(month);
  const line = (account: string, cost_center: string, currency: string, amount: bigint): LedgerLine => ({
    date,
    reference: `cloud-${month}`,
    account,
    cost_center,
    description: `Cloud cost ${month}`,
    billing_currency: currency,
    debit: amount > 0n ? formatScaled(amount) : '',
    credit: amount < 0n ? formatScaled(-amount) : '',
  });
  const currencies = [...groupBy(costs, ({ billing_currency }) => billing_currency)].sort(byKey);
  return currencies.flatMap(([currency, rows]) => {
    const groups = groupBy(rows, (row) => JSON.stringify([chooseAccount(row, ledger), row.cost_center]));
    let exact = 0n;
    let booked = 0n;
    const expenses = [...groups].sort(byKey).map(([key, own]) => {
      const [account = '', cost_center = ''] = JSON.parse(key) as string[];
      exact += own.reduce((sum, { billed_cost }) => sum + parseScaled(billed_cost), 0n);
      const amount = roundTo(exact, ledger.places) - booked;
      booked += amount;
      return line(account, cost_center, currency, amount);
    });
    const clearing = line(ledger.clearing_account, '', currency, -booked);
    return [...expenses, clearing].filter(({ debit, credit }) => debit !== '' || credit !== '');
  });
}

function chooseAccount(cost: BilledCost, { accounts, expense_account }: Ledger): string {
  const fields = ['cost_center', 'service_name', 'charge_category'] as const;
  const rule = accounts.find((each) =>
    fields.every((field) => each[field]?.some((pattern) => matches(cost[field], pattern)) ?? true),
  );
  return rule?.account ?? expense_account;
}

/** `*` is the only wildcard. */
function matches(text: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text);
}

/** Half away from zero. */
function roundTo(scaled: bigint, places: number): bigint {
  const unit = 10n ** BigInt(DECIMAL_PLACES - places);
  const magnitude = scaled < 0n ? -scaled : scaled;
  const rounded = ((magnitude + unit / 2n) / unit) * unit;
  return scaled < 0n ? -rounded : rounded;
}

function endOfMonth(month: string): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10);
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : Number(a > b);
}
