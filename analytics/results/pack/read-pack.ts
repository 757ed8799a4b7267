import { formatScaled, parseScaled } from '../../decimal-text.ts';
import { ALLOCATION_DIMENSIONS } from '../../vocabulary.ts';
import { RESULTS, type ResultName } from '../catalog.ts';
import { openAsClosed } from '../closes.ts';
import { explainEmpty } from '../explain-empty.ts';
import { type Answer, answerQuery, type Row } from '../query.ts';
import type { RecordDefinition } from '../records/definition.ts';
import { INVOICES } from '../records/invoices.ts';
import { answerRecords } from '../records/query.ts';
import { parseRecordRequest } from '../records/request.ts';
import { VARIANCE_DRIVERS } from '../records/variance-drivers.ts';
import { checkOneMonth, type ResultRequest } from '../request.ts';
import type { Snapshot } from '../snapshot.ts';
import { BRIDGE_PARTS } from '../tables.ts';

/** As known now, or as the month was closed. */
export type PackView = 'known' | 'closed';

/** What a workbook or a printed pack of one month shows: answers of one published version. */
export type Pack = {
  month: string;
  view: PackView;
  version: string;
  /** `YYYY-MM-DD` of the run. */
  asOf: string;
  costBasis: string;
  isReconciled: boolean;
  /** What the bridge is grouped by. */
  by: readonly string[];
  /** One row a currency. */
  summary: Answer;
  /** Absent where an old version was published without it. */
  bridge?: Answer;
  /** Where the bridge has no rows, why. */
  noBridgeBecause: string;
  /** What moved the month, in words; each comparison and currency adds up to its change. */
  drivers: readonly Row[];
  /** The bill against the invoices, with `not_given_cost`: what nobody gives an invoice of; totals by currency. */
  invoices: { rows: readonly Row[]; totals: readonly Row[] };
  /** By all allocation dimensions. */
  variance: Answer;
  services: Answer;
  reconciliation: Answer;
};

/**
 * Gathers the pack of a month from a published version.
 *
 * @throws RequestError where the month is not published or `by` names no dimension of the bridge.
 */
export async function readPack(
  snapshot: Snapshot,
  options: { month: string; view: PackView; by?: readonly string[] | undefined },
): Promise<Pack> {
  const { month, view, by = ['cost_center'] } = options;
  const ask = (result: ResultName, more: Partial<ResultRequest> = {}) =>
    answerQuery(snapshot, { result, month, ...more });
  const summary = await ask('variance', { by: [] });
  const hasBridge = RESULTS['variance/bridge'].table.name in snapshot.manifest.tables;
  const drivers = await readRows(snapshot, VARIANCE_DRIVERS, [
    ['month', month],
    ['comparison', 'all'],
    ['sort', 'driver_id'],
  ]);
  return {
    month,
    view,
    version: snapshot.version,
    asOf: snapshot.manifest.as_of,
    costBasis: summary.cost_basis,
    isReconciled: summary.control.is_reconciled,
    by,
    summary,
    ...(hasBridge ? { bridge: await ask('variance/bridge', { by }) } : {}),
    noBridgeBecause: explainEmpty(snapshot.manifest, 'variance/bridge', month),
    drivers: drivers.rows,
    invoices: tellNotGiven(await readRows(snapshot, INVOICES, [['month', month]])),
    variance: await ask('variance', { by: ALLOCATION_DIMENSIONS }),
    services: await ask('costs', { by: ['service_name'] }),
    reconciliation: await ask('reconciliation', {
      by: ['source', 'provider_name', 'billing_account_id', 'charge_category'],
    }),
  };
}

/** The rows of a list in a month; none where an old version was published without it. */
async function readRows(
  snapshot: Snapshot,
  definition: RecordDefinition,
  parameters: readonly [string, string][],
): Promise<{ rows: Row[]; totals: Row[] }> {
  if (!(definition.model in snapshot.manifest.tables)) return { rows: [], totals: [] };
  const request = parseRecordRequest(definition, parameters);
  const { rows, control } = await answerRecords(snapshot, { ...request, pageSize: undefined });
  return { rows: rows as Row[], totals: control.totals as Row[] };
}

/** Billed cost is what invoices come to, the difference, and what nobody gives: `not_given_cost`. */
function tellNotGiven({ rows, totals }: Pack['invoices']): Pack['invoices'] {
  const scaled = (cell: Row[string] | undefined) => parseScaled(String(cell ?? '0'));
  return {
    rows: rows.map((row) => ({ ...row, not_given_cost: row.invoice_cost === null ? row.billed_cost : null })),
    totals: totals.map((total) => ({
      ...total,
      not_given_cost: formatScaled(
        scaled(total.billed_cost) - scaled(total.invoice_cost) - scaled(total.difference_cost),
      ),
    })),
  } as Pack['invoices'];
}

/** The published version that a view of a month reads. Throws RequestError, 400 or 404. */
export async function openPackView(
  store: Parameters<typeof openAsClosed>[0],
  current: () => Promise<Snapshot>,
  { month, view }: { month: string; view: PackView },
): Promise<Snapshot> {
  checkOneMonth(month);
  return view === 'closed' ? openAsClosed(store, month) : current();
}

/** The parts of a bridge that any row has, in order. */
export function listUsedParts(rows: readonly Row[]): { name: string; title: string; description: string }[] {
  return BRIDGE_PARTS.filter(({ name }) => rows.some((row) => Number(row[`${name}_cost`] ?? 0) !== 0)).map(
    ({ name, description }) => ({ name: `${name}_cost`, title: name.replaceAll('_', ' '), description }),
  );
}
