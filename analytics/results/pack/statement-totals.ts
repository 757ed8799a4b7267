import { formatScaled, parseScaled } from '../../decimal-text.ts';
import { groupBy } from '../../group-by.ts';
import { INVOICES } from '../records/invoices.ts';
import { answerRecords } from '../records/query.ts';
import { parseRecordRequest } from '../records/request.ts';
import type { Snapshot } from '../snapshot.ts';
import type { LedgerLine } from './ledger.ts';
import type { BilledCost } from './statements.ts';

/** Debits and credits of each currency, and the bill that they are of before rounding. */
export function compareJournal(costs: readonly BilledCost[], lines: readonly LedgerLine[]) {
  const debits = new Map(sumByCurrency(lines, 'debit'));
  const credits = new Map(sumByCurrency(lines, 'credit'));
  return sumByCurrency(costs, 'billed_cost').map(([billing_currency, billed_cost]) => ({
    billing_currency,
    debit: debits.get(billing_currency) ?? '0',
    credit: credits.get(billing_currency) ?? '0',
    billed_cost,
  }));
}

/** What statements come to in a currency. Amounts are decimal text; what nothing tells is left out. */
export type StatementTotal = {
  billing_currency: string;
  total_cost: string;
  /** What the charges come to. */
  billed_cost?: string;
  /** What the invoices that are given come to; null where none is. */
  invoice_cost?: string | null;
  /** Charges of which nobody gives an invoice. */
  not_given_cost?: string;
  /** What is left of total_cost; null where no invoice is given and the statements are the bill. */
  difference_cost?: string | null;
};

/** Totals of statements by currency. */
export function totalStatements(
  rows: readonly { billing_currency: string; total_cost: string }[],
): StatementTotal[] {
  return sumByCurrency(rows, 'total_cost').map(([billing_currency, total_cost]) => ({
    billing_currency,
    total_cost,
  }));
}

/**
 * Totals of all statements of a month by currency: beside each what the charges come to, and the invoices. A currency
 * that only charges or invoices have is there too.
 */
export async function compareWithBill(
  snapshot: Snapshot,
  month: string,
  rows: readonly { billing_currency: string; total_cost: string }[],
): Promise<StatementTotal[]> {
  if (!(INVOICES.model in snapshot.manifest.tables)) return totalStatements(rows);
  const request = parseRecordRequest(INVOICES, [['month', month]]);
  const answer = await answerRecords(snapshot, { ...request, pageSize: undefined });
  const invoices = answer.rows as unknown as {
    billing_currency: string;
    billed_cost: string;
    invoice_cost: string | null;
  }[];
  const isGiven = ({ invoice_cost }: { invoice_cost: string | null }) => invoice_cost !== null;
  const stated = new Map(sumByCurrency(rows, 'total_cost'));
  const billed = new Map(sumByCurrency(invoices, 'billed_cost'));
  const given = new Map(sumByCurrency(invoices.filter(isGiven), 'invoice_cost'));
  const others = invoices.filter((invoice) => !isGiven(invoice));
  const notGiven = new Map(sumByCurrency(others, 'billed_cost'));
  return [...new Set([...stated.keys(), ...billed.keys()])].sort().map((billing_currency) => {
    const total_cost = stated.get(billing_currency) ?? '0';
    const invoice_cost = given.get(billing_currency) ?? null;
    const not_given_cost = notGiven.get(billing_currency) ?? '0';
    const difference =
      parseScaled(total_cost) - parseScaled(not_given_cost) - parseScaled(invoice_cost ?? '0');
    return {
      billing_currency,
      total_cost,
      billed_cost: billed.get(billing_currency) ?? '0',
      invoice_cost,
      not_given_cost,
      difference_cost: invoice_cost === null && difference === 0n ? null : formatScaled(difference),
    };
  });
}

/** Whether statements come to the charges, as far as these are known. */
export function isBill({ total_cost, billed_cost = total_cost }: StatementTotal): boolean {
  return total_cost === billed_cost;
}

/** Sums of a decimal column by currency, in order. */
export function sumByCurrency<Name extends string>(
  rows: readonly ({ billing_currency: string } & { [Key in Name]: string | null })[],
  name: Name,
): [string, string][] {
  const groups = groupBy(rows, ({ billing_currency }) => billing_currency);
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, own]) => [
      currency,
      formatScaled(own.reduce((sum, row) => sum + parseScaled(row[name] || '0'), 0n)),
    ]);
}
