import { formatScaled, parseScaled, SCALE } from '../decimal-text.ts';
import { groupBy } from '../group-by.ts';

/** What a difference between Cost Explorer and charges is explained from. Amounts are decimal text. */
export type ComparedCosts = {
  period: string;
  account_id: string;
  service_name: string | null;
  billing_currency: string;
  difference_billed_cost: string;
  difference_effective_cost: string;
  /** The parts of the charges that are tax and credits. */
  tax_cost: string;
  credits_cost: string;
  /** Days of the period that each side has anything of the account for. */
  told_days: number;
  charged_days: number;
  is_estimated: boolean;
  status: 'equal' | 'differs' | 'only in cost explorer' | 'only in charges';
};

const CENT = SCALE / 100n;

/** For each row what its difference probably is; null where there is none. The words are those of invoices. */
export function explainCostExplorer(rows: readonly ComparedCosts[], tolerance: string): (string | null)[] {
  const accounts = groupBy(rows, makeAccountKey);
  const allowed = parseScaled(tolerance);
  return rows.map((row) => {
    const billed = parseScaled(row.difference_billed_cost);
    const effective = parseScaled(row.difference_effective_cost);
    if (row.status === 'equal') return billed === 0n && effective === 0n ? null : 'rounding';
    return (
      explainAbsence(row, rows) ??
      explainAmount(row, billed) ??
      explainAccount(row, accounts.get(makeAccountKey(row)) ?? [], allowed) ??
      explainDays(row) ??
      (row.is_estimated ? 'estimated: AWS may still change the days' : undefined) ??
      explainService(row) ??
      (abs(billed) <= allowed ? 'amortised otherwise: the billed costs agree' : 'unknown')
    );
  });
}

/** What one side has nothing of at all. */
function explainAbsence(row: ComparedCosts, rows: readonly ComparedCosts[]): string | undefined {
  if (row.status === 'differs') return undefined;
  const isTold = row.status === 'only in cost explorer';
  const has = (other: ComparedCosts) => other.status !== row.status;
  const [what, side] = isTold
    ? ['no charges of it are imported', 'its charges are']
    : ['Cost Explorer told nothing of it', 'Cost Explorer tells it'];
  const ofPeriod = rows.filter((other) => other.period === row.period);
  const otherCurrency = ofPeriod.find(
    (other) =>
      has(other) &&
      other.account_id === row.account_id &&
      other.service_name === row.service_name &&
      other.billing_currency !== row.billing_currency,
  );
  if (otherCurrency) return `different currency: ${side} in ${otherCurrency.billing_currency}`;
  if (!ofPeriod.some(has)) return `missing ${row.period.length > 7 ? 'day' : 'month'}: ${what}`;
  if (!ofPeriod.some((other) => has(other) && other.account_id === row.account_id))
    return `missing account: ${what}`;
  return undefined;
}

/** What the difference is equal to, to the cent. Cost Explorer less charges. */
function explainAmount(row: ComparedCosts, difference: bigint): string | undefined {
  const is = (amount: bigint) => amount !== 0n && abs(difference + amount) < CENT;
  const tax = parseScaled(row.tax_cost);
  const credits = parseScaled(row.credits_cost);
  if (is(tax)) return 'tax is in the charges and not in what Cost Explorer told';
  if (is(credits)) return 'credits are in the charges and not in what Cost Explorer told';
  if (is(tax + credits)) return 'tax and credits are in the charges and not in what Cost Explorer told';
  return undefined;
}

/** Both sides may agree on the account and split it otherwise. */
function explainAccount(
  row: ComparedCosts,
  ofAccount: readonly ComparedCosts[],
  tolerance: bigint,
): string | undefined {
  if (row.service_name === null || ofAccount.length < 2) return undefined;
  const sum = ofAccount.reduce((total, each) => total + parseScaled(each.difference_billed_cost), 0n);
  if (abs(sum) <= tolerance) return 'services are named otherwise: the account agrees';
  const taxed = ofAccount.reduce((total, each) => total + parseScaled(each.tax_cost), 0n);
  const isTax = row.service_name === 'Tax' && taxed !== 0n;
  return isTax ? `tax: charges have ${formatScaled(taxed)} of it with the services` : undefined;
}

function explainDays({ told_days, charged_days }: ComparedCosts): string | undefined {
  if (told_days < charged_days)
    return `missing days: Cost Explorer told ${told_days} of the ${charged_days} charged`;
  if (charged_days < told_days)
    return `missing days: ${charged_days} of the ${told_days} that Cost Explorer told are charged`;
  return undefined;
}

function explainService({ status, service_name }: ComparedCosts): string | undefined {
  if (status === 'differs' || service_name === null) return undefined;
  return status === 'only in charges'
    ? 'missing service: Cost Explorer told nothing of it'
    : 'missing service: no charges of it are imported';
}

function makeAccountKey({ period, account_id, billing_currency }: ComparedCosts): string {
  return JSON.stringify([period, account_id, billing_currency]);
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}
