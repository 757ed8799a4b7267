import type { ObjectStore } from '../lake/object-store.ts';
import { RESULTS } from '../results/catalog.ts';
import { answerQuery } from '../results/query.ts';
import type { RecordDefinition } from '../results/records/definition.ts';
import {
  BILLING_PERIODS,
  CONTRADICTED,
  INVOICES,
  PROVISIONAL,
  UNMATCHED,
} from '../results/records/invoices.ts';
import { answerRecords } from '../results/records/query.ts';
import { parseRecordRequest } from '../results/records/request.ts';
import type { Snapshot } from '../results/snapshot.ts';
import { type CurrentDelivery, hashImports } from './deliveries.ts';

/** What a person closes a month in spite of. */
export type Allowances = {
  /** Close although an invoice id is missing, or an issuer says that the month or an invoice is open. Totals must agree in any case. */
  allowEstimated?: boolean;
  /** Close although an invoice does not match its charges. */
  allowUnmatched?: boolean;
};

const WAIT =
  'Import what the issuer says when it is final and run again, or close it with --allow-estimated.';

/** What keeps a month from being closed, with what to do about it; undefined where nothing does. */
export async function findObstacle(
  store: ObjectStore,
  snapshot: Snapshot,
  month: string,
  deliveries: readonly CurrentDelivery[],
  { allowEstimated, allowUnmatched }: Allowances,
): Promise<{ problem: string; remedy: string } | undefined> {
  const { manifest } = snapshot;
  const published = manifest.months.find(({ billing_period }) => billing_period === month);
  if (!published) {
    const known = manifest.months.map(({ billing_period }) => billing_period).join(', ');
    return { problem: `nothing is published for ${month}`, remedy: `Published months: ${known}.` };
  }
  if (await isImportedSince(store, snapshot, month)) {
    return {
      problem: `${month} was imported again after the last run, which does not have it`,
      remedy: 'Run, look at what changed, and close it then: headroom run.',
    };
  }
  if (!published.is_complete) {
    return {
      problem: `${month} is not complete: ${published.complete_days} of ${published.days} days are known`,
      remedy: 'Import its last delivery and run again.',
    };
  }
  if (!manifest.control.is_reconciled) {
    return {
      problem: 'the published results do not reconcile',
      remedy: 'See where: headroom show reconciliation.',
    };
  }
  if (await isRestated(snapshot, month)) {
    return {
      problem: `${month} was published while it was closed: its bridge still tells what changed since`,
      remedy: 'Run again, so that it is explained as it is known now, and close it then.',
    };
  }
  const estimated = deliveries.filter(({ isFinal }) => !isFinal).map(({ source }) => source);
  if (estimated.length > 0 && !allowEstimated) {
    return {
      problem: `${month} has no invoice id yet in ${estimated.join(', ')}: the bill is an estimate`,
      remedy: 'Wait for the final delivery, or close it as it stands with --allow-estimated.',
    };
  }
  if (!allowEstimated) {
    const open = (await findOpenPeriod(snapshot, month)) ?? (await findOpenInvoice(snapshot, month));
    if (open) return open;
  }
  return allowUnmatched ? undefined : findUnmatchedInvoice(snapshot, month);
}

/** An issuer that says that the month may still change. */
async function findOpenPeriod(snapshot: Snapshot, month: string) {
  const [first] = await listRecords(snapshot, BILLING_PERIODS, [
    ['period_status', 'Open'],
    ['month', month],
  ]);
  if (!first) return undefined;
  return {
    problem: `${first.invoice_issuer_name} declares the billing period ${month} open, last at ${first.last_updated_at}`,
    remedy: WAIT,
  };
}

async function findOpenInvoice(snapshot: Snapshot, month: string) {
  const [first] = await listRecords(snapshot, INVOICES, [
    ['status', PROVISIONAL],
    ['month', month],
  ]);
  if (!first) return undefined;
  return { problem: `invoice ${first.invoice_id} of ${month} is not issued yet`, remedy: WAIT };
}

async function listRecords(
  snapshot: Snapshot,
  definition: RecordDefinition,
  parameters: [string, string][],
): Promise<Record<string, unknown>[]> {
  if (!(definition.model in snapshot.manifest.tables)) return [];
  const request = parseRecordRequest(definition, parameters);
  return (await answerRecords(snapshot, { ...request, pageSize: undefined })).rows;
}

async function findUnmatchedInvoice(snapshot: Snapshot, month: string) {
  const statuses = UNMATCHED.map((status): [string, string] => ['status', status]);
  const rows = await listRecords(snapshot, INVOICES, [...statuses, ['month', month]]);
  const [first] = rows;
  if (!first) return undefined;
  const others = rows.length > 1 ? `, and ${rows.length - 1} more` : '';
  const { billing_currency: currency } = first;
  if (first.status === CONTRADICTED) {
    const word = first.issue_status === 'Issued' ? '' : ` (${String(first.issue_status).toLowerCase()})`;
    return {
      problem:
        `invoice ${first.invoice_id} of ${month} is told with two amounts: ${first.conflicting_cost} ${currency} in invoices.csv, ` +
        `${first.invoice_cost} ${currency}${word} in the issuer's Invoice Detail; its charges come to ${first.billed_cost} ${currency}${others}`,
      remedy:
        "Compare both with the invoice itself. Correct or delete the line in invoices.csv, or import the issuer's corrected file; " +
        "run again then. Or close with --allow-unmatched: the issuer's amount counts.",
    };
  }
  return {
    problem:
      `invoice ${first.invoice_id} of ${month} does not match its charges: ${first.difference_cost} ` +
      `${currency} (${first.probable_cause})${others}`,
    remedy:
      'See them: headroom show invoices. Correct what is wrong and run again, or close with --allow-unmatched.',
  };
}

/** Whether the lake has something else of the month than what was published. Versions from before that was kept do not say. */
async function isImportedSince(store: ObjectStore, { manifest }: Snapshot, month: string): Promise<boolean> {
  const { imports } = manifest.generated_from as { imports?: Readonly<Record<string, string>> };
  return imports !== undefined && imports[month] !== (await hashImports(store))[month];
}

async function isRestated(snapshot: Snapshot, month: string): Promise<boolean> {
  if (!(RESULTS['variance/bridge'].table.name in snapshot.manifest.tables)) return false;
  const filters = { sku_meter: ['(restated)'] };
  const { rows } = await answerQuery(snapshot, { result: 'variance/bridge', month, filters });
  return rows.length > 0;
}
