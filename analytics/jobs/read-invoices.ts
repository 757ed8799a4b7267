import type { Engine } from '../engine/duckdb.ts';
import { createLakeView } from '../engine/lake-view.ts';
import { openTable } from '../lake/delta-table.ts';
import { BILLING_PERIODS, INVOICE_DETAILS } from '../lake/invoice-tables.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { column, type TableSchema } from '../lake/table-schema.ts';

/** An invoice as its issuer tells it, over its lines. Amounts are decimal text, what is voided left out. */
export type IssuedInvoice = {
  month: string;
  billing_account_id: string;
  invoice_id: string;
  currency: string;
  amount: string;
  tax: string;
  issue_status: 'Open' | 'Issued' | 'Voided';
  line_count: number;
};

/** A billing period as its issuer tells it. Instants are ISO text. */
export type BillingPeriod = {
  period_key: string;
  billing_period: string;
  invoice_issuer_name: string;
  period_status: 'Open' | 'Closed';
  last_updated_at: string;
  source: string;
};

/**
 * The invoices that issuers tell of. One that several sources tell counts once, as it was delivered last; it is open as
 * long as one of its lines is, and voided when all are.
 */
export async function readIssuedInvoices(engine: Engine, store: ObjectStore): Promise<IssuedInvoice[]> {
  await createTaggedView(engine, store, INVOICE_DETAILS);
  const rows = await engine.query(`
    with ranked as (
      select *, strftime(delivered_at, '%Y-%m-%d %H:%M:%S.%f') || ' ' || source as rank,
        max(rank) over (partition by invoice_issuer_name, billing_period, billing_account_id, invoice_id, billing_currency) as newest
      from ${INVOICE_DETAILS.name}
    )
    select billing_period as month, billing_account_id, invoice_id, billing_currency as currency,
      cast(coalesce(sum(billed_cost) filter (where invoice_issue_status <> 'Voided'), 0) as decimal(38, 12)) as amount,
      cast(coalesce(sum(billed_cost) filter (where invoice_issue_status <> 'Voided' and charge_category = 'Tax'), 0) as decimal(38, 12)) as tax,
      case when bool_or(invoice_issue_status = 'Open') then 'Open'
        when bool_and(invoice_issue_status = 'Voided') then 'Voided' else 'Issued' end as issue_status,
      count(*) as line_count
    from ranked where rank = newest
    group by all order by month, billing_account_id, invoice_id, currency`);
  return rows.map((row) => ({ ...row, line_count: Number(row.line_count) })) as IssuedInvoice[];
}

/** The billing periods that issuers tell of, each as it was updated last. */
export async function readBillingPeriods(engine: Engine, store: ObjectStore): Promise<BillingPeriod[]> {
  await createTaggedView(engine, store, BILLING_PERIODS);
  return (await engine.query(`
    select billing_period || ' ' || invoice_issuer_name as period_key, billing_period, invoice_issuer_name,
      billing_period_status as period_status, billing_period_last_updated as last_updated_at, source
    from ${BILLING_PERIODS.name}
    qualify row_number() over (partition by invoice_issuer_name, billing_period
      order by billing_period_last_updated desc, delivered_at desc, source, billing_period_status desc) = 1
    order by period_key`)) as BillingPeriod[];
}

/** A view of a table of invoices, with `delivered_at` as the tags of its files have it. */
async function createTaggedView(engine: Engine, store: ObjectStore, schema: TableSchema): Promise<void> {
  const table = openTable(store, schema);
  const { files } = await table.snapshot();
  const partitions = await Promise.all(
    files.map(async (file) => ({
      values: { ...file.partition, delivered_at: file.tags?.delivered_at ?? null },
      paths: await store.localPaths([table.dataKey(file)]),
    })),
  );
  const deliveredAt = column('delivered_at', 'timestamp', true, '');
  await createLakeView(
    engine,
    {
      ...schema,
      columns: [...schema.columns, deliveredAt],
      partitionBy: [...schema.partitionBy, deliveredAt.name],
    },
    partitions,
  );
}
