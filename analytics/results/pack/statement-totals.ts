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

/** Totals of statements by currency: beside each what the charges come to, and the invoices where any is given. */
export async function compareWithBill(
  snapshot: Snapshot,
  month: string,
  totals: readonly { billing_currency: string; total_cost: string }[],
) {
  if (!(INVOICES.model in snapshot.manifest.tables)) return totals;
  const request = parseRecordRequest(INVOICES, [['month', month]]);
  const { rows } = await answerRecords(snapshot, { ...request, pageSize: undefined });
  const invoices = rows as unknown as {
    billing_currency: string;
    billed_cost: string;
    invoice_cost: string | null;
  }[];
  const billed = new Map(sumByCurrency(invoices, 'billed_cost'));
  const given = new Map(
    sumByCurrency(
      invoices.filter(({ invoice_cost }) => invoice_cost !== null),
      'invoice_cost',
    ),
  );
  return totals.map(({ billing_currency, total_cost }) => {
    const invoice_cost = given.get(billing_currency) ?? null;
    return {
      billing_currency,
      total_cost,
      billed_cost: billed.get(billing_currency) ?? '0',
      invoice_cost,
      difference_cost:
        invoice_cost === null ? null : formatScaled(parseScaled(total_cost) - parseScaled(invoice_cost)),
    };
  });
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
