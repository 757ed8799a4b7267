import { formatScaled, parseScaled, SCALE } from '../decimal-text.ts';
import { groupBy } from '../group-by.ts';
import type { GivenInvoice } from './merge-invoices.ts';

/** What the charges of a month say of an invoice, for one charge category. `billed_cost` is decimal text. */
export type BilledInvoice = {
  billing_period: string;
  billing_account_id: string;
  /** NO_INVOICE where charges carry no id. */
  invoice_id: string;
  billing_currency: string;
  charge_category: string;
  billed_cost: string;
  line_count: number;
};

/**
 * matched: within the tolerance; different: beyond it; conflict: invoices.csv and the issuer's file tell two amounts;
 * open: its issuer may still change it; not in the bill: no charge carries its id; not given: in the bill, and nobody
 * says what it comes to.
 */
export type InvoiceStatus = 'matched' | 'different' | 'conflict' | 'open' | 'not in the bill' | 'not given';

export type ReconciledInvoice = {
  billing_period: string;
  billing_account_id: string;
  invoice_id: string;
  billing_currency: string;
  status: InvoiceStatus;
  invoice_cost: string | null;
  invoice_tax_cost: string | null;
  billed_cost: string;
  tax_cost: string;
  credits_cost: string;
  line_count: number;
  /** billed_cost - invoice_cost. */
  difference_cost: string | null;
  given_by: GivenInvoice['given_by'] | null;
  issue_status: GivenInvoice['issue_status'];
  conflicting_cost: string | null;
  probable_cause: string | null;
};

export const NO_INVOICE = '(none)';
const CENT = SCALE / 100n;

type Sums = { billed: bigint; tax: bigint; credits: bigint; lines: number };
type Known = { month: string; account: string; id: string; currency: string; sums: Sums };
/** `isGiven`: what an invoice names by its id. */
type Charged = { known: readonly Known[]; isGiven: ReadonlySet<Known> };
type Compared = Charged & { given: Given };
type Given = {
  month: string;
  account: string;
  id: string;
  currency: string;
  amount: bigint;
  tax: bigint | null;
};

/**
 * Compares invoices as given with the charges that carry their ids, in full: each invoice of either side is one row.
 *
 * @param tolerance in the currency, in units of 1e-12.
 */
export function reconcileInvoices(
  invoices: readonly GivenInvoice[],
  billed: readonly BilledInvoice[],
  tolerance: bigint,
): ReconciledInvoice[] {
  const known = addUpCategories(billed);
  const find = ({ month, account, id, currency }: Given) =>
    known.find(
      (each) =>
        each.month === month && each.account === account && each.id === id && each.currency === currency,
    );
  const compared = invoices.map((row) => {
    const given: Given = {
      month: row.month,
      account: row.billing_account_id,
      id: row.invoice_id,
      currency: row.currency,
      amount: parseScaled(row.amount),
      tax: row.tax === null ? null : parseScaled(row.tax),
    };
    return { row, given, found: find(given) };
  });
  const isGiven = new Set(compared.flatMap(({ found }) => found ?? []));
  const rows = compared.flatMap(({ row, given, found }) => {
    const difference = (found?.sums.billed ?? 0n) - given.amount;
    // What is voided owes nothing, and no charge should be on it; unless invoices.csv says that it does.
    if (row.issue_status === 'Voided' && !found && row.conflicting_amount === null) return [];
    return [
      {
        ...describe(given, found?.sums),
        status: judge(row, found, abs(difference) <= tolerance),
        invoice_cost: formatScaled(given.amount),
        invoice_tax_cost: given.tax === null ? null : formatScaled(given.tax),
        difference_cost: formatScaled(difference),
        given_by: row.given_by,
        issue_status: row.issue_status,
        conflicting_cost: row.conflicting_amount && formatScaled(parseScaled(row.conflicting_amount)),
        probable_cause: explain(row, { given, found, difference, known, isGiven }),
      },
    ];
  });
  const others = known
    .filter((each) => !isGiven.has(each))
    .map((each) => ({
      ...describe(each, each.sums),
      status: 'not given' as const,
      invoice_cost: null,
      invoice_tax_cost: null,
      difference_cost: null,
      given_by: null,
      issue_status: null,
      conflicting_cost: null,
      probable_cause: each.id === NO_INVOICE ? 'charges without an invoice id' : null,
    }));
  return [...rows, ...others];
}

function judge(
  { issue_status, conflicting_amount }: GivenInvoice,
  found: Known | undefined,
  isEqual: boolean,
): InvoiceStatus {
  if (conflicting_amount !== null) return 'conflict';
  if (issue_status === 'Open') return 'open';
  if (!found) return 'not in the bill';
  return isEqual ? 'matched' : 'different';
}

function explain(
  row: GivenInvoice,
  { given, found, difference, known, isGiven }: Compared & { found: Known | undefined; difference: bigint },
): string | null {
  if (row.conflicting_amount !== null) {
    return `invoices.csv says ${formatScaled(parseScaled(row.conflicting_amount))}, the issuer's file ${formatScaled(given.amount)}`;
  }
  if (row.issue_status === 'Voided' && difference !== 0n) return 'voided: charges still carry its id';
  if (!found) return explainAbsence(given, { known, isGiven });
  if (difference === 0n) return null;
  const cause = explainDifference(given, found, known);
  const isRounding =
    row.given_by !== 'invoices.csv' && abs(difference) <= roundingVariance(found.sums.lines, found.currency);
  return cause === 'unknown' && isRounding ? 'rounding of its lines: within what FOCUS allows' : cause;
}

/** What charges may be off from an invoice because its lines are rounded: FOCUS 1.4, rounding variance tolerance. */
function roundingVariance(lines: number, currency: string): bigint {
  const subunit = SCALE / 10n ** BigInt(countDecimals(currency));
  const ofLines = (parseScaled((Math.sqrt(lines) / 2).toFixed(6)) * subunit) / SCALE;
  return ofLines > 100n * subunit ? ofLines : 100n * subunit;
}

/** Decimals of an amount in the currency, as ISO 4217 has them. */
function countDecimals(currency: string): number {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return format.resolvedOptions().maximumFractionDigits ?? 2;
}

function addUpCategories(billed: readonly BilledInvoice[]): Known[] {
  const groups = groupBy(billed, (row) =>
    JSON.stringify([row.billing_period, row.billing_account_id, row.invoice_id, row.billing_currency]),
  );
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, rows]) => {
      const [month = '', account = '', id = '', currency = ''] = JSON.parse(key) as string[];
      const sum = (categories?: readonly string[]) =>
        rows
          .filter(({ charge_category }) => !categories || categories.includes(charge_category))
          .reduce((total, { billed_cost }) => total + parseScaled(billed_cost), 0n);
      const lines = rows.reduce((total, { line_count }) => total + line_count, 0);
      return {
        month,
        account,
        id,
        currency,
        sums: { billed: sum(), tax: sum(['Tax']), credits: sum(['Credit']), lines },
      };
    });
}

function describe({ month, account, id, currency }: Given | Known, sums?: Sums) {
  return {
    billing_period: month,
    billing_account_id: account,
    invoice_id: id,
    billing_currency: currency,
    billed_cost: formatScaled(sums?.billed ?? 0n),
    tax_cost: formatScaled(sums?.tax ?? 0n),
    credits_cost: formatScaled(sums?.credits ?? 0n),
    line_count: sums?.lines ?? 0,
  };
}

/** Why no charge of the month and account carries the id. */
function explainAbsence(
  { month, account, id, currency, amount }: Given,
  { known, isGiven }: Charged,
): string {
  const same = known.filter((each) => each.id === id);
  const elsewhere = (differs: (each: Known) => boolean) => same.find(differs);
  const otherCurrency = elsewhere((each) => each.month === month && each.account === account);
  if (otherCurrency) return `different currency: its charges are in ${otherCurrency.currency}`;
  const otherAccount = elsewhere((each) => each.month === month);
  if (otherAccount) return `different account: its charges are of ${otherAccount.account}`;
  const otherMonth = elsewhere(() => true);
  if (otherMonth) return `wrong month: its charges are in ${otherMonth.month}`;
  const ofMonth = known.filter((each) => each.month === month);
  if (ofMonth.length === 0) return 'missing month: no charges of it are imported';
  const ofAccount = ofMonth.filter((each) => each.account === account);
  if (ofAccount.length === 0) return 'missing account: no charges of it are imported';
  const ofCurrency = ofAccount.filter((each) => each.currency === currency);
  const equal = ofCurrency.filter(
    (each) => each.id !== NO_INVOICE && !isGiven.has(each) && abs(each.sums.billed - amount) < CENT,
  );
  if (equal.length > 0) {
    return `mistyped id: charges of ${equal.map((each) => each.id).join(' and of ')} come to it, and nobody gives that one`;
  }
  const without = ofCurrency.find((each) => each.id === NO_INVOICE);
  if (!without) return 'no charges carry its id';
  const isIt =
    abs(without.sums.billed - amount) < CENT ? 'come to it' : `come to ${formatScaled(without.sums.billed)}`;
  return `charges without an invoice id ${isIt}`;
}

/** What the difference is equal to, to the cent. */
function explainDifference(given: Given, found: Known, known: readonly Known[]): string {
  const difference = found.sums.billed - given.amount;
  const is = (amount: bigint) => amount !== 0n && abs(difference - amount) < CENT;
  const { tax, credits } = found.sums;
  if (abs(difference) < CENT) return 'rounding';
  if (given.tax !== null && tax === 0n && is(-given.tax)) return 'tax is not in the export';
  if (is(tax)) return 'tax is in the bill and not in the amount given';
  if (given.tax !== null && is(tax - given.tax)) return 'tax differs';
  if (is(credits)) return 'credits are in the bill and not in the amount given';
  if (is(tax + credits)) return 'tax and credits are in the bill and not in the amount given';
  const sumOf = (isOne: (each: Known) => boolean) =>
    known.filter(isOne).reduce((sum, { sums }) => sum + sums.billed, 0n);
  const { month, account, id, currency } = given;
  const nearBy = (each: Known) => each !== found && each.currency === currency;
  if (
    is(
      -sumOf(
        (each) => nearBy(each) && each.id === NO_INVOICE && each.month === month && each.account === account,
      ),
    )
  )
    return 'charges without an invoice id';
  if (is(-sumOf((each) => nearBy(each) && each.id === id && each.month === month)))
    return 'other accounts have charges of the same invoice';
  if (is(-sumOf((each) => nearBy(each) && each.id === id && each.account === account)))
    return 'wrong month: other months have charges of the same invoice';
  return 'unknown';
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}
