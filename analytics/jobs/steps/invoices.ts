import { DECIMAL_PLACES, parseScaled } from '../../decimal-text.ts';
import { createRelation } from '../../engine/relation.ts';
import { mergeInvoices } from '../merge-invoices.ts';
import { readBillingPeriods, readIssuedInvoices } from '../read-invoices.ts';
import { type BilledInvoice, reconcileInvoices } from '../reconcile-invoices.ts';
import type { Step } from '../step.ts';

const AMOUNT = 'DECIMAL(38,12)';
const OUTPUT = {
  invoice_key: 'VARCHAR',
  billing_period: 'VARCHAR',
  billing_account_id: 'VARCHAR',
  invoice_id: 'VARCHAR',
  billing_currency: 'VARCHAR',
  status: 'VARCHAR',
  invoice_cost: AMOUNT,
  invoice_tax_cost: AMOUNT,
  billed_cost: AMOUNT,
  tax_cost: AMOUNT,
  credits_cost: AMOUNT,
  line_count: 'BIGINT',
  difference_cost: AMOUNT,
  given_by: 'VARCHAR',
  issue_status: 'VARCHAR',
  conflicting_cost: AMOUNT,
  probable_cause: 'VARCHAR',
};

const PERIODS = {
  period_key: 'VARCHAR',
  billing_period: 'VARCHAR',
  invoice_issuer_name: 'VARCHAR',
  period_status: 'VARCHAR',
  last_updated_at: 'TIMESTAMPTZ',
  source: 'VARCHAR',
};

/** Compares the bill with the invoices of invoices.csv and of their issuers; lists which months issuers have closed. */
export const invoices: Step = {
  name: 'invoices',
  inputs: ['invoice_totals'],
  outputs: { invoice_reconciliation: OUTPUT, declared_periods: PERIODS },
  async run({ engine, store, scratchFolder, configuration }) {
    const billed = await engine.query(`
      select billing_period, billing_account_id, invoice_id, billing_currency, charge_category,
        cast(sum(billed_cost) as decimal(38,12)) as billed_cost, cast(sum(line_count) as bigint) as line_count
      from invoice_totals group by all`);
    const { invoice_tolerance } = configuration.close;
    const tolerance = parseScaled(invoice_tolerance.toFixed(DECIMAL_PLACES));
    const rows = reconcileInvoices(
      mergeInvoices(configuration.invoices, await readIssuedInvoices(engine, store), tolerance),
      billed.map((row) => ({ ...row, line_count: Number(row.line_count) }) as unknown as BilledInvoice),
      tolerance,
    );
    const keyed = rows.map((row) => {
      const { billing_period, billing_account_id, invoice_id, billing_currency } = row;
      const key = [billing_period, billing_account_id, invoice_id, billing_currency].join(' ');
      return { invoice_key: key, ...row };
    });
    await createRelation(engine, scratchFolder, 'invoice_reconciliation', OUTPUT, keyed);
    const periods = await readBillingPeriods(engine, store);
    await createRelation(engine, scratchFolder, 'declared_periods', PERIODS, periods);
  },
};
