import { type JournalEntry, openJournal } from '../lake/journal.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { isMonth } from './months.ts';
import { RequestError } from './request-error.ts';
import { readSnapshot, type Snapshot } from './snapshot.ts';

/** The journal that keeps what was closed, by month. */
export const CLOSES_JOURNAL = 'closes';

/** What a close pins. Nothing of it ever changes. */
export type CloseFacts = {
  action: 'close';
  /** The published results that the month reads as for ever. */
  results_version: string;
  /** The variance pack, by the hash of its content. */
  pack_key: string;
  pack_sha256: string;
  /** Versions of the lake's tables that stay readable. */
  table_versions: Record<string, number>;
  /** The deliveries that the charges of the month came from. */
  deliveries: { source: string; delivery_id: string; delivered_at: string; is_final: boolean }[];
  /** Sums of the month by currency, as decimal text. */
  totals: { billing_currency: string; [measure: string]: string }[];
  note?: string | undefined;
};
export type ReopenFacts = { action: 'reopen'; reason: string };
export type CloseEntry = JournalEntry & (CloseFacts | ReopenFacts);
export type Close = JournalEntry & CloseFacts;
/** A month that was closed, and all that was stated of it. */
export type CloseHistory = { month: string; state: 'closed' | 'reopened'; entries: readonly CloseEntry[] };

/** The months that are closed now, with the close that holds for each. */
export async function listCloses(store: ObjectStore): Promise<Map<string, Close>> {
  const closes = new Map<string, Close>();
  for (const [month, entries] of await openJournal(store, CLOSES_JOURNAL).readAll()) {
    const close = findClose(entries);
    if (close) closes.set(month, close);
  }
  return closes;
}

/** Every month that was ever closed, in order. */
export async function listCloseHistory(store: ObjectStore): Promise<CloseHistory[]> {
  const all = [...(await openJournal(store, CLOSES_JOURNAL).readAll())];
  return all
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([month, entries]) => describeCloses(month, entries as CloseEntry[]));
}

export function describeCloses(month: string, entries: readonly CloseEntry[]): CloseHistory {
  return { month, state: findClose(entries) ? 'closed' : 'reopened', entries };
}

/** Every published version that some close pins, also one that was reopened since. */
export async function listPinnedVersions(store: ObjectStore): Promise<Set<string>> {
  return new Set((await listAllCloses(store)).map(({ results_version }) => results_version));
}

/** The versions of each table of the lake that some close pins. */
export async function listPinnedTableVersions(store: ObjectStore): Promise<Map<string, number[]>> {
  const pinned = new Map<string, number[]>();
  for (const { table_versions } of await listAllCloses(store)) {
    for (const [table, version] of Object.entries(table_versions)) {
      if (version >= 0) pinned.set(table, [...(pinned.get(table) ?? []), version]);
    }
  }
  return pinned;
}

async function listAllCloses(store: ObjectStore): Promise<Close[]> {
  const journal = await openJournal(store, CLOSES_JOURNAL).readAll();
  return ([...journal.values()].flat() as CloseEntry[]).filter(
    (entry): entry is Close => entry.action === 'close',
  );
}

/** The close that holds: the newest entry, unless it reopened the month. */
export function findClose(entries: readonly JournalEntry[]): Close | undefined {
  const newest = entries.at(-1) as CloseEntry | undefined;
  return newest?.action === 'close' ? newest : undefined;
}

/**
 * The published results as they were when a month was closed.
 *
 * @throws RequestError 400 where no single month is asked for, 404 where it is not closed.
 */
export async function openAsClosed(store: ObjectStore, month: string | undefined): Promise<Snapshot> {
  if (month === undefined || !isMonth(month)) {
    throw new RequestError(400, 'as=closed needs one month', { parameter: 'month', allowed: ['YYYY-MM'] });
  }
  const close = findClose(await openJournal(store, CLOSES_JOURNAL).read(month));
  if (!close) {
    throw new RequestError(404, `${month} is not closed`, {
      remedy: `Close it with: headroom close ${month}, or ask for it as known now.`,
    });
  }
  return readSnapshot(store, close.results_version);
}
