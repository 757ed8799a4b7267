import { InputError } from '../analytics/errors.ts';
import type { ObjectStore } from '../analytics/lake/object-store.ts';
import { type Close, type CloseHistory, listCloseHistory } from '../analytics/results/closes.ts';
import { formatCsv } from '../analytics/results/csv.ts';
import { formatTable } from './print-table.ts';

const COLUMNS = [
  'month',
  'state',
  'closed_at',
  'closed_by',
  'results_version',
  'pack_sha256',
  'reopened_at',
  'reopened_by',
  'reason',
] as const;

const UNKNOWN_OPTIONS = ['month', 'by', 'basis', 'where', 'sort', 'limit', 'allColumns'];

/**
 * `headroom show closes`: each month's last close and what opened it again; as JSON the whole history, as
 * GET /v1/closes has it.
 *
 * @throws InputError for an option that chooses among published rows: closes are in the journal.
 */
export async function showCloses(
  store: ObjectStore,
  options: { format: 'table' | 'json' | 'csv'; as: string; [option: string]: unknown },
): Promise<void> {
  const wrong = UNKNOWN_OPTIONS.find((name) => options[name] !== undefined);
  if (wrong !== undefined || options.as !== 'known') {
    const name = wrong === 'allColumns' ? 'all-columns' : (wrong ?? 'as');
    throw new InputError(`closes does not take --${name}`, {
      where: `--${name}`,
      remedy: 'It lists every month that was closed: leave it out.',
    });
  }
  const closes = await listCloseHistory(store);
  if (options.format === 'json') process.stdout.write(`${JSON.stringify({ closes }, null, 2)}\n`);
  else if (options.format === 'csv') {
    const columns = COLUMNS.map((name) => ({ name, type: 'text' }));
    process.stdout.write(formatCsv(columns, closes.map(describeLast)));
  } else if (closes.length === 0) process.stdout.write('no month was closed\n');
  else {
    const rows = closes.map(describeLast).map((row) => COLUMNS.map((name) => row[name] ?? ''));
    process.stdout.write(
      formatTable(
        COLUMNS.map((title) => ({ title, isNumber: false })),
        rows,
      ),
    );
  }
}

function describeLast({ month, state, entries }: CloseHistory): Record<(typeof COLUMNS)[number], string> {
  const close = entries.findLast((entry): entry is Close => entry.action === 'close');
  const newest = entries.at(-1);
  const reopened = newest?.action === 'reopen' ? newest : undefined;
  return {
    month,
    state,
    closed_at: close?.at ?? '',
    closed_by: close?.by ?? '',
    results_version: close?.results_version ?? '',
    pack_sha256: close?.pack_sha256 ?? '',
    reopened_at: reopened?.at ?? '',
    reopened_by: reopened?.by ?? '',
    reason: reopened?.reason ?? '',
  };
}
