import { createHash } from 'node:crypto';
import { InputError } from '../errors.ts';
import { COLLECTED_TABLES } from '../lake/collected-tables.ts';
import { openTable } from '../lake/delta-table.ts';
import { INVOICE_TABLES } from '../lake/invoice-tables.ts';
import { openJournal } from '../lake/journal.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { CHARGES, CONTROL_TOTALS } from '../lake/tables.ts';
import type { ResultName } from '../results/catalog.ts';
import { RESULTS } from '../results/catalog.ts';
import { CLOSES_JOURNAL, type Close, findClose } from '../results/closes.ts';
import { answerQuery } from '../results/query.ts';
import { CURRENCIES } from '../results/records/currencies.ts';
import type { RecordDefinition } from '../results/records/definition.ts';
import { BILLING_PERIODS, INVOICES } from '../results/records/invoices.ts';
import { answerRecords } from '../results/records/query.ts';
import { parseRecordRequest } from '../results/records/request.ts';
import { VARIANCE_DRIVERS } from '../results/records/variance-drivers.ts';
import { openResults, type Snapshot } from '../results/snapshot.ts';
import { listCurrentDeliveries } from './deliveries.ts';
import { type Allowances, findObstacle } from './find-obstacle.ts';

/** What a variance pack holds: each result of the month at its finest grain. */
const PACKED: readonly ResultName[] = [
  'variance',
  'variance/bridge',
  'variance/converted',
  'costs',
  'reconciliation',
  'unit-costs',
];
/** Lists of the month that are packed beside them, with what lifts their default filters. */
const PACKED_LISTS: readonly [RecordDefinition, [string, string][]][] = [
  [VARIANCE_DRIVERS, [['comparison', 'all']]],
  [INVOICES, []],
  [BILLING_PERIODS, []],
  [CURRENCIES, []],
];
const PINNED = [
  CHARGES,
  CONTROL_TOTALS,
  ...INVOICE_TABLES,
  ...COLLECTED_TABLES.filter(({ name }) => name === 'budgets'),
];

export type CloseOptions = Allowances & {
  store: ObjectStore;
  /** `YYYY-MM`. */
  month: string;
  by: string;
  now?: Date;
  note?: string;
};

/**
 * Freezes a month: pins the published results and the lake's versions, and stores the variance pack. Closing what is
 * closed already changes nothing and gives the close that holds.
 *
 * @throws InputError where the month is not published, not complete, does not reconcile or is not final yet.
 */
export async function closeMonth(options: CloseOptions): Promise<{ close: Close; isNew: boolean }> {
  const { store, month, by, now = new Date(), note } = options;
  const journal = openJournal(store, CLOSES_JOURNAL);
  const entries = await journal.read(month);
  const held = findClose(entries);
  if (held) return { close: held, isNew: false };
  const snapshot = await openResults({ store }).current();
  const deliveries = (await listCurrentDeliveries(store)).filter(
    ({ billingPeriod }) => billingPeriod === month,
  );
  const obstacle = await findObstacle(store, snapshot, month, deliveries, options);
  if (obstacle) throw new InputError(obstacle.problem, { where: month, remedy: obstacle.remedy });
  const pack = await packMonth(snapshot, month);
  await store.write(pack.key, pack.bytes, { onlyIfAbsent: true });
  const versions = PINNED.map(async (schema) => [
    schema.name,
    (await openTable(store, schema).snapshot()).version,
  ]);
  const facts = {
    at: now.toISOString(),
    by,
    action: 'close' as const,
    results_version: snapshot.version,
    pack_key: pack.key,
    pack_sha256: pack.sha256,
    table_versions: Object.fromEntries(await Promise.all(versions)) as Record<string, number>,
    deliveries: deliveries.map(({ source, deliveryId, deliveredAt, isFinal }) => ({
      source,
      delivery_id: deliveryId,
      delivered_at: deliveredAt,
      is_final: isFinal,
    })),
    totals: pack.totals,
    ...(note === undefined ? {} : { note }),
  };
  return { close: (await journal.append(month, facts, entries.length)) as Close, isNew: true };
}

/**
 * Opens a closed month again. What was closed stays in the journal, and its pack stays readable.
 *
 * @throws InputError where the month is not closed or no reason is given.
 */
export async function reopenMonth(options: {
  store: ObjectStore;
  month: string;
  by: string;
  reason: string;
  now?: Date;
}): Promise<void> {
  const { store, month, by, reason, now = new Date() } = options;
  if (reason.trim() === '') {
    throw new InputError('a closed month is reopened for a reason', {
      where: month,
      remedy: 'Give one with --reason.',
    });
  }
  const journal = openJournal(store, CLOSES_JOURNAL);
  const entries = await journal.read(month);
  if (!findClose(entries)) {
    throw new InputError(`${month} is not closed`, {
      where: month,
      remedy: 'See what is: headroom show closes.',
    });
  }
  await journal.append(month, { at: now.toISOString(), by, action: 'reopen', reason }, entries.length);
}

/**
 * Closes every published month that is due: complete for `waitDays`, final by its invoice ids, reconciled, and neither
 * closed before nor reopened.
 */
export async function closeDueMonths(options: {
  store: ObjectStore;
  by: string;
  waitDays: number;
  now?: Date;
}): Promise<{ closed: string[]; waiting: { month: string; reason: string }[] }> {
  const { store, by, waitDays, now = new Date() } = options;
  const snapshot = await openResults({ store }).current();
  const deliveries = await listCurrentDeliveries(store);
  const journal = await openJournal(store, CLOSES_JOURNAL).readAll();
  const closed: string[] = [];
  const waiting: { month: string; reason: string }[] = [];
  for (const { billing_period: month, is_complete } of snapshot.manifest.months) {
    if (!is_complete || journal.has(month)) continue;
    const [year = 0, monthNumber = 1] = month.split('-').map(Number);
    const dueAt = Date.UTC(year, monthNumber, 1 + waitDays);
    const own = deliveries.filter(({ billingPeriod }) => billingPeriod === month);
    const reason =
      now.getTime() < dueAt
        ? `it is closed from ${new Date(dueAt).toISOString().slice(0, 10)} on`
        : (await findObstacle(store, snapshot, month, own, {}))?.problem;
    if (reason) waiting.push({ month, reason });
    else {
      await closeMonth({ store, month, by, now });
      closed.push(month);
    }
  }
  return { closed, waiting };
}

/** The pack of a month. The same results give the same bytes. */
async function packMonth(snapshot: Snapshot, month: string) {
  const answers: Record<string, unknown> = {};
  const totals = new Map<string, { billing_currency: string; [measure: string]: string }>();
  for (const result of PACKED) {
    const { table } = RESULTS[result];
    if (!(table.name in snapshot.manifest.tables)) continue;
    const by = table.dimensions.filter((name) => name !== 'billing_period' && name !== 'cost_basis');
    const { rows, cost_basis, control } = await answerQuery(snapshot, { result, month, by });
    answers[result] = { cost_basis, rows };
    if (result !== 'costs') continue;
    for (const { billing_currency, published: _, line_count, ...sums } of control.totals) {
      const amounts = Object.entries(sums).map(([name, value]) => [name, String(value)]);
      totals.set(String(billing_currency), {
        billing_currency: String(billing_currency),
        line_count: String(line_count),
        ...Object.fromEntries(amounts),
      });
    }
  }
  for (const [definition, parameters] of PACKED_LISTS) {
    if (!(definition.model in snapshot.manifest.tables)) continue;
    const [key = ''] = definition.key;
    const request = parseRecordRequest(definition, [...parameters, ['month', month], ['sort', key]]);
    answers[definition.name] = {
      rows: (await answerRecords(snapshot, { ...request, pageSize: undefined })).rows,
    };
  }
  const content = { month, results_version: snapshot.version, as_of: snapshot.manifest.as_of, ...answers };
  const bytes = new TextEncoder().encode(`${JSON.stringify(content, null, 1)}\n`);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { key: `closes/${month}/${sha256}.json`, sha256, bytes, totals: [...totals.values()] };
}
